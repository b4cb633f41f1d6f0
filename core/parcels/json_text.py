"""JSON as programs hand it out: one document, or one to a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from core.foundation.errors import Invalid
from core.foundation.language import _

_MARK = b"\xef\xbb\xbf"
"""What some programs put before UTF-8."""


_TWICE = re.compile(r"\{\s*(?=\{)")
_MENDABLE = 1024**2
"""Bytes of what is typed or copied by hand, at most."""
_MOST_MENDS = 20


def looks_like_json(data: bytes) -> bool:
    """Whether a file may be JSON, by its first letter."""
    return data[:200].lstrip(_MARK + b" \t\r\n")[:1] in (b"{", b"[")


def documents(raw: bytes) -> Iterator[Any]:
    """The one document, or one for each line. Raises `Invalid` with a sentence, which names the line where there are several.

    Answers copied from a manual lack a comma now and then; see `_mended`. Logs keep one as a text within a text: that is opened.
    """
    raw = raw.removeprefix(_MARK).strip()
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    else:
        if isinstance(found, str) and looks_like_json(inner := found.encode()):
            yield from documents(inner)
        else:
            yield found
        return
    if (mended := _mended(raw)) is not None:
        yield mended
        return
    lines = [line for line in raw.splitlines() if line.strip()]
    if len(lines) < 2:
        raise Invalid(_("This looks like JSON but is not whole. Copy or save it again."))
    for number, line in enumerate(lines, 1):
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError:
            raise Invalid(_("Line {n} looks like JSON but is not whole. Copy or save it again.", n=number)) from None


def _mended(raw: bytes) -> Any:
    """The document where only signs between its members are wrong and there is one way to read it; None otherwise.

    That is a comma left out at the end of a line, and a first brace written twice. No fact is added or left out; what was cut
    off stays refused.
    """
    if len(raw) > _MENDABLE:
        return None
    text = raw.decode("utf-8", "replace")
    if twice := _TWICE.match(text):
        text = text[twice.end() :]
    for _round in range(_MOST_MENDS):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as why:
            before, after = text[: why.pos].rstrip(), text[why.pos :]
            ended = before.endswith(('"', "}", "]", "e", "l")) or before[-1:].isdigit()
            if not (ended and "\n" in text[len(before) : why.pos] and after.startswith(('"', "{"))):
                return None
            text = f"{before},\n{after}"
    return None
