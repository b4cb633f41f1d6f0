"""What is proposed for a buyer: by what was asked for, by the tier of the case, and by what was given already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases.kinds import kinds
from core.foundation.errors import NotFound
from core.foundation.formats import amount as written
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Dispute, Evidence, Incident, Message, Remedy
from core.models.dispute import DisputeStatus
from core.models.incident import IncidentType, Tier
from core.models.message import Situation
from core.models.remedy import RemedyKind, RemedyState
from core.money.authority import delay_share

_OVER = (DisputeStatus.CANCELLED, DisputeStatus.CLOSED, DisputeStatus.REFUND_PAID)


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
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound(_("There is no such incident."))
    worth, given = Money(incident.value_at_risk, incident.currency), _given(session, incident)
    request = _request(session, incident)
    wanted = asked or _asked(request, worth)
    kind = wanted or _usual(incident.type)
    late = incident.type is IncidentType.DELAYED
    why = [_by_tier(incident.tier, late=late)]
    amount = _amount(kind, incident, worth, request)
    if wanted is not None:
        why.insert(0, _("The buyer asked for it."))
    if amount is not None and given:
        amount = Money(max(amount.amount - given.amount, Decimal(0)), amount.currency)
        why.append(_("{amount} is offered or given already.", amount=written(given)))
    helped = _helped(session, incident)
    at_once = incident.tier is Tier.ABSORB or late
    if not at_once:
        why.append(
            _("The buyer's proof is here.") if helped else _("Ask for photos, a video or a word of non-receipt first.")
        )
    return Suggestion(kind, amount if amount else None, wanted, at_once, helped, given, tuple(why))


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


def _amount(kind: RemedyKind, incident: Incident, worth: Money, request: Dispute | None) -> Money | None:
    if request is not None and request.amount and kind in (RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND):
        return Money(request.amount, incident.currency)
    if kind in (RemedyKind.REFUND, RemedyKind.RESHIP):
        return worth
    if kind is RemedyKind.VOUCHER and incident.type is IncidentType.DELAYED:
        return worth.times(delay_share())
    return None


def _request(session: Session, incident: Incident) -> Dispute | None:
    query = select(Dispute).where(
        Dispute.incident_id == incident.id, Dispute.status.not_in(_OVER), Dispute.currency == incident.currency
    )
    return session.scalars(query.order_by(Dispute.id.desc()).limit(1)).first()


def _asked(request: Dispute | None, worth: Money) -> RemedyKind | None:
    """What a return request asks for: money; part of it, where it is less than the parcel is worth."""
    if request is None or request.solution is None:
        return None
    part = request.amount is not None and 0 < request.amount < worth.amount
    return RemedyKind.PARTIAL_REFUND if part else RemedyKind.REFUND


def _given(session: Session, incident: Incident) -> Money:
    states = (RemedyState.PROPOSED, RemedyState.ASKED, RemedyState.APPROVED, RemedyState.DONE)
    query = select(func.sum(Remedy.amount)).where(Remedy.incident_id == incident.id, Remedy.state.in_(states))
    return Money(session.scalar(query) or Decimal(0), incident.currency)


def _helped(session: Session, incident: Incident) -> bool:
    """Whether proof that only the buyer can give is in the case, or photos were asked for and answered with any file."""
    buyers = [code for code, facts in kinds().items() if facts["who"] == "buyer"]
    proof = select(Evidence.id).where(
        Evidence.incident_id == incident.id, Evidence.withdrawn_at.is_(None), Evidence.kind.in_(buyers)
    )
    if session.scalar(proof.limit(1)) is not None:
        return True
    asked = select(Message.sent_at).where(Message.incident_id == incident.id, Message.situation == Situation.PHOTOS)
    since = session.scalar(asked.order_by(Message.id).limit(1))
    if since is None:
        return False
    later = select(Evidence.id).where(
        Evidence.incident_id == incident.id, Evidence.withdrawn_at.is_(None), Evidence.added_at > since
    )
    return session.scalar(later.limit(1)) is not None
