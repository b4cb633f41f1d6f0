"""The sentences of the trail about what the team works with: calendars, forms, headings, scorecards."""

from __future__ import annotations

from collections.abc import Callable

from core.desk.history.fields import Fields
from core.foundation.formats import aside, clauses, pair
from core.foundation.language import N_, _, current
from core.models.tags import Tag

DAY_KINDS: dict[str, str] = {
    "added": N_("added as a day off"),
    "struck": N_("struck"),
    "workday": N_("worked in exchange"),
}


def _calendar_edited(before: Fields, after: Fields, zone: str) -> str:
    """The calendar, and the day with what is said of it now, where it was one day."""
    said = [str(after.get("code") or "")]
    if after.get("day"):
        kind = after.get("kind")
        what = _(DAY_KINDS[str(kind)]) if kind in DAY_KINDS else _("as the list says again")
        name = after.get("name") or before.get("name") or ""
        said.append(" ".join(part for part in (str(after["day"]), what, str(name)) if part))
    return clauses(said)


def _form(before: Fields, after: Fields, zone: str) -> str:
    return _("{name}, version {version}", name=after.get("name"), version=after.get("version"))


def _platform_rule(before: Fields, after: Fields, zone: str) -> str:
    """The rule in the reader's language with its version, and why it was retired."""
    words = after["words"]
    told = _("{name}, version {version}", name=words.get(current()) or words["en"], version=after.get("version"))
    return told + aside(str(after["reason"])) if after.get("reason") else told


def _heading(before: Fields, after: Fields, zone: str) -> str:
    told = after or before
    return _("“{heading}” is {field}", heading=told.get("heading"), field=str(told.get("field", "")).replace("_", " "))


TELLERS: dict[Tag, Callable[[Fields, Fields, str], str]] = {
    Tag.SCORECARD_BUILT: lambda before, after, zone: pair(after["carrier"], f"{after['first']} – {after['last']}"),
    Tag.TEMPLATE_ADDED: _form,
    Tag.TEMPLATE_RETIRED: _form,
    Tag.HEADING_ADDED: _heading,
    Tag.HEADING_RETIRED: _heading,
    Tag.PLATFORM_RULE_ADDED: _platform_rule,
    Tag.PLATFORM_RULE_EDITED: _platform_rule,
    Tag.PLATFORM_RULE_RETIRED: _platform_rule,
    Tag.PLATFORM_RULE_RESTORED: _platform_rule,
    Tag.CALENDAR_EDITED: _calendar_edited,
}
