"""A text tried before it is kept: as a buyer would get it with everything known, and with only what every case has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.cases.messages.drafting import day_offered
from core.cases.messages.library import languages, rules
from core.cases.messages.rendering import checked_template, day_text, fill, money_text, needed
from core.cases.messages.tone import Flaw, flaws
from core.foundation.errors import Invalid
from core.foundation.language import _
from core.foundation.money import Money
from core.models.message import Situation

SAMPLE = {
    "buyer": "aisyah_88",
    "order": "2611180ABCD123",
    "item": "Desk lamp",
    "tracking": "MYSPX0123456789",
    "carrier": "SPX Express",
    "place": "Shah Alam",
    "shop": "Lumen Home",
}
ALWAYS = ("order", "shop")
"""What no case is without."""
PAID = Money(Decimal("12.50"), "MYR")


@dataclass(frozen=True)
class Trial:
    """`full` with everything known, `bare` with only what every case has; `flaws` of the bare one."""

    full: str
    bare: str
    flaws: tuple[Flaw, ...]


def try_text(text: str, situation: Situation, language: str, *, today: date) -> Trial:
    """Fill a text with an invented case. Raises `Invalid` naming `text` where it cannot be kept, `language` for one not known."""
    spoken = languages().get(language)
    if spoken is None:
        raise Invalid(_("Recoup has no texts in “{language}”.", language=language), "language")
    clean = checked_template(text, rules()[situation])
    chosen = {
        "day": day_text(day_offered(situation, today) or today, spoken),
        "amount": money_text(PAID, spoken, "MY"),
    }
    least = {name: chosen[name] for name in needed(rules()[situation])} | {name: SAMPLE[name] for name in ALWAYS}
    bare = fill(clean, least).text
    return Trial(fill(clean, {**SAMPLE, **chosen}).text, bare, flaws(bare, situation, spoken))
