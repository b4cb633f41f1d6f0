"""What is proposed for a buyer: by what was asked for, by the tier of the case, and by what was given already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Text, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from core.cases.kinds import kinds
from core.foundation.errors import NotFound
from core.foundation.formats import amount as written
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Dispute, Evidence, Incident, Message, Remedy
from core.models.dispute import DisputeStatus, Solution
from core.models.incident import IncidentType, Tier
from core.models.message import Situation
from core.models.remedy import RemedyKind, RemedyState
from core.money.authority import delay_share

_OVER = (DisputeStatus.CANCELLED, DisputeStatus.CLOSED, DisputeStatus.REFUND_PAID)
_COUNTS = (RemedyState.PROPOSED, RemedyState.ASKED, RemedyState.APPROVED, RemedyState.DONE)

_given = (
    select(func.coalesce(func.sum(Remedy.amount), 0))
    .where(Remedy.incident_id == Incident.id, Remedy.state.in_(_COUNTS))
    .correlate(Incident)
    .scalar_subquery()
)
_standing = (Evidence.incident_id == Incident.id) & Evidence.withdrawn_at.is_(None)
_proof = (
    exists().where(_standing, Evidence.kind == func.any(bindparam("buyers", type_=ARRAY(Text)))).correlate(Incident)
)
_photos = (
    select(Message.sent_at)
    .where(Message.incident_id == Incident.id, Message.situation == Situation.PHOTOS)
    .order_by(Message.id)
    .limit(1)
    .correlate(Incident)
    .scalar_subquery()
)
_answered = exists().where(_standing, Evidence.added_at > _photos).correlate(Incident)
_other = aliased(Dispute)
_request = (
    select(func.max(_other.id))
    .where(_other.incident_id == Incident.id, _other.status.not_in(_OVER), _other.currency == Incident.currency)
    .correlate(Incident)
    .scalar_subquery()
)
_FACTS = (
    select(
        Incident.type,
        Incident.tier,
        Incident.currency,
        Incident.value_at_risk,
        _given,
        # Proof that only the buyer can give is in the case, or photos were asked for and answered with any file.
        _proof | _answered,
        Dispute.solution,
        Dispute.amount,
    )
    .outerjoin(Dispute, Dispute.id == _request)
    .where(Incident.id == bindparam("incident_id"))
)
"""Built once and asked at once: the case screen is drawn on every click."""


@dataclass(frozen=True)
class _Facts:
    """What a proposal goes by: the case, what was given already, whether the buyer has helped, what the latest request asks for."""

    type: IncidentType
    tier: Tier
    worth: Money
    given: Money
    helped: bool
    solution: Solution | None
    requested: Money | None


@dataclass(frozen=True)
class Suggestion:
    """One proposal. `amount` None: how much is for a person to say. `at_once`: small, nothing is gained by waiting;
    else the buyer is asked to help with the claim first, unless `helped`. `why` are sentences.
    """

    kind: RemedyKind
    amount: Money | None
    asked: RemedyKind | None
    at_once: bool
    helped: bool
    given: Money
    why: tuple[str, ...]


@read(Permission.REMEDY_READ)
def suggest(
    session: Session, incident_id: int, *, actor: Actor, asked: RemedyKind | None = None, now: datetime
) -> Suggestion:
    """What to offer the buyer of a case. `asked` is what a person heard the buyer ask for; a return request's own word is
    taken where nothing is said. Raises `NotFound`.
    """
    facts = _facts(session, incident_id)
    given = facts.given
    wanted = asked or _asked(facts)
    kind = wanted or _usual(facts.type)
    late = facts.type is IncidentType.DELAYED
    why = [_by_tier(facts.tier, late=late)]
    amount = _amount(kind, facts)
    if wanted is not None:
        why.insert(0, _("The buyer asked for it."))
    if amount is not None and given:
        amount = Money(max(amount.amount - given.amount, Decimal(0)), amount.currency)
        why.append(_("{amount} is offered or given already.", amount=written(given)))
    at_once = facts.tier is Tier.ABSORB or late
    if not at_once:
        why.append(
            _("The buyer's proof is here.")
            if facts.helped
            else _("Ask for photos, a video or a word of non-receipt first.")
        )
    return Suggestion(kind, amount if amount else None, wanted, at_once, facts.helped, given, tuple(why))


def _by_tier(tier: Tier, *, late: bool) -> str:
    if late:
        # Nothing of a parcel that is only late can be photographed.
        return _("The parcel is only late: settle it at once, the claim needs nothing from the buyer.")
    if tier is Tier.ABSORB:
        return _("A small value: settle it at once, no claim would pay for the wait.")
    return _("A value worth a claim: settle it with the buyer's help for the claim.")


def _usual(type: IncidentType) -> RemedyKind:
    if type is IncidentType.DELAYED:
        return RemedyKind.VOUCHER
    return RemedyKind.PARTIAL_REFUND if type is IncidentType.MISSING_CONTENTS else RemedyKind.REFUND


def _amount(kind: RemedyKind, facts: _Facts) -> Money | None:
    if facts.requested and kind in (RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND):
        return facts.requested
    if kind in (RemedyKind.REFUND, RemedyKind.RESHIP):
        return facts.worth
    if kind is RemedyKind.VOUCHER and facts.type is IncidentType.DELAYED:
        return facts.worth.times(delay_share())
    return None


def _asked(facts: _Facts) -> RemedyKind | None:
    """What a return request asks for: money; part of it, where it is less than the parcel is worth."""
    if facts.solution is None:
        return None
    part = facts.requested is not None and 0 < facts.requested.amount < facts.worth.amount
    return RemedyKind.PARTIAL_REFUND if part else RemedyKind.REFUND


def _facts(session: Session, incident_id: int) -> _Facts:
    buyers = [code for code, facts in kinds().items() if facts["who"] == "buyer"]
    row = session.execute(_FACTS, {"incident_id": incident_id, "buyers": buyers}).one_or_none()
    if row is None:
        raise NotFound(_("There is no such incident."))
    type, tier, currency, worth, given, helped, solution, requested = row
    return _Facts(
        type,
        tier,
        Money(worth, currency),
        Money(given, currency),
        helped,
        solution,
        None if requested is None else Money(requested, currency),
    )
