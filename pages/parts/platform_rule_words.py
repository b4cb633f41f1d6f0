"""A rule of the platform in words and badges: whose it is, how sure, whether its source was looked at lately; its fields, told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from core.foundation import formats
from core.foundation.formats import day, listed
from core.foundation.language import N_, _
from core.models.rule import Origin
from core.recovery import answers
from core.recovery.answers.rules import PlatformRule, Standing, values_of
from core.recovery.disputes.words import REASON_LABELS
from pages.parts.badges import badge
from pages.parts.settings_rule_words import CONFIDENCE

LABELS: dict[str, str] = {
    "topic": N_("Topic"),
    "markets": N_("Market"),
    "reasons": N_("Only for the reasons"),
    "pleas": N_("Speaks for"),
    "carriers": N_("Only for the carriers"),
    "source": N_("Source"),
    "checked_on": N_("Checked on"),
    "valid_from": N_("Valid from"),
    "confidence": N_("Confidence"),
}
WORDS = "words-"


def label(name: str) -> str:
    """A field's name in the reader's language; a text goes by the name of its language."""
    if name in LABELS:
        return _(LABELS[name])
    return answers.wordings()[name.removeprefix(WORDS)].name


def told(name: str, value: Any) -> str:
    """A field's value in words; what stands empty says what that means. Not escaped."""
    if value in (None, "", []):
        return _(_EMPTY[name]) if name in _EMPTY else formats.NOTHING
    return _TOLD.get(name, str)(value)


def differences(old: PlatformRule, new: PlatformRule) -> list[tuple[str, str, str]]:
    """What one version says otherwise than another: field, before, after. Not escaped."""
    before, after = values_of(old), values_of(new)
    return [
        (label(name), told(name, before[name]), told(name, value))
        for name, value in after.items()
        if value != before[name]
    ]


def marks(standing: Standing, today: date) -> str:
    """The badges of a rule: how sure its source is, whose words it has, what is to be done about it."""
    rule = standing.rule
    said, colour = CONFIDENCE[rule.confidence]
    found = [badge(_(said), colour), whose(rule)]
    if rule.retired:
        found.append(badge(_("retired"), "gray", "archive"))
    elif standing.due(today):
        found.append(badge(_("due to be checked"), "orange", "history"))
    if not rule.retired and not rule.begun(today) and rule.valid_from is not None:
        found.append(badge(_("from {day}", day=day(rule.valid_from, year=True)), "blue", "event_upcoming"))
    if standing.coming is not None and standing.coming.valid_from is not None:
        when = day(standing.coming.valid_from, year=True)
        found.append(badge(_("another version from {day}", day=when), "blue", "event_upcoming"))
    if standing.newer and not rule.retired:
        found.append(badge(_("Recoup's text changed"), "violet", "update"))
    return " ".join(found)


def whose(rule: PlatformRule) -> str:
    """Whose words a version has."""
    if rule.origin is Origin.SEED:
        return badge(_("Recoup's"), "gray", "inventory_2")
    return badge(_("the team's, version {n}", n=rule.version), "blue", "edit")


def _named(labels: dict[Any, str]) -> Callable[[Sequence[Any]], str]:
    return lambda chosen: listed(_(labels[one]) for one in chosen)


def _day(value: date) -> str:
    return day(value, year=True)


_EMPTY = {
    "markets": N_("every market"),
    "reasons": N_("any reason"),
    "pleas": N_("whatever is asked for"),
    "carriers": N_("any carrier"),
    "valid_from": N_("its source does not say"),
}
_TOLD: dict[str, Callable[[Any], str]] = {
    "topic": lambda value: _(answers.TOPIC_LABELS[value]),
    "markets": listed,
    "reasons": _named(REASON_LABELS),
    "pleas": _named(answers.PLEA_LABELS),
    "carriers": listed,
    "checked_on": _day,
    "valid_from": _day,
    "confidence": lambda value: _(CONFIDENCE[value][0]),
}
