"""What the demo's team wrote to buyers: first apologies, proof asked for and still awaited, news, an offer; and a text of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import exists, select

from core.cases import messages, remedies
from core.demo import words
from core.demo.ground import Ground
from core.demo.scripts import DAYS, HOURS
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Clock, Incident, Message
from core.models.clock import LIVING, ClockKind
from core.models.incident import IncidentState, IncidentType
from core.models.message import Situation
from core.models.remedy import RemedyKind, RemedyState
from core.money.authority import authority_left

LATE, FRESH = 4, 9
"""Cases whose buyers were asked for proof days ago and did not answer, and cases written about in the last day."""
BROKEN = (IncidentType.DAMAGED, IncidentType.MISSING_CONTENTS)
OWN = """
Hi[ {buyer}], this is the care team of {shop}. We are very sorry about the trouble with your order[ {order}].

We are checking it right now[ with {carrier}] and will write to you here by {day}. You do not have to do anything, and you do not \
have to open a return for us to help you."""
BEFORE = OWN.replace("this is the care team of {shop}. We", "we")


def write(base: Ground) -> None:
    """Everything, oldest first."""
    _own_text(base)
    for number, case in enumerate(_cases(base, before=base.now - 3.7 * DAYS, types=BROKEN, most=LATE)):
        at = base.now - (3.6 - 0.2 * number) * DAYS
        _send(base, case, Situation.APOLOGY, at)
        _send(base, case, Situation.PHOTOS, at + 3 * HOURS)
    for number, case in enumerate(_cases(base, before=base.now - 6 * HOURS, types=tuple(IncidentType), most=FRESH)):
        at = max(base.now - (26 - 2 * number) * HOURS, case.touched_at + timedelta(minutes=20))
        _send(base, case, Situation.APOLOGY, at)
        if number % 3:
            then = Situation.PHOTOS if case.type in BROKEN else Situation.WHERE
            _send(base, case, then, at + 2 * HOURS)
        if number % 4 == 1:
            _send(base, case, Situation.PARTIAL, at + 4 * HOURS, part=Decimal("0.3"))
    base.session.flush()


def _own_text(base: Ground) -> None:
    """The lead's own first apology in English, in its second version."""
    for text, ago in ((BEFORE, 90), (OWN, 12)):
        messages.add_text(
            base.session,
            actor=base.desk.team.lead,
            situation=Situation.APOLOGY,
            language="en",
            text=text,
            now=base.now - ago * DAYS,
        )


def _cases(base: Ground, *, before: datetime, types: Sequence[IncidentType], most: int) -> Sequence[Incident]:
    """The latest open cases of these types that nobody touched since, and that no promise waits in."""
    found = base.session.scalars(
        select(Incident)
        .where(
            Incident.state != IncidentState.CLOSED,
            Incident.type.in_(types),
            Incident.owner_id.is_not(None),
            Incident.touched_at < before,
            ~exists().where(Clock.incident_id == Incident.id, Clock.kind == ClockKind.PROMISE, Clock.state.in_(LIVING)),
            ~exists().where(Message.incident_id == Incident.id),
        )
        .order_by(Incident.registered_at.desc(), Incident.id)
        .limit(most)
    )
    return found.all()


def _send(base: Ground, case: Incident, situation: Situation, at: datetime, part: Decimal | None = None) -> None:
    """One message as its draft is, in the language offered; nothing that would lie ahead."""
    if at >= base.now:
        return
    agents = {one.person_id: one for one in base.desk.team.agents}
    actor = agents.get(case.owner_id, base.desk.team.lead)
    desk = messages.desk_of(base.session, case.id, actor=actor, now=at)
    day = messages.day_offered(situation, desk.today)
    amount = _offered(base, case, actor, part, at) if part is not None else None
    if part is not None and amount is None:
        return
    draft = messages.draft(
        base.session, case.id, actor=actor, situation=situation, language=desk.language, day=day, amount=amount
    )
    messages.mark_sent(
        base.session,
        case.id,
        actor=actor,
        situation=situation,
        language=draft.source.language,
        text=draft.text,
        day=day,
        amount=amount,
        template_id=draft.source.id,
        now=at,
    )


def _offered(base: Ground, case: Incident, actor: Actor, part: Decimal, at: datetime) -> Money | None:
    """A part of the value, offered and approved at once; None where it would have to wait for somebody."""
    money = Money(words.rounded(case.value_at_risk * part, case.currency), case.currency)
    within = authority_left(base.session, actor, case.id, at)
    if not money or not within:
        return None
    made = remedies.propose(
        base.session,
        case.id,
        actor=actor,
        kind=RemedyKind.PARTIAL_REFUND,
        amount=min(money, within, key=lambda one: one.amount),
        reason="The buyer would keep what came, for a part of the price.",
        now=at,
    )
    return Money(made.amount, made.currency) if made.state is RemedyState.APPROVED else None
