"""The plan: what will happen to each exhibit for a receiver, told before anything is made. No file is opened for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.foundation import sniff
from core.foundation.formats import listed
from core.foundation.language import N_, _, _n
from core.foundation.sniff import Family
from core.recovery.packs.facts import Exhibit
from core.recovery.receivers import Receiver, megabytes


class Handling(StrEnum):
    """What is done with an exhibit."""

    COPY = "copy"
    TO_JPG = "to_jpg"
    SMALLER = "smaller"
    AS_IS = "as_is"
    PAGES = "pages"
    TEXT = "text"
    CLIP = "clip"
    STILLS = "stills"
    IN_PDF = "in_pdf"
    IN_ZIP = "in_zip"
    SHOWN_BY_COPY = "shown_by_copy"
    LEFT_OUT = "left_out"


SAID: dict[Handling, str] = {
    Handling.COPY: N_("a copy without place and device"),
    Handling.TO_JPG: N_("becomes a JPG"),
    Handling.SMALLER: N_("is made smaller"),
    Handling.AS_IS: N_("goes as it is"),
    Handling.PAGES: N_("its pages become pictures"),
    Handling.TEXT: N_("its text is set on pages"),
    Handling.CLIP: N_("is cut and made smaller"),
    Handling.STILLS: N_("becomes a sheet of stills with time codes"),
    Handling.IN_PDF: N_("goes into the PDF"),
    Handling.IN_ZIP: N_("goes into the ZIP as it is"),
    Handling.SHOWN_BY_COPY: N_("is shown by the copy made of it"),
    Handling.LEFT_OUT: N_("is left out"),
}


@dataclass(frozen=True)
class Step:
    """One exhibit, what is done with it, the module it goes to, and for a left-out one why."""

    exhibit: Exhibit
    handling: Handling
    module: str = ""
    why: str = ""

    @property
    def goes(self) -> bool:
        """Whether the receiver gets something of it."""
        return self.handling not in (Handling.LEFT_OUT, Handling.SHOWN_BY_COPY)

    @property
    def said(self) -> str:
        """What is done, in the reader's language."""
        return self.why or _(SAID[self.handling])


@dataclass(frozen=True)
class Plan:
    """All steps in the order of their numbers, and what is done with them together."""

    receiver: Receiver
    steps: tuple[Step, ...]
    together: tuple[str, ...]

    @property
    def left_out(self) -> tuple[Step, ...]:
        """What the receiver does not get."""
        return tuple(step for step in self.steps if step.handling is Handling.LEFT_OUT)


def plan(receiver: Receiver, exhibits: Sequence[Exhibit]) -> Plan:
    """What would happen to these exhibits. A film of which the case holds a copy in stills is shown by that copy."""
    ids = {getattr(exhibit.item, "derived_from", None) for exhibit in exhibits if exhibit.is_picture}
    steps = tuple(_step(receiver, exhibit, ids) for exhibit in exhibits)
    return Plan(receiver, steps, tuple(_together(receiver, steps)))


def _step(receiver: Receiver, exhibit: Exhibit, shown: set[int | None]) -> Step:
    kind = sniff.BY_MEDIA_TYPE.get(exhibit.item.media_type)
    module = receiver.module_of(exhibit.item.kind)
    if kind is None:
        return Step(exhibit, Handling.LEFT_OUT, module, _not_taken(receiver, exhibit, "?"))
    ending = kind.suffix.removeprefix(".")
    if receiver.one_file:
        return _into_one(receiver, exhibit, kind.family, ending)
    if kind.family is Family.PICTURE:
        return Step(exhibit, _picture(receiver, exhibit, ending), module)
    if kind.family is Family.VIDEO:
        return Step(exhibit, _film(receiver, exhibit, ending, shown), module)
    if receiver.takes(ending) and (exhibit.item.size <= receiver.file_max or ending == "pdf"):
        fits = exhibit.item.size <= receiver.file_max
        return Step(exhibit, Handling.AS_IS if fits else Handling.SMALLER, module)
    if ending == "pdf":
        return Step(exhibit, Handling.PAGES, module)
    if ending in ("csv", "txt", "eml"):
        return Step(exhibit, Handling.TEXT, module)
    if receiver.takes(ending):
        return Step(exhibit, Handling.LEFT_OUT, module, _too_large(receiver, exhibit))
    return Step(exhibit, Handling.LEFT_OUT, module, _not_taken(receiver, exhibit, kind.name))


