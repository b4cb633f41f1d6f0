"""Words and figures on their way to the screen: what others wrote is shown as text, never read as Markdown."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from core.foundation import formats
from core.foundation.money import Money

NOTHING = formats.NOTHING

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:$<>&=])")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)  # four spaces would make it code
# What a renderer turns into a link without any mark of Markdown; an invisible joiner in its middle keeps it text.
_BARE_LINKS = re.compile(r"(https?://|www(?=\.)|@)", re.IGNORECASE)
_JOINER = "\u2060"


def plain(text: object) -> str:
    """What somebody typed, for any place that reads Markdown, labels and alerts too: it reads as it was typed.

    Marks, links, pictures, colours, icons and formulas in it stay characters. Line ends stay line ends.
    """
    said = str(text)
    # Most of what is shown is short and shown again on the next click.
    return _escaped(said) if len(said) <= _SHORT else _escape(said)


def _escape(text: str) -> str:
    joined = _BARE_LINKS.sub(rf"\1{_JOINER}", _INDENT.sub("", text))
    return _MARKS.sub(r"\\\1", joined).replace("\n", "  \n")


_SHORT = 120
_escaped = lru_cache(maxsize=4096)(_escape)


def line(text: object, longest: int = 90) -> str:
    """`plain`, on one line and cut at `longest` characters."""
    return plain(cut(text, longest))


def cut(text: object, longest: int = 90) -> str:
    """The text on one line, cut at `longest` characters with an ellipsis. Not escaped: for tables."""
    flat = " ".join(str(text).split())
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"


def gray(markdown: str) -> str:
    """Small and gray: the second line of a row, the currency beside a figure. Markdown: escape what others wrote."""
    return f":small[:gray[{markdown}]]" if markdown else ""


def chosen(words: str, yes: bool) -> str:
    """The label of a pill or segment: the chosen one in a blue that both grounds can carry. Icons stay outside."""
    return f":blue[{words}]" if yes else words


def dotted(*parts: str | None) -> str:
    """The parts that are there, with a middle dot between."""
    return " · ".join(part for part in parts if part)


def figure(value: Money | None) -> str:
    """A figure in bold with its currency small and gray behind it: `**470.00** SGD`."""
    if value is None:
        return NOTHING
    return f"**{plain(formats.figure(value))}** {gray(value.currency)}"


def rounded(value: Decimal, currency: str) -> str:
    """An amount for a tile or a heading, without decimals: `SGD 1,488`."""
    return f"{currency} {formats.number(int(value.to_integral_value()))}"


def wait(moment: datetime | None, now: datetime) -> str:
    """How long until a moment, for a narrow cell: `19 h`, `2 d 2 h`, `2 h late`; minutes only within the last hour.

    Cut, never rounded up: nobody is told more time than is left.
    """
    if moment is None:
        return NOTHING
    left = moment - now
    whole = timedelta(hours=abs(left) // timedelta(hours=1))
    return formats.span((whole if left > timedelta(0) else -whole) if whole else left)
