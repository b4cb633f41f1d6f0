"""The sentences of the trail about remedies, authority and what came of a case for the shop."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from core.cases import remedies
from core.desk.history.fields import Fields, moment
from core.foundation.formats import apart, aside, clauses, pair
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.models.remedy import RemedyKind
from core.models.tags import Tag


def _remedy(before: Fields, after: Fields, zone: str) -> str:
    """What the buyer gets, with what was said, which limits it is above, and in whose place it was decided."""
    said = _amount_of_remedy(after)
    beside = [str(after.get("text") or "").rstrip(".。")]
    if after.get("over"):
        beside.append(remedies.over_words(after["over"]))
    if after.get("for"):
        beside.append(_("in the place of {name}", name=after["for"]))
    if after.get("one_more"):
        beside.append(_("a second person has to approve"))
    return said + aside(apart(one for one in beside if one)) if any(beside) else said


def _amount_of_remedy(after: Fields) -> str:
    money = Money(Decimal(str(after.get("amount") or 0)), str(after["currency"]))
    return remedies.sentence(RemedyKind(after["kind"]), money)


def _shop_result(before: Fields, after: Fields, zone: str) -> str:
    parts = []
    if after.get("rating"):
        parts.append(_n("{n} star", "{n} stars", int(after["rating"])))
    if after.get("review_avoided") is not None:
        parts.append(_("no bad review") if after["review_avoided"] else _("a bad review"))
    if after.get("came_back") is not None:
        parts.append(_("the buyer came back") if after["came_back"] else _("the buyer did not come back"))
    return clauses(parts)


def _stand_in(before: Fields, after: Fields, zone: str) -> str:
    fields = after or before
    return _(
        "{name} for {person}, {first} to {last}",
        name=fields.get("stand_in"),
        person=fields.get("person"),
        first=moment(fields.get("from_at"), zone),
        last=moment(fields.get("until_at"), zone),
    )


def _authority(before: Fields, after: Fields, zone: str) -> str:
    return pair(_("version {n}", n=after.get("version")), after.get("note") or "")


TELLERS: dict[Tag, Callable[[Fields, Fields, str], str]] = {
    Tag.REMEDY_PROPOSED: _remedy,
    Tag.REMEDY_APPROVED: _remedy,
    Tag.REMEDY_DECLINED: _remedy,
    Tag.REMEDY_ASKED_BACK: _remedy,
    Tag.REMEDY_ANSWERED: _remedy,
    Tag.REMEDY_DONE: _remedy,
    Tag.REMEDY_WITHDRAWN: _remedy,
    Tag.RESULT_RECORDED: _shop_result,
    Tag.STAND_IN_SET: _stand_in,
    Tag.STAND_IN_ENDED: _stand_in,
    Tag.AUTHORITY_EDITED: _authority,
}
