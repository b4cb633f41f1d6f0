"""Scans that a person copied from a tracking page, in Chinese, English or any language: dates, hours and what stands beside them.

A scan begins where a line begins with a moment; what follows belongs to it until the next one. Pages that put the words above
their moment are told by how they begin and end. A day on a line of its own holds for the hours below it. Payloads of 17TRACK and
AfterShip pasted as JSON go the same way as their files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _
from core.models.tracking import ScanSource
from core.parcels.json_text import looks_like_json
from core.parcels.shipments import folded
from core.parcels.tracking import moments
from core.parcels.tracking.payloads import read_payload
from core.parcels.tracking.scan import Scan, Told, understand

LONGEST = 200_000
MOST_LINES = 3_000
MOST_WORDS = 6
"""Lines of words one scan may have."""

_NUMBER = re.compile(
    r"(?:(?:tracking|waybill|parcel|shipment|package|awb|运单|快递|物流|追踪|跟踪|單|单)[\s_]*(?:number|no\.?|id|code|号|單號|单号|编号|號)?"
    r"|number|mã vận đơn|no\.?\s?resi|nomor resi|เลขพัสดุ|单号|單號)\s*[:：#]\s*([A-Za-z0-9-]{6,40})\s*",
    re.IGNORECASE,
)
_HEADING = re.compile(r"[^\W\d][\w ]{0,24}\s?[:：]|powered by .{1,40}", re.IGNORECASE)
"""What stands between scans and belongs to none: "Origin:", "Destination:"."""


@dataclass
class Pasted:
    """What a paste is understood as. `scans` newest first; `numbers` it names; `skipped` lines that belong to no scan.

    `others` are the numbers of other parcels, whose scans are left out.

    `guessed`: days and months that could stand either way were read as day, then month. `refused` are lines with a moment that cannot be.
    """

    scans: list[Scan] = field(default_factory=list)
    numbers: frozenset[str] = frozenset()
    skipped: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    guessed: bool = False
    others: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()


@dataclass
class _Block:
    """A moment with the words that belong to it."""

    when: moments.Written
    words: list[str]
    row: int
    number: str


def read_paste(text: str, zone: ZoneInfo, now: datetime, *, keep: tuple[str, ...] = ()) -> Pasted:
    """Understand a paste; times without a zone are local to `zone`. `keep` are the parcel's own numbers: they stay
    in the texts, and scans under other numbers are left out.

    Raises `Invalid` where there is no scan in it, `TooLarge`.
    """
    if len(text) > LONGEST:
        raise TooLarge(_("This is too long to paste: at most {n} characters. Import it as a file.", n=LONGEST))
    if not text.strip():
        raise Invalid(_("Paste the scans from the tracking page."), "text")
    if looks_like_json(text.strip()[:200].encode("utf-8", "ignore")):
        return _of_payload(text, zone, now, keep)
    return _of_lines(text, zone, now, keep)


def _of_payload(text: str, zone: ZoneInfo, now: datetime, keep: tuple[str, ...]) -> Pasted:
    payload = read_payload(text)
    scans, refused, others = [], [], set()
    for told in payload.scans:
        if _of_another(told.number, keep):
            others.add(told.number)
            continue
        try:
            scans.append(understand(told, zone, now, keep=keep))
        except moments.NoMoment:
            refused.append(told.when[:60])
    return Pasted(
        scans=_newest_first(scans),
        numbers=frozenset(told.number for told in payload.scans if told.number),
        refused=tuple(refused),
        others=frozenset(others),
        notices=tuple(_(sentence, **values) for sentence, values in payload.notices),
    )


def _of_lines(text: str, zone: ZoneInfo, now: datetime, keep: tuple[str, ...]) -> Pasted:
    lines = [line.strip() for line in text.replace("\t", " ").splitlines()]
    if len(lines) > MOST_LINES:
        raise TooLarge(_("This is too long to paste: at most {n} lines. Import it as a file.", n=MOST_LINES))
    blocks, skipped, numbers = _blocks(lines)
    if not blocks:
        raise Invalid(
            _("No line of this is a date and an hour with words beside it. Copy the scans with their times."), "text"
        )
    days_first = not any(moments.month_first(line) for line in lines)
    scans, refused, others = [], [], set()
    for block in blocks:
        if _of_another(block.number, keep):
            others.add(block.number)
            continue
        try:
            scans.append(_scan(block, zone, now, keep, days_first=days_first))
        except moments.NoMoment:
            refused.append(lines[block.row - 1][:60])
    return Pasted(
        scans=_newest_first(scans),
        numbers=frozenset(numbers),
        skipped=tuple(skipped),
        refused=tuple(refused),
        guessed=days_first and moments.either_way(lines),
        others=frozenset(others),
    )


def _of_another(number: str, keep: tuple[str, ...]) -> bool:
    """Whether a named number is none of the parcel's own."""
    return bool(number and keep) and folded(number) not in {folded(own) for own in keep}


