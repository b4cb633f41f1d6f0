"""The scorecard as a PDF, in the language of the carrier's people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.foundation import audit, documents, formats
from core.foundation.clock import local_day
from core.foundation.errors import Invalid
from core.foundation.formats import NOTHING, number
from core.foundation.gate import verb
from core.foundation.intervals import Interval, interval
from core.foundation.language import LOCALES, _, _n, current, using
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.insight.comparison import VERDICT_LABELS, Compared, Outcome, Scope, Verdict, mature_after, outcome_name
from core.insight.scorecard.facts import Facts, Lane, scorecard_facts
from core.models import Tag
from core.recovery.claim_states import STATE_LABELS

LONGEST_ASKED = 2_000
_TONGUES = {"en": ("en", "gb"), "zh-CN": ("zh", "cn")}
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Scorecard:
    """A scorecard as a file."""

    file_name: str
    pdf: bytes


@verb(Permission.CARRIER_DECIDE)
def build_scorecard(
    session: Session,
    carrier_id: int,
    scope: Scope,
    outcomes: Sequence[Outcome],
    *,
    actor: Actor,
    asked: str,
    language: str,
    base_currency: str,
    now: datetime,
) -> Scorecard:
    """Make the scorecard of a carrier, with what is asked in the team's own words beside what follows from the figures.

    `language` is that of the paper. The audit trail keeps that it was made. Raises as `scorecard_facts`, and `Invalid` for words
    that are too long or a language there is not.
    """
    own = checked(asked, LONGEST_ASKED, "asked")
    if language not in LOCALES:
        raise Invalid(_("There is no such language."), "language")
    facts = scorecard_facts(session, carrier_id, scope, outcomes, actor=actor, base_currency=base_currency, now=now)
    with using(language):
        pdf = documents.render("scorecard", _data(facts, own, actor.zone, now), {}, at=now)
    period = scope.period
    audit.record(
        session,
        Tag.SCORECARD_BUILT,
        actor=actor,
        now=now,
        subject=("carrier", carrier_id),
        after={
            "carrier": facts.carrier,
            "first": period.first,
            "last": period.last,
            "language": language,
            "asked": own,
        },
    )
    name = re.sub(r"[^\w-]+", "-", facts.carrier).strip("-").lower() or "carrier"
    return Scorecard(f"scorecard-{name}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.pdf", pdf)


def asks(facts: Facts) -> list[str]:
    """What is asked of the carrier, as follows from the figures: answers, money, and a word on lanes that are worse."""
    said = []
    waiting = [one for one in facts.open if not one.granted]
    if waiting:
        said.append(
            _n(
                "Answer the claim listed below: it has waited {days} days.",
                "Answer the {n} claims listed below: the first has waited {days} days.",
                len(waiting),
                days=number(waiting[0].days),
            )
        )
    if unpaid := [one for one in facts.open if one.granted]:
        said.append(_n("Pay the granted claim listed below.", "Pay the {n} granted claims listed below.", len(unpaid)))
    for lane in facts.lanes:
        standard = lane.compared.standardised
        if lane.compared.verdict is Verdict.WORSE and standard is not None:
            said.append(
                _(
                    "Say what is done about {lane}: harm there is {ratio} times what others' rates on the lane would bring.",
                    lane=_lane(lane.compared),
                    ratio=number(standard.ratio, 1),
                )
            )
    return said


def _data(facts: Facts, own: str, zone: str, now: datetime) -> dict[str, Any]:
    lang, period = _TONGUES[current()], facts.scope.period
    span = f"{formats.day(period.first, year=True)} – {formats.day(period.last, year=True)}"
    title = _("Scorecard of {carrier}", carrier=facts.carrier)
    built = formats.day(local_day(now, zone), year=True)
    return {
        "title": title,
        "author": "Recoup",
        "lang": lang[0],
        "region": lang[1],
        "draft": None,
        "header-left": title,
        "header-right": span,
        "footer": _("Made on {day}. Parcels by the day they were shipped.", day=built),
        "kicker": _("Carrier scorecard"),
        "heading": facts.carrier,
        "span": span,
        "tiles": _tiles(facts),
        "asked": {"heading": _("What we ask"), "own": own, "lines": asks(facts), "none": _("Nothing: thank you.")},
        "harm": _harm(facts),
        "lanes": _lanes(facts),
        "claims": {"heading": _("Claims on you"), "rows": _claims(facts)},
        "open": _open(facts),
        "notes": _notes(facts),
    }


def _tiles(facts: Facts) -> list[dict[str, str]]:
    net = facts.gross - facts.recovered
    return [
        {"label": _("Parcels shipped"), "value": number(facts.parcels)},
        {"label": _("Losses"), "value": _amount(facts.gross, facts.currency)},
        {"label": _("Recovered"), "value": _amount(facts.recovered, facts.currency)},
        {"label": _("Still lost"), "value": _amount(net, facts.currency)},
    ]


def _harm(facts: Facts) -> dict[str, Any]:
    rows = []
    for outcome, one in facts.harm.items():
        told = interval(one.events, one.n) if one.n else None
        rate = one.events / one.n if one.n else None
        rows.append(
            [outcome_name(outcome), number(one.n), number(one.events), _rate(rate), _span(told), number(one.young)]
        )
    headings = [_("What went wrong"), _("Parcels"), _("Harmed"), _("Per 1,000"), _("95 % interval"), _("Too young")]
    return {"heading": _("Parcels and harm"), "headings": headings, "rows": rows}


def _lanes(facts: Facts) -> dict[str, Any]:
    told = " / ".join(outcome_name(one) for one in facts.outcomes)
    rows = [_lane_row(lane) for lane in facts.lanes]
    headings = [
        _("Lane"),
        _("Parcels"),
        _("Harmed"),
        _("Per 1,000"),
        _("95 % interval"),
        _("To be expected"),
        _("Verdict"),
    ]
    return {"heading": _("By lane: {outcome}", outcome=told), "headings": headings, "rows": rows}


def _lane_row(lane: Lane) -> list[str]:
    one, standard = lane.compared, lane.compared.standardised
    ratio = NOTHING
    if standard is not None:
        ratio = f"× {number(standard.ratio, 2)} ({number(standard.low, 1)} – {number(standard.high, 1)})"
    return [
        _lane(one),
        number(one.n),
        number(one.events),
        _rate(one.rate),
        _span(one.interval),
        ratio,
        _(VERDICT_LABELS[one.verdict]),
    ]


def _claims(facts: Facts) -> list[dict[str, str]]:
    share = NOTHING
    if facts.success is not None:
        low, high = facts.success.low * 100, facts.success.high * 100
        share = f"{facts.granted * 100 / facts.decided:.0f} % ({low:.0f} – {high:.0f} %)"
    days = NOTHING if facts.days is None else number(facts.days, 0)
    rows = (
        (_("Filed"), number(facts.filed)),
        (_("Decided"), number(facts.decided)),
        (_("Granted, with its 95 % interval"), share),
        (_("Paid"), _amount(facts.paid, facts.currency)),
        (_("Days from filing to the first payment (median)"), days),
        (_("Without an answer, or granted and not paid"), number(facts.open_total)),
    )
    return [{"label": label, "value": value} for label, value in rows]


def _open(facts: Facts) -> dict[str, Any] | None:
    if not facts.open:
        return None
    rows = [
        [
            one.case_number,
            one.tracking_number,
            one.reference,
            formats.day(one.filed_on, year=True),
            number(one.days),
            _(STATE_LABELS[one.state]),
            formats.amount(one.owed),
        ]
        for one in facts.open
    ]
    headings = [
        _("Your number"),
        _("Tracking number"),
        _("Our reference"),
        _("Filed"),
        _("Days"),
        _("State"),
        _("Open amount"),
    ]
    rest = facts.open_total - len(facts.open)
    more = _n("{n} more is not listed.", "{n} more are not listed.", rest) if rest else ""
    return {"heading": _("Claims that wait for you"), "headings": headings, "rows": rows, "more": more}


def _notes(facts: Facts) -> list[str]:
    days = max(mature_after((outcome,)) for outcome in facts.harm)
    return [
        _(
            "Parcels too young to judge (up to {days} days, by what went wrong) are left out and counted apart.",
            days=days,
        ),
        _(
            "“To be expected” is the harm over what the rates of all carriers on the same lanes, with parcels of the same value,"
            " would have brought, with its 95 % interval. “Worse” and “better” are told only where luck does not explain the"
            " difference; of all that are told, 5 in 100 may be wrong."
        ),
        _("Amounts are in {currency}, at the rates of the days the cases were registered.", currency=facts.currency),
    ]


def _lane(one: Compared) -> str:
    return " ".join(part for part in (one.channel.service, one.channel.market) if part)


def _rate(share: float | None) -> str:
    return NOTHING if share is None else number(share * 1000, 2)


def _span(told: Interval | None) -> str:
    return NOTHING if told is None else f"{_rate(told.low)} – {_rate(told.high)}"


def _amount(value: Decimal, currency: str) -> str:
    return formats.amount(Money(value.quantize(_CENT), currency))
