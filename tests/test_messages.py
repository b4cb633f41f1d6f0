"""Every sentence a user can read stands in every language, and no catalogue carries one that nobody says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import messages


@pytest.mark.parametrize("language", messages.translated())
def test_every_sentence_is_translated_and_every_translation_used(language: str) -> None:
    assert messages.complaints(language) == []


@pytest.mark.parametrize("path", sorted(messages.sources()), ids=lambda path: Path(path).name)
def test_no_sentence_is_put_together_inside_the_marks(path: Path) -> None:
    """`_(f"…")` and `_("…" + x)` look translated and never are."""
    wrong = re.findall(r"\b_n?\(\s*f[\"'].*", path.read_text(encoding="utf-8")) if path.exists() else []
    assert wrong == []