def _scan(block: _Block, zone: ZoneInfo, now: datetime, keep: tuple[str, ...], *, days_first: bool) -> Scan:
    moment = moments.settle(block.when, zone, now, days_first=days_first)
    told = Told(
        number=block.number,
        when=moment.at.isoformat(),
        text=" ".join(block.words),
        source=ScanSource.PASTED,
        row=block.row,
    )
    found = understand(told, zone, now, keep=keep)
    return Scan(found.at, moment.offset, found.state, found.source, None, found.place, found.text)


def _newest_first(scans: list[Scan]) -> list[Scan]:
    """Each once; those of one moment in the order they were pasted in."""
    return sorted({scan.key: scan for scan in scans}.values(), key=lambda one: one.at, reverse=True)


# --- lines → blocks -----------------------------------------------------------------------------------------------------


def _blocks(lines: list[str]) -> tuple[list[_Block], list[str], list[str]]:
    """The scans as blocks, the lines that belong to none, and the numbers named."""
    above = _words_above(lines)
    blocks: list[_Block] = []
    skipped: list[str] = []
    numbers: list[str] = []
    loose: list[str] = []
    day: moments.Written | None = None
    number = ""
    for row, line in enumerate(lines, 1):
        if not line:
            continue
        if named := _NUMBER.fullmatch(line):
            number = named[1]
            numbers.append(number)
            continue
        if _HEADING.fullmatch(line):
            skipped.append(line)
            continue
        when, words = _moment(line, day)
        if when is not None and when.hour is None:
            # A day of its own: it holds for the hours below, or it is all that is told of a scan.
            day = when
            if words:
                blocks.append(_Block(when, [words], row, number))
        elif when is not None:
            day = when if when.month else day
            blocks.append(_Block(when, [*(loose if above else []), *([words] if words else [])], row, number))
            if not above:
                skipped += loose
            loose = []
        elif above or not blocks:
            loose.append(line)
        elif len(blocks[-1].words) < MOST_WORDS:
            blocks[-1].words.append(line)
        else:
            skipped.append(line)
    bare = [lines[block.row - 1] for block in blocks if not block.words]
    return [block for block in blocks if block.words], [*skipped, *loose, *bare], numbers


def _words_above(lines: list[str]) -> bool:
    """Whether the words stand above their moment: the last line that counts is a bare moment, the first is words."""
    said = [(when, words) for line in lines if line for when, words in [_moment(line, None)]]
    bare = [when is not None and when.hour is not None and not words for when, words in said]
    return bool(said) and bare[-1] and not bare[0] and said[0][0] is None


def _moment(line: str, day: moments.Written | None) -> tuple[moments.Written | None, str]:
    """The moment of a line and the words beside it."""
    found = moments.find(line)
    if found is not None:
        before, after = line[: found.start].strip(" [【(（|•·-"), line[found.end :].strip()
        return found, after if after else before
    if day is not None and (hour := moments.find_hour(line)) is not None:
        there = moments.Written(
            day.year, day.month, day.day, day.either, hour.hour, hour.minute, hour.second, hour.offset, 0, hour.end
        )
        return there, line[hour.end :].strip()
    return None, line


__all__ = ["Pasted", "read_paste"]
