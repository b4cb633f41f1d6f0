"""How Recoup signs itself: the mark, and the width of the bar it stands in."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "brand"

ICON = str(_FOLDER / "icon.svg")
"""The mark alone, for the browser's tab and the folded bar."""

LOGO = str(_FOLDER / "logo.svg")
"""The mark with the name, readable on both grounds."""

SIDEBAR_WIDTH = 216
"""Width of the bar in pixels."""
