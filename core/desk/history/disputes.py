"""The sentences of the trail about disputes."""

from __future__ import annotations

from collections.abc import Callable

from core.cases import words
from core.desk.history.fields import Fields, amount, label, moment
from core.foundation.formats import aside, clauses, pair
from core.foundation.language import _, _n
from core.models.answer import Plea
from core.models.clock import ClockKind
from core.models.dispute import DisputeState
from core.models.tags import Tag
from core.recovery.answers.words import PLEA_LABELS
from core.recovery.disputes.statements import from_json
from core.recovery.disputes.states import STATE_LABELS as DISPUTE_STATES
from core.recovery.disputes.words import FACT_LABELS as DISPUTE_FACTS
from core.recovery.disputes.words import fact_words


def _dispute(before: Fields, after: Fields, zone: str) -> str:
    """The number, then what is told of it now; a moment that was settled says which."""
    number, currency = str(after.get("return_number") or ""), str(after.get("currency") or "")
    if after.get("settled"):
        what = label(ClockKind, words.CLOCK_LABELS, after["settled"])
        return pair(number, f"{what}, {_('done') if after.get('done') else _('not needed')}")
    if after.get("modules"):
        n = int(after["modules"])
        return pair(
            number,
            _n(
                "the platform says what it wants proof of, {n} point",
                "the platform says what it wants proof of, {n} points",
                n,
            ),
        )
    told = from_json({name: value for name, value in after.items() if name in DISPUTE_FACTS and value is not None})
    said = [
        f"{_(DISPUTE_FACTS[name])} {fact_words(name, told[name], zone, currency)}"
        for name in DISPUTE_FACTS
        if name in told
    ]
    return pair(number, clauses(said)) if said else number


def _dispute_moved(before: Fields, after: Fields, zone: str) -> str:
    """The number, where it stands now, and what the move said: how much, of which reason, what was noted."""
    number, currency = str(after.get("return_number") or ""), after.get("currency")
    told = [label(DisputeState, DISPUTE_STATES, after.get("state"))]
    if after.get("figure") is not None:
        told.append(amount(after["figure"], currency))
    if after.get("due_at"):
        told.append(_("by {when}", when=moment(after["due_at"], zone)))
    if after.get("exhibits"):
        told.append(_n("{n} exhibit", "{n} exhibits", int(after["exhibits"])))
    told.append(str(after.get("reference") or ""))
    said = pair(number, clauses(told))
    return said + aside(after["note"]) if after.get("note") else said


def _dispute_drafted(before: Fields, after: Fields, zone: str) -> str:
    """The number and what was changed of its answer: what is asked, exhibits, a finding that may stand; else its words."""
    number, told = str(after.get("return_number") or ""), []
    if after.get("dropped"):
        told.append(_("thrown away"))
    asked = label(Plea, PLEA_LABELS, after["plea"]) if after.get("plea") else ""
    figure = amount(after["figure"], after.get("currency")) if after.get("figure") is not None else ""
    if asked or figure:
        told.append(pair(asked, figure) if asked and figure else asked or figure)
    if after.get("exhibits"):
        told.append(_n("{n} exhibit", "{n} exhibits", int(after["exhibits"])))
    if len(after.get("set_aside") or ()) > len(before.get("set_aside") or ()):
        told.append(_("a finding of the guard may stand"))
    if not told and ("sha256" in after or "reading_sha256" in after):
        told.append(_("its text"))
    return pair(number, clauses(told)) if told else number


TELLERS: dict[Tag, Callable[[Fields, Fields, str], str]] = {
    Tag.DISPUTE_OPENED: _dispute,
    Tag.DISPUTE_UPDATED: _dispute,
    Tag.DISPUTE_MOVED: _dispute_moved,
    Tag.DISPUTE_DRAFTED: _dispute_drafted,
    Tag.EXHIBIT_SET: _dispute_drafted,
    Tag.DISPUTE_ANSWERED: _dispute_moved,
    Tag.DISPUTE_NOTED: lambda before, after, zone: pair(str(after.get("return_number") or ""), str(after["note"])),
}
