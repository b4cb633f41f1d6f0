"""The tone of a message as a checklist: sorry before anything else, no blame, the next step and a date named, no gap left.

It reads words, not meaning: the lists of each language are data. What it misses is shown and kept with the message; only
a gap keeps a message from being sent.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from babel.dates import get_month_names

from core.cases.messages.library import Language, folded, rules
from core.cases.messages.rendering import GAP
from core.foundation.language import N_
from core.models.message import Situation

FIRST = 160
"""Characters within which a message has said sorry: a greeting with a name, and one sentence."""
_END = re.compile(r"[.!?](?=\s)|[。！？]")
"""Where a sentence ends: the greeting may be one before the apology, anything more is something before it."""
NEAR = 14
"""Characters a unit may stand behind its figure: `48 working hours`."""
_NUMERIC = re.compile(
    r"(?<![\d.,])(?:\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?|\d{1,2}\.\d{1,2}\.\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}月\d{1,2}日?)(?!\d)"
)
"""A date in figures. `12.50` is money."""
_FIGURE = re.compile(r"\d+")


class Flaw(StrEnum):
    """What a message lacks, or should not have."""

    GAP = "gap"
    SORRY = "sorry"
    BLAME = "blame"
    STEP = "step"
    DATE = "date"


FLAW_LABELS: dict[Flaw, str] = {
    Flaw.GAP: N_("a gap is still open"),
    Flaw.SORRY: N_("it does not begin with an apology"),
    Flaw.BLAME: N_("it blames somebody"),
    Flaw.STEP: N_("it does not say what happens next"),
    Flaw.DATE: N_("it names no date"),
}
CHECKS: dict[Flaw, str] = {
    Flaw.SORRY: N_("apology first"),
    Flaw.BLAME: N_("no blame"),
    Flaw.STEP: N_("says what happens next"),
    Flaw.DATE: N_("names a date"),
    Flaw.GAP: N_("no gaps"),
}
"""The checklist as people read it, in its order."""


def asked(situation: Situation) -> tuple[Flaw, ...]:
    """What is looked for in a message of that situation, in the order of the checklist."""
    wanted = {Flaw.GAP, Flaw.BLAME, *(Flaw(one) for one in rules()[situation].needs)}
    return tuple(one for one in CHECKS if one in wanted)


def flaws(text: str, situation: Situation, language: Language) -> tuple[Flaw, ...]:
    """What is wrong with a message, in the order of the checklist; nothing for one that has it all."""
    said = folded(text)
    sorry, step = language.sorry.first(said), language.step.first(said)
    wrong = {
        Flaw.GAP: GAP in text,
        Flaw.SORRY: sorry is None
        or sorry.start() > FIRST
        or len(_END.findall(said, 0, sorry.start())) > 1
        or (step is not None and step.start() < sorry.start()),
        Flaw.BLAME: language.blame.first(said) is not None,
        Flaw.STEP: step is None,
        Flaw.DATE: not _dated(said, language),
    }
    return tuple(one for one in asked(situation) if wrong[one])


def _dated(said: str, language: Language) -> bool:
    if _NUMERIC.search(said) or language.when.first(said):
        return True
    if any(language.units.first(said[found.end() : found.end() + NEAR]) for found in _FIGURE.finditer(said)):
        return True
    return _month_day(language.locale).search(said) is not None


@cache
def _month_day(locale: str) -> re.Pattern[str]:
    """A day beside the name of a month, in either order."""
    names = {
        folded(name).rstrip(".")
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for name in get_month_names(width, context, locale=locale).values()
    }
    either = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True) if not one.isdigit())
    return re.compile(rf"\d{{1,2}}\s?(?:de |tháng )?(?:{either})|(?:{either})\.?\s?\d{{1,2}}")
