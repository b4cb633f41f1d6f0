"""Disputes of the past year that are over: what was sent, what the platform decided. They are what the odds of the next are told from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, text

from core.demo import words
from core.demo.ground import Ground
from core.demo.shipments import letters
from core.models import Dispute, DisputeStep, DisputeVersion
from core.models.dispute import DisputeState, DisputeStatus, DueBasis, ReturnReason, Solution, Source, StepBy
from core.models.incident import IncidentType
from core.recovery.answers.plan import usual_modules
from core.recovery.disputes.statements import PROGRESS, to_json

MOST, MARKETS = 320, 4
"""Disputes, and the markets they are of: enough alike that something can be told. Brazil is one, whose requests wait for an answer."""

REASONS = {
    IncidentType.DAMAGED: ReturnReason.DAMAGED,
    IncidentType.MISSING_CONTENTS: ReturnReason.MISSING,
    IncidentType.LOST: ReturnReason.NOT_RECEIVED,
}
UPHELD = {
    ReturnReason.DAMAGED: (0.78, 0.46, 0.12),
    ReturnReason.MISSING: (0.68, 0.38, 0.08),
    ReturnReason.NOT_RECEIVED: (0.84, 0.5, 0.2),
}
"""How often the platform is on our side: with all the proof, with some of it, with none."""
HOW_MUCH = (0.6, 0.28, 0.12)
SENT = (
    "The buyer asks for the money back. The parcel was packed in front of a camera and handed over closed; the pictures show its "
    "weight, its seal and its content. We ask you to decline the request."
)

_CASES = text("""
    with chosen as (
        select s.market from incident i join shop s on s.id = i.shop_id
        where i.state = 'closed' group by s.market
        order by s.market <> 'BR', count(*) desc, s.market limit :markets
    ), over as (
        select i.id, i.shop_id, i.shipment_id, i.type, i.value_at_risk, i.currency, i.registered_at, i.closed_at, p.order_number,
            row_number() over (order by i.registered_at, i.id) as place, count(*) over () as whole
        from incident i join shop s on s.id = i.shop_id join shipment p on p.id = i.shipment_id
        where i.state = 'closed' and i.type = any(:types) and s.market in (select market from chosen)
            and i.registered_at > :since and i.closed_at > i.registered_at + interval '3 days'
    ) select * from over where place % greatest(whole / :most, 1) = 0 order by place limit :most
""")


def judge(base: Ground) -> int:
    """Write them, as rows: their days are past. How many there are."""
    values = {
        "markets": MARKETS,
        "types": [kind.value for kind in REASONS],
        "since": base.now - timedelta(days=430),
        "most": MOST,
    }
    cases = base.session.execute(_CASES, values).all()
    if not cases:
        return 0
    people = [one.person_id for one in base.desk.team.agents]
    made = [_life(case, words.dice(base.seed, "judged", case.id), people) for case in cases]
    ids = base.session.scalars(
        insert(Dispute).returning(Dispute.id, sort_by_parameter_order=True), [one for one, _steps, _said in made]
    ).all()
    steps = [
        {"dispute_id": number, **step} for number, (_row, some, _said) in zip(ids, made, strict=True) for step in some
    ]
    said = [{"dispute_id": number, **one} for number, (_row, _steps, one) in zip(ids, made, strict=True)]
    base.session.execute(insert(DisputeStep), steps)
    base.session.execute(insert(DisputeVersion), said)
    return len(ids)


def _life(
    case: Any, rng: random.Random, people: Sequence[int | None]
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """One dispute: its row, its moves, what was said of it."""
    reason = REASONS[IncidentType(case.type)]
    much = rng.choices(range(3), HOW_MUCH)[0]
    asked = case.registered_at + timedelta(hours=rng.uniform(2, 20))
    answered = asked + timedelta(hours=rng.uniform(6, 40))
    decided = min(answered + timedelta(days=rng.uniform(2, 9)), case.closed_at)
    decided = max(decided, answered + timedelta(hours=1))
    came, refunded = _came(rng, UPHELD[reason][much], case.value_at_risk)
    status = DisputeStatus.CLOSED if came is DisputeState.WON else DisputeStatus.REFUND_PAID
    facts: dict[str, Any] = {
        "order_number": case.order_number,
        "reason": reason,
        "solution": Solution.REFUND_ONLY if rng.random() < 0.5 else Solution.RETURN_REFUND,
        "status": status,
        "amount": Decimal(case.value_at_risk),
        "requested_at": asked,
        "response_due_at": asked + timedelta(days=2),
        "refunded_at": None if refunded is None else decided,
    }
    person = rng.choice(people)
    row = {
        **facts,
        "shop_id": case.shop_id,
        "return_number": f"{asked:%y%m%d}0{letters(rng.getrandbits(62), 4)}",
        "shipment_id": case.shipment_id,
        "incident_id": case.id,
        "currency": case.currency,
        "items": [],
        "pictures": [],
        "response_basis": DueBasis.GIVEN,
        "state": came,
        "state_at": decided,
        "moved_to": came,
        "moved_at": decided,
        "answered_at": answered,
        "refunded": refunded,
        "created_at": asked,
        "updated_at": decided,
    }
    said = {
        "source": Source.HAND,
        "person_id": person,
        "at": decided,
        "as_of": decided,
        "progress": PROGRESS[status],
        "facts": to_json(facts),
    }
    return row, _moves(reason, much, came, refunded, answered, decided, person), said


def _came(rng: random.Random, chance: float, value: Any) -> tuple[DisputeState, Decimal | None]:
    """What the platform decided, and what the buyer got of our money."""
    if rng.random() >= chance:
        return DisputeState.LOST, Decimal(value)
    if rng.random() < 0.16:
        return DisputeState.PARTLY_WON, (Decimal(value) * Decimal(rng.choice(("0.3", "0.5")))).quantize(Decimal("0.01"))
    return DisputeState.WON, None


def _moves(
    reason: ReturnReason,
    much: int,
    came: DisputeState,
    refunded: Decimal | None,
    answered: datetime,
    decided: datetime,
    person: int | None,
) -> list[dict[str, Any]]:
    action = {DisputeState.WON: "win", DisputeState.PARTLY_WON: "win_part", DisputeState.LOST: "lose"}[came]
    blank: dict[str, Any] = {
        "by": StepBy.PERSON,
        "person_id": person,
        "note": "",
        "sent": "",
        "language": "",
        "exhibits": [],
        "amount": None,
    }
    sent = {
        **blank,
        "action": "answer",
        "source": DisputeState.PREPARING,
        "target": DisputeState.ANSWERED,
        "at": answered,
        "sent": SENT,
        "language": "en",
        "exhibits": [
            {"number": n, "module": code, "name": f"{code}.jpg"} for n, code in enumerate(_shown(reason, much), 1)
        ],
    }
    end = {
        **blank,
        "action": action,
        "source": DisputeState.ANSWERED,
        "target": came,
        "at": decided,
        "amount": refunded,
    }
    return [sent, end]


def _shown(reason: ReturnReason, much: int) -> list[str]:
    """Places of the usual list that were filled: those required, all but one of them or another place, none."""
    places = usual_modules(reason)
    required = [one.code for one in places if one.required]
    others = [one.code for one in places if not one.required]
    if much == 0:
        return required + others[:1]
    return [] if much == 2 else (required[:-1] or others[:1])
