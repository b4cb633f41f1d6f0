"""What came of reading a payload, and careful hands for JSON that others wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.parcels.tracking.scan import Told

MOST_NOTICES = 50


@dataclass
class Payload:
    """The scans of a payload, and sentences (with their values) about trackings without any. `old`: a format of before was seen."""

    scans: list[Told] = field(default_factory=list)
    notices: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    old: bool = False

    def say(self, sentence: str, **values: str) -> None:
        """Add a notice, up to a bound; each once."""
        if len(self.notices) < MOST_NOTICES and (sentence, values) not in self.notices:
            self.notices.append((sentence, values))


def text(value: Any) -> str:
    """A value as text: "" for what is no text and no number."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none for what is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def inside(value: Any, *path: str) -> Any:
    """What stands at a path of names; None where it breaks off."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def joined(*parts: Any) -> str:
    """Names of a place, each once, with commas."""
    return ", ".join(dict.fromkeys(one for one in map(text, parts) if one))


__all__ = ["Payload", "dicts", "inside", "joined", "text"]
