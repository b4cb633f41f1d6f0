"""Who the buyers are is seen only by those whose work needs it: the types of columns that hold it, and what hides it.

A column that can hold something of a buyer says so by its type: `BuyerName` (a name, a username, a mail address), `BuyerWords`
(free text in which a person may be named) or `BuyerFacts` (JSON with such texts). While a read is asked by somebody without the
right `buyer:read`, the gate holds a `Blind` up, and what comes out of those columns is hidden before anything is made of it: a screen,
a sentence of the history, a sheet, a document. The same types tell the redaction what to take out of the record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Text, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from core.foundation.database import Base
from core.foundation.masking import LEAST_DIGITS, MASK
from core.foundation.personless import personless

MOST_CANDIDATES = 4_000
"""Words and pairs of words of one text that are looked up; a text of ten thousand characters has fewer."""

MOST_NUMBERS = 100

_TOKEN = re.compile(r"[^\W_][\w.\-]*", re.UNICODE)
_NUMBER = re.compile(r"(?<![\w-])[A-Za-z]{0,12}\d[\dA-Za-z-]{5,40}(?![\w-])")
_HAN = re.compile("[\u3400-\u9fff]{2,}")
_CODE = re.compile(r"[a-z_]+(?:\.[a-z_]+)*")
_PLAIN = re.compile(r"-?[\d.]+|\d{4}-\d\d-\d\d.*|[0-9a-f]{64}")

KEPT_KEYS = frozenset(
    {"sha256", "tag", "state", "kind", "code", "currency", "language", "party", "channel", "rows", "head"}
)
"""Keys of JSON whose values name no person, whatever they look like."""
_KEPT_ENDS = ("_id", "_at", "_on", "_number", "number", "reference", "_sha256", "_code", "_kind", "_version")
PROSE_KEYS = frozenset(
    {
        "",
        "name",
        "text",
        "note",
        "summary",
        "promise",
        "reason",
        "title",
        "closing_note",
        "answer_text",
        "said",
        "our_note",
        "sent",
    }
)
"""Keys whose values people write: a single word may be somebody there, and is a code elsewhere."""
NAME_KEYS = frozenset({"buyer_username", "buyer_name", "buyer_email"})
"""Keys of JSON whose values are what a buyer is called."""
GONE_KEYS = NAME_KEYS | frozenset(
    {"buyer_said", "buyer_username", "buyer_name", "buyer_email", "buyer", "user", "return_note", "pictures"}
)
"""Keys of JSON whose values are the buyer's own: they go whole when a case is redacted."""


# --- what is hidden -----------------------------------------------------------------------------------------------------


def hide(name: str) -> str:
    """A name nobody can read, yet two of them can be told apart: `siti_99` is `s***9`. Short ones are hidden whole."""
    clean = name.strip()
    return f"{clean[0]}{MASK}{clean[-1]}" if len(clean) >= 5 else MASK if clean else ""


class Blind:
    """Hides buyers in what one read brings up. Names that are known anywhere in the record are found in free text too."""

    def __init__(self, session: Session | None) -> None:
        self._session = session
        self._looked: dict[str, bool] = {}
        self._told: dict[str, str] = {}

    def words(self, said: str) -> str:
        """The text without known buyers, phones, mail addresses, and what reads like a name or a home."""
        told = self._told.get(said)
        if told is None:
            told = self._told[said] = without_buyers(said, self._names(said), self._numbers(said))
        return told

    def facts(self, value: Any) -> Any:
        """JSON with every text in it hidden as `words` does, but for numbers, moments and codes."""
        return _leaves(value, lambda key, said: hide(said) if key in GONE_KEYS else self.words(said))

    def _numbers(self, said: str) -> set[str]:
        """Numbers in a text that some record carries as its own: they are nobody's phone."""
        wanted = [one for one in dict.fromkeys(_NUMBER.findall(said)) if sum(map(str.isdigit, one)) >= LEAST_DIGITS]
        return known_numbers(self._session, wanted[:MOST_NUMBERS]) if wanted and self._session is not None else set()

    def _names(self, said: str) -> list[str]:
        wanted = candidates(said)
        unknown = [one for one in wanted if one not in self._looked]
        if unknown and self._session is not None:
            found = known_names(self._session, unknown)
            self._looked.update((one, one in found) for one in unknown)
        return [one for one in wanted if self._looked.get(one)]


_BLIND: ContextVar[Blind | None] = ContextVar("blind", default=None)


@contextmanager
def blind(session: Session | None) -> Iterator[Blind]:
    """Within the block nothing of a buyer comes out of the database. One that is up already stays."""
    standing = _BLIND.get()
    if standing is not None:
        yield standing
        return
    held = Blind(session)
    token = _BLIND.set(held)
    try:
        yield held
    finally:
        _BLIND.reset(token)


def is_blind() -> bool:
    """Whether buyers are hidden from whoever asks just now."""
    return _BLIND.get() is not None


def shown(said: str) -> str:
    """A text that came from elsewhere than a column (a raw cell, a file) as whoever asks just now may see it."""
    held = _BLIND.get()
    return said if held is None or not said else held.words(said)


# --- columns ------------------------------------------------------------------------------------------------------------


class BuyerName(TypeDecorator[str]):
    """A name, username or mail address of one person: text."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return hide(value) if value and _BLIND.get() is not None else value


class BuyerWords(TypeDecorator[str]):
    """Free text in which somebody may be named: text. `own`: it is the buyer's or to the buyer, and goes whole when redacted."""

    impl = Text
    cache_ok = True

    def __init__(self, *, own: bool = False) -> None:
        super().__init__()
        self.own = own

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        held = _BLIND.get()
        return value if held is None or not value else held.words(value)


