"""Why a file does not count for a payer's list, as sentences."""

from __future__ import annotations

from dataclasses import dataclass

from core.foundation import sniff
from core.foundation.formats import listed, number
from core.foundation.language import N_, _

NOTHING_KNOWN = "nothing_known"
"""A frozen tracking state that says that nothing is known."""

UNREADABLE: dict[str, str] = {
    NOTHING_KNOWN: N_("it says that no tracking is known"),
    # What the door finds (`core.cases.evidence.door`): papers, videos.
    "password": N_("it is locked with a password: save it without one and add it again"),
    "no_pages": N_("it has no pages"),
    "damaged": N_("it is damaged and cannot be opened: ask for it again"),
    "no_frames": N_("the video shows no pictures: ask for it again"),
    "too_slow": N_("the video takes too long to open: send a shorter part of it"),
}

_FORMATS: dict[str, str] = {
    "picture": N_("a picture"),
    "video": N_("a video"),
    "document": N_("a PDF or Word file"),
    "sheet": N_("a workbook"),
    "text": N_("a text file"),
    "mail": N_("a mail"),
}


@dataclass(frozen=True)
class Fault:
    """A file that stands in the case and does not count. `what`: `unreadable` (with its code), `format` (what is taken) or
    `small` (pixels it needs).
    """

    evidence_id: int
    name: str
    what: str
    detail: str

    @property
    def reason(self) -> str:
        """Why, in the reader's language, without the file's name."""
        if self.what == "format":
            return _("asked for is {formats}", formats=formats_words(tuple(self.detail.split(","))))
        if self.what == "small":
            return _("fewer than {n} pixels on its longer side: it cannot be read", n=number(int(self.detail)))
        return unreadable_words(self.detail)


def unreadable_words(code: str) -> str:
    """What makes a file unreadable, in the reader's language."""
    return _(UNREADABLE.get(code, N_("it cannot be opened")))


def formats_words(formats: tuple[str, ...]) -> str:
    """Formats as people say them: `a picture or a video`, `PDF or JPEG`."""
    said = [_(_FORMATS[one]) if one in _FORMATS else _ending(one) for one in formats]
    if len(said) < 2:
        return "".join(said)
    return _("{some} or {last}", some=listed(said[:-1]), last=said[-1])


def _ending(code: str) -> str:
    known = sniff.KINDS.get({"jpg": "jpeg", "heif": "heic"}.get(code, code))
    return known.name if known else code.upper()