def _picture(receiver: Receiver, exhibit: Exhibit, ending: str) -> Handling:
    if exhibit.item.size > receiver.file_max:
        return Handling.SMALLER
    return Handling.COPY if ending == "jpg" or (ending == "png" and receiver.takes("png")) else Handling.TO_JPG


def _film(receiver: Receiver, exhibit: Exhibit, ending: str, shown: set[int | None]) -> Handling:
    if receiver.video is None:
        return Handling.SHOWN_BY_COPY if exhibit.item.id in shown else Handling.STILLS
    if ending in receiver.video.types and exhibit.item.size <= receiver.video.max:
        return Handling.AS_IS
    return Handling.CLIP


def _into_one(receiver: Receiver, exhibit: Exhibit, family: Family, ending: str) -> Step:
    if family in (Family.PICTURE, Family.VIDEO, Family.TEXT) or ending in ("pdf", "eml"):
        return Step(exhibit, Handling.IN_PDF)
    if receiver.takes("zip"):
        return Step(exhibit, Handling.IN_ZIP)
    return Step(exhibit, Handling.LEFT_OUT, "", _not_taken(receiver, exhibit, ending.upper()))


def _together(receiver: Receiver, steps: Sequence[Step]) -> list[str]:
    """What is done with all of them: joined on sheets, made smaller, sent in several goes."""
    going, said = [step for step in steps if step.goes], []
    if receiver.module_max:
        for code, count in Counter(step.module for step in going).items():
            if count > receiver.module_max:
                said.append(
                    _(
                        "“{module}”: {n} files are joined on {most} sheets, numbered.",
                        module=receiver.module_name(code),
                        n=count,
                        most=receiver.module_max,
                    )
                )
    elif receiver.count_max and receiver.sendings and not receiver.one_file:
        room = receiver.count_max - receiver.paper - receiver.sheet
        if len(going) > room:
            said.append(_("Pictures are joined on sheets, numbered: at most {n} files go.", n=receiver.count_max))
    total = sum(step.exhibit.item.size for step in going)
    limit = receiver.file_max if receiver.one_file else receiver.total_max
    if limit and total > limit:
        said.append(
            _(
                "All files together have {size}; pictures are made smaller to stay below {limit}.",
                size=megabytes(total),
                limit=megabytes(limit),
            )
        )
    if not receiver.sendings and (receiver.count_max or receiver.total_max):
        count = -(-(len(going) + receiver.paper + receiver.sheet) // (receiver.count_max or 10**6))
        if count > 1:
            said.append(_n("Sent in {n} go.", "Sent in at least {n} goes, numbered 1 of n.", count))
    return said


def _not_taken(receiver: Receiver, exhibit: Exhibit, kind: str) -> str:
    return _(
        "“{name}” is {kind}; {receiver} takes only {types}. Save it as PDF and add that.",
        name=exhibit.item.name,
        kind=kind,
        receiver=receiver.name,
        types=listed(one.upper() for one in receiver.types),
    )


def _too_large(receiver: Receiver, exhibit: Exhibit) -> str:
    return _(
        "“{name}” has {size}; {receiver} takes at most {limit} a file.",
        name=exhibit.item.name,
        size=megabytes(exhibit.item.size),
        receiver=receiver.name,
        limit=megabytes(receiver.file_max),
    )
