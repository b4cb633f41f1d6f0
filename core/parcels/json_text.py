"""JSON as programs hand it out: one document, or one to a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from core.foundation.errors import Invalid
from core.foundation.language import _

_MARK = b"\xef\xbb\xbf"
"""What some programs put before UTF-8."""


def looks_like_json(data: bytes) -> bool:
    """Whether a file may be JSON, by its first letter."""
    return data[:200].lstrip(_MARK + b" \t\r\n")[:1] in (b"{", b"[")


def documents(raw: bytes) -> Iterator[Any]:
    """The one document, or one for each line. Raises `Invalid` with a sentence, which names the line where there are several."""
    raw = raw.removeprefix(_MARK).strip()
    try:
        yield orjson.loads(raw)
        return
    except orjson.JSONDecodeError:
        pass
    lines = [line for line in raw.splitlines() if line.strip()]
    if len(lines) < 2:
        raise Invalid(_("This looks like JSON but is not whole. Copy or save it again."))
    for number, line in enumerate(lines, 1):
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError:
            raise Invalid(_("Line {n} looks like JSON but is not whole. Copy or save it again.", n=number)) from None
