"""What a source says of a scan → where the parcel is, in Recoup's own words. Data: `core/data/tracking_statuses.toml`.

Unknown stays unknown. A source with codes of its own decides by code; the words of a scan that carries none still tell that it moves,
but never that it was delivered, returned, lost or destroyed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from core.foundation.language import N_
from core.models.tracking import ScanSource, ScanState

DATA = Path(__file__).parents[2] / "data" / "tracking_statuses.toml"
S = ScanState

LABELS: dict[ScanState, str] = {
    S.ANNOUNCED: N_("Announced"),
    S.PICKED_UP: N_("Picked up"),
    S.IN_TRANSIT: N_("In transit"),
    S.CUSTOMS: N_("In customs"),
    S.OUT_FOR_DELIVERY: N_("Out for delivery"),
    S.AT_PICKUP: N_("Waits to be fetched"),
    S.FAILED_ATTEMPT: N_("Delivery tried in vain"),
    S.DELIVERED: N_("Delivered"),
    S.RETURNING: N_("On its way back"),
    S.RETURNED: N_("Returned"),
    S.DAMAGED: N_("Damaged"),
    S.TROUBLE: N_("Held up"),
    S.LOST: N_("Lost"),
    S.DESTROYED: N_("Destroyed"),
    S.CANCELLED: N_("Cancelled"),
    S.SILENT: N_("No news"),
    S.UNKNOWN: N_("Not known"),
}
SOURCE_LABELS: dict[ScanSource, str] = {
    ScanSource.SEVENTEEN_TRACK: "17TRACK",
    ScanSource.AFTERSHIP: "AfterShip",
    ScanSource.FILE: N_("File"),
    ScanSource.PASTED: N_("Pasted"),
}

ENDS = frozenset({S.DELIVERED, S.RETURNED, S.LOST, S.DESTROYED})
"""What a source that has codes says by code or not at all."""

_CLAUSE = re.compile(r"[.;!?。；！？，,\n]")
_LONGEST = 1_000


@dataclass(frozen=True)
class _Words:
    """A row of the words: what makes the state, and what takes it back when it stands in the same clause."""

    state: ScanState
    said: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True)
class Vocabulary:
    """The data file, read. `handled` are states with the parcel in the carrier's hands, `heard` those that break its silence."""

    handled: frozenset[ScanState]
    heard: frozenset[ScanState]
    codes: dict[ScanSource, dict[str, ScanState]]
    words: tuple[_Words, ...]


@cache
def vocabulary() -> Vocabulary:
    """The words and codes Recoup knows. Raises `ValueError` for a data file that names a state nobody knows."""
    with DATA.open("rb") as file:
        rows = tomllib.load(file)
    return Vocabulary(
        handled=frozenset(S(name) for name, row in rows["states"].items() if row["handled"]),
        heard=frozenset(S(name) for name, row in rows["states"].items() if row["heard"]),
        codes={
            ScanSource(source): {code.casefold(): S(state) for code, state in codes.items()}
            for source, codes in rows["codes"].items()
        },
        words=tuple(
            _Words(S(row["state"]), _any_of(row["said"]), _any_of(row["unless"]) if row.get("unless") else None)
            for row in rows["words"]
        ),
    )


def _any_of(words: list[str]) -> re.Pattern[str]:
    """One pattern for many words: at the beginning of a word where a script has words, anywhere in Chinese and Thai."""
    return re.compile("|".join(_bounded(_folded(word)) for word in sorted(words, key=len, reverse=True)))


def _bounded(word: str) -> str:
    """Short words of letters stand alone ("if", "may"); longer ones may go on ("danificad-o")."""
    found = re.escape(word.rstrip())
    if not _spaced(word[0]):
        return found
    start = "" if word.startswith(("n't", "n’t")) else r"(?<!\w)"
    return start + found + (r"(?!\w)" if len(word.strip()) <= 4 or word.endswith(" ") else "")


def _spaced(letter: str) -> bool:
    return "a" <= letter <= "z" or "\u00c0" <= letter <= "\u024f" or "\u1e00" <= letter <= "\u1eff"


def _folded(text: str) -> str:
    """Letter case, width and composition aside."""
    return unicodedata.normalize("NFKC", text).casefold()


def state_of(source: ScanSource, code: str | None, text: str) -> ScanState:
    """Where a scan says the parcel is.

    `code` is the source's own status. Files and pasted text may carry a code of any source, or a status in words.
    """
    told = code.strip() if code else ""
    own = vocabulary().codes.get(source)
    if own is not None:
        if told:
            return _by_code(own, told) or S.UNKNOWN
        said = in_words(text)
        return S.UNKNOWN if said in ENDS else said
    # A code that one source knows exactly is meant before the main status another has, too.
    for look in (_exactly, _by_code):
        for codes in vocabulary().codes.values():
            if told and (known := look(codes, told)) is not None:
                return known
    if told and (spoken := in_words(told)) is not S.UNKNOWN:
        return spoken
    return in_words(text)


def _exactly(codes: dict[str, ScanState], code: str) -> ScanState | None:
    return codes.get(code.casefold())


def _by_code(codes: dict[str, ScanState], code: str) -> ScanState | None:
    """By the code itself, else by its main status: "Exception_099" is an exception of a kind nobody knows."""
    folded = code.casefold()
    return codes.get(folded) or codes.get(folded.partition("_")[0])


@lru_cache(maxsize=8192)
def in_words(text: str) -> ScanState:
    """Where a text says the parcel is; UNKNOWN where no word of it is known."""
    said = " ".join(_folded(text[:_LONGEST]).split())
    if not said:
        return S.UNKNOWN
    for row in vocabulary().words:
        for found in row.said.finditer(said):
            if row.unless is None or not row.unless.search(_clause(said, found.start(), found.end())):
                return row.state
    return S.UNKNOWN


def _clause(text: str, start: int, end: int) -> str:
    """The part of the sentence around a word."""
    low = max((cut.end() for cut in _CLAUSE.finditer(text, 0, start)), default=0)
    high = _CLAUSE.search(text, end)
    return text[low : high.start() if high else len(text)]


__all__ = ["ENDS", "LABELS", "SOURCE_LABELS", "in_words", "state_of", "vocabulary"]
