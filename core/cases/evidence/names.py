"""Names and notes as they are kept (inner)."""

from __future__ import annotations

import re
import unicodedata

from core.foundation.errors import Invalid
from core.foundation.language import _

LONGEST_NAME = 160
LONGEST_NOTE = 2_000

# Control and direction marks can make a name look like another one; lone surrogates cannot be written down at all.
_NOT_IN_NAMES = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_TAGS = re.compile("[\U000e0000-\U000e007f]")


def clean_name(name: str) -> str:
    """A file's name as it is kept: no folders, no invisible letters, not too long, its ending kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name[-4096:]))[-1]
    last = _TAGS.sub("", _NOT_IN_NAMES.sub("", last)).strip().strip(".") or "file"
    if len(last) <= LONGEST_NAME:
        return last
    stem, dot, ending = last.rpartition(".")
    if not dot or len(ending) > 10:
        return last[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(ending) - 1] + dot + ending


def checked_note(text: str) -> str:
    """A note or a reason, without what cannot be written down. Raises `Invalid` when it is too long."""
    clean = re.sub("[\x00\ud800-\udfff]", "", text).strip()
    if len(clean) > LONGEST_NOTE:
        raise Invalid(_("This is too long: at most {n} characters.", n=LONGEST_NOTE), "note")
    return clean