class BuyerDigest(TypeDecorator[str]):
    """A key that tells one buyer from another without naming anybody: text, shown to all, empty once redacted."""

    impl = Text
    cache_ok = True


class BuyerFacts(TypeDecorator[Any]):
    """JSON with texts in which somebody may be named: jsonb. `own`: it is the buyer's, a list, and goes whole when redacted."""

    impl = JSONB
    cache_ok = True

    def __init__(self, *, own: bool = False) -> None:
        super().__init__()
        self.own = own

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        held = _BLIND.get()
        return value if held is None or not value else held.facts(value)


# --- names in texts -----------------------------------------------------------------------------------------------------


def candidates(said: str) -> list[str]:
    """What in a text could be a name somebody is known by, in lower case: words, two to four of them in a row, Chinese runs."""
    folded = said.lower()
    words = [(one.group().rstrip(".-"), one.start(), one.end()) for one in _TOKEN.finditer(folded)]
    found: dict[str, None] = {}
    for at, (word, start, _end) in enumerate(words):
        if len(word) >= 3 and not word.isdigit():
            found[word] = None
        for _next, _start, end in words[at + 1 : at + 4]:
            if "\n" in folded[start:end]:
                break
            found[" ".join(folded[start:end].split())] = None
    for run in _HAN.findall(folded):
        for size in (2, 3, 4):
            found.update(dict.fromkeys(run[at : at + size] for at in range(len(run) - size + 1)))
    return list(found)[:MOST_CANDIDATES]


@cache
def _lookups() -> tuple[TextClause, ...]:
    """For each column of names the statement that finds some of them; each has an index on its lower case."""
    named = [
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, BuyerName)
    ]
    return tuple(
        text(f'select distinct lower("{column}") from "{table}" where lower("{column}") = any(:wanted)')  # noqa: S608 -- our own names
        for table, column in named
    )


@cache
def _number_lookups() -> tuple[TextClause, ...]:
    return tuple(
        text(f'select "{column.name}" from "{table.name}" where "{column.name}" = any(:wanted)')  # noqa: S608 -- our own names
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.info.get("own_number")
    )


def known_names(session: Session, wanted: Collection[str]) -> set[str]:
    """Which of some names (lower case) anybody in the record is called, whatever column says it."""
    if not wanted:
        return set()
    connection = session.connection()
    return {name for one in _lookups() for name in connection.scalars(one, {"wanted": list(wanted)})}


def known_numbers(session: Session, wanted: Collection[str]) -> set[str]:
    """Which of some numbers, as written, are a record's own: of columns whose `info` says `own_number`."""
    connection = session.connection()
    return {number for one in _number_lookups() for number in connection.scalars(one, {"wanted": list(wanted)})}


def without_buyers(said: str, names: Iterable[str] = (), keep: Collection[str] = ()) -> str:
    """The text with `names` masked, letter case aside, and everything in it that reads like a person, a phone or a home.

    `keep` are numbers that stay.
    """
    known = sorted({one.strip() for one in names if len(one.strip()) >= 2}, key=len, reverse=True)
    if known:
        pattern = "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in known)
        said = re.sub(rf"(?<![^\W_])@?(?:{pattern})(?![^\W_])|{_unspaced(known)}", MASK, said, flags=re.IGNORECASE)
    return personless(said, keep)


def _unspaced(known: Iterable[str]) -> str:
    """Names of scripts without spaces stand inside words."""
    return "|".join(re.escape(one) for one in known if _HAN.fullmatch(one)) or r"(?!)"


def _leaves(value: Any, change: Callable[[str, str], str], key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _leaves(one, change, str(name)) for name, one in value.items()}
    if isinstance(value, list):
        return [_leaves(one, change, key) for one in value]
    if not isinstance(value, str) or not value or _PLAIN.fullmatch(value):
        return value
    code = _CODE.fullmatch(value) and key not in PROSE_KEYS | GONE_KEYS
    return value if code or key in KEPT_KEYS or key.endswith(_KEPT_ENDS) else change(key, value)


def redacted_facts(value: Any, names: Collection[str], keep: Collection[str] = ()) -> Any:
    """JSON for good: of the buyer's own fields only that they were there, every other text without `names` and whoever it seems to name."""
    emptied = (
        {name: [] if isinstance(one, list) else one for name, one in value.items() if name in GONE_KEYS}
        if isinstance(value, Mapping)
        else {}
    )
    kept = {**value, **emptied} if emptied else value
    return _leaves(kept, lambda key, said: MASK if key in GONE_KEYS else without_buyers(said, names, keep))


def without_own(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts without the fields that are the buyer's own."""
    return {name: value for name, value in facts.items() if name not in GONE_KEYS}


def own_names(value: Any) -> set[str]:
    """Names that stand in JSON under keys of the buyer: usernames and the like, not what the buyer wrote."""
    found: set[str] = set()

    def note(key: str, said: str) -> str:
        if key in NAME_KEYS:
            found.add(said)
        return said

    _leaves(value, note)
    return found


__all__ = [
    "GONE_KEYS",
    "BuyerDigest",
    "BuyerFacts",
    "BuyerName",
    "BuyerWords",
    "blind",
    "hide",
    "is_blind",
    "known_names",
    "own_names",
    "redacted_facts",
    "shown",
    "without_buyers",
    "without_own",
]
