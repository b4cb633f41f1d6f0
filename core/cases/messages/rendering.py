"""Filling a text: `{name}` is set in, `[…]` is left out where a name in it is not known, a gap stays to be seen.

What is set in is never read again: braces, brackets and marks in a buyer's name or an item stay what they are.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from core.cases.messages.library import Language, Promise, Rule
from core.foundation.errors import Invalid
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.texts import storable

FIELDS = ("buyer", "order", "item", "tracking", "carrier", "place", "shop", "amount", "day")
"""What a text may name."""
GAP = "____"
"""What stands where a value is missing that the text cannot do without."""
LONGEST_TEXT = 2_000
LONGEST_VALUE = 120
_PIECE = re.compile(r"\[([^\[\]]*)\]|\{([^{}]*)\}|([^\[\]{}]+)|([\[\]{}])")
_NAME = re.compile(r"\{([^{}]*)\}")
_FIRST_STRONG, _POP = "\u2068", "\u2069"
_DIRECTION = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Filled:
    """A filled text and the names in it that were missing, as gaps in the text."""

    text: str
    missing: tuple[str, ...]


def fill(template: str, values: Mapping[str, str]) -> Filled:
    """Set the values in. An empty one is missing; each is put on one line and cut at 120 characters."""
    known = {name: shown for name, value in values.items() if (shown := _value(value))}
    missing: list[str] = []
    parts = []
    for optional, name, words in _pieces(template):
        if optional is not None:
            named = _NAME.findall(optional)
            if all(one in known for one in named):
                parts.append(_NAME.sub(lambda found: known[found[1]], optional))
        elif name is not None:
            if name not in known:
                missing.append(name)
            parts.append(known.get(name, GAP))
        else:
            parts.append(words or "")
    return Filled("".join(parts), tuple(dict.fromkeys(missing)))


def checked_template(template: str, rule: Rule) -> str:
    """A text as it is kept. Raises `Invalid` (field `text`) for one that is empty or too long, for braces or brackets that do not
    close, for a name nobody knows (with the nearest), and where the moment or the amount its situation is about is not
    named, or is in brackets.
    """
    clean = storable(template)
    if not clean:
        raise Invalid(_("Write the text."), "text")
    if len(clean) > LONGEST_TEXT:
        raise Invalid(_("This is too long: at most {n} characters.", n=LONGEST_TEXT), "text")
    always: set[str] = set()
    for optional, name, words in _pieces(clean):
        if words is not None and words in tuple("[]{}"):
            raise Invalid(_("A brace or bracket does not close: “{mark}”.", mark=words), "text")
        for one in _NAME.findall(optional) if optional is not None else [name] if name is not None else []:
            _known(one)
        if optional is not None and ("{" in _NAME.sub("", optional) or "}" in _NAME.sub("", optional)):
            raise Invalid(_("A brace or bracket does not close: “{mark}”.", mark=optional), "text")
        if name is not None:
            always.add(name)
    for wanted in needed(rule):
        if wanted not in always:
            raise Invalid(_("This text needs {field}, outside of square brackets.", field="{" + wanted + "}"), "text")
    return clean


def needed(rule: Rule) -> tuple[str, ...]:
    """The names a text of a situation cannot do without."""
    return (*(("amount",) if rule.amount else ()), *(("day",) if isinstance(rule.promise, Promise) else ()))


def day_text(day: date, language: Language) -> str:
    """A day as buyers of that language write it: `25 November`, `11月25日`."""
    return format_date(day, language.day, locale=language.locale)


def money_text(money: Money, language: Language, market: str) -> str:
    """An amount as buyers of that language and market write it: `RM12.50`, `R$ 12,50`."""
    amount = Decimal(money.amount)
    return format_currency(amount, money.currency, locale=_locale(language, market)).replace("\xa0", " ")


def _locale(language: Language, market: str) -> Locale:
    spoken = Locale.parse(language.locale)
    try:
        return Locale(spoken.language, market, spoken.script)
    except (UnknownLocaleError, ValueError):
        return spoken


def _pieces(template: str) -> Iterator[tuple[str | None, str | None, str | None]]:
    """(what is in brackets, a name, plain words): one of the three."""
    for found in _PIECE.finditer(template):
        if found[1] is not None:
            yield found[1], None, None
        elif found[2] is not None:
            yield None, found[2], None
        else:
            yield None, None, found[0]


def _known(name: str) -> None:
    if name in FIELDS:
        return
    near = difflib.get_close_matches(name, FIELDS, 1, 0.5)
    if near:
        raise Invalid(
            _("Recoup cannot fill in {name}. Did you mean {near}?", name="{" + name + "}", near="{" + near[0] + "}"),
            "text",
        )
    listed = ", ".join("{" + one + "}" for one in FIELDS)
    raise Invalid(
        _("Recoup cannot fill in {name}. It can fill in {names}.", name="{" + name + "}", names=listed), "text"
    )


def _value(value: str) -> str:
    """One line, without what could turn the words around it; right-to-left words are kept to themselves."""
    flat = " ".join(_DIRECTION.sub("", storable(value)).split())
    if len(flat) > LONGEST_VALUE:
        flat = flat[: LONGEST_VALUE - 1].rstrip() + "…"
    if any(unicodedata.bidirectional(one) in ("R", "AL", "AN") for one in flat):
        return f"{_FIRST_STRONG}{flat}{_POP}"
    return flat
