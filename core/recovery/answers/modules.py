"""The list of proof of an answer: the platform's own for the case where it gave one, else the usual one; filled from the
case's evidence, with what is still missing (pure).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.cases.evidence import EvidenceItem
from core.foundation import sniff
from core.foundation.sniff import Family
from core.models import DisputeModule
from core.models.dispute import ReturnReason
from core.recovery.answers.plan import kinds_for, usual_modules

MOST_PICTURES = 3
"""Pictures a place of the list takes (Shopee Open Platform v2: returns.dispute)."""


@dataclass(frozen=True)
class Module:
    """One place of the list. `given`: the platform asked for it in this very case, in its own words: show them as text.
    `kinds` of evidence belong there; none, where its words do not say which.
    """

    code: str
    requirement: str
    required: bool
    given: bool
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A place with the evidence chosen for it (ids, in their order)."""

    module: str
    evidence: tuple[int, ...]

    def plain(self) -> dict[str, object]:
        """As it is stored."""
        return {"module": self.module, "evidence": list(self.evidence)}


@dataclass(frozen=True)
class Exhibit:
    """A piece of evidence of an answer, by the number its text refers to it with."""

    number: int
    module: str
    item: EvidenceItem


def reasons_of(modules: Iterable[DisputeModule]) -> Mapping[int, str]:
    """The platform's own reasons of dispute a case can be answered under: its number → what the platform says of it."""
    return {one.reason: one.reason_text for one in modules}


def places_of(modules: Sequence[DisputeModule], reason: int | None, why: ReturnReason | None) -> tuple[Module, ...]:
    """The places of the list under one of the platform's reasons; the usual ones of the buyer's reason, without it."""
    mine = [one for one in modules if one.reason == reason]
    if mine:
        return tuple(
            Module(str(one.number), one.requirement.strip(), one.required, True, kinds_for(one.requirement))
            for one in mine
        )
    return tuple(Module(one.code, one.name, one.required, False, one.kinds) for one in usual_modules(why))


def usable(item: EvidenceItem) -> bool:
    """Whether a picture can be made of it: pictures, films, papers and texts that can be opened."""
    kind = sniff.BY_MEDIA_TYPE.get(item.media_type)
    if kind is None or item.unreadable:
        return False
    return kind.family in (Family.PICTURE, Family.VIDEO, Family.TEXT) or kind.suffix in (".pdf", ".eml")


def _is_text(item: EvidenceItem) -> bool:
    kind = sniff.BY_MEDIA_TYPE.get(item.media_type)
    return kind is not None and kind.family is Family.TEXT


def filled(modules: Sequence[Module], items: Sequence[EvidenceItem]) -> tuple[Place, ...]:
    """The evidence that belongs to each place, at most three; a copy in stills rather than its film, a picture rather than the
    same as text; each piece once.
    """
    copied = {one.derived_from for one in items if one.derived_from is not None and usable(one)}
    shown = {one.kind for one in items if usable(one) and not _is_text(one)}
    free = [one for one in items if usable(one) and one.id not in copied and not (_is_text(one) and one.kind in shown)]
    places = []
    for module in modules:
        mine = [one for kind in module.kinds for one in free if one.kind == kind][:MOST_PICTURES]
        free = [one for one in free if one not in mine]
        places.append(Place(module.code, tuple(one.id for one in mine)))
    return tuple(places)


def numbered(places: Sequence[Place], items: Iterable[EvidenceItem]) -> tuple[Exhibit, ...]:
    """The exhibits in the order of the list, counted from 1; what is not in the case any more is left out, and its number
    stays free, so that a text still refers to what it meant.
    """
    known = {one.id: one for one in items}
    found: list[Exhibit] = []
    seen: set[int] = set()
    for place in places:
        for number in place.evidence:
            if number not in seen:
                seen.add(number)
                if number in known:
                    found.append(Exhibit(len(seen), place.module, known[number]))
    return tuple(found)


def missing(modules: Sequence[Module], places: Sequence[Place], items: Iterable[EvidenceItem]) -> tuple[Module, ...]:
    """The required places nothing is in."""
    known = {one.id for one in items}
    held = {one.module for one in places if known.intersection(one.evidence)}
    return tuple(one for one in modules if one.required and one.code not in held)
