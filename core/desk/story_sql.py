"""The statements behind a case's story, built once so that only their values travel.

Their columns are those of the rows in `story`, in order or by label.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Select, Text, bindparam, case, exists, func, literal_column, null, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array
from sqlalchemy.orm import aliased

from core.foundation.audit import AuditEvent
from core.foundation.permissions import Permission
from core.models import (
    Carrier,
    Claim,
    ClaimStep,
    Clock,
    ClockPause,
    Contact,
    Dispute,
    Entry,
    Evidence,
    EvidenceAdvice,
    GroupMember,
    Incident,
    IncidentGroup,
    Message,
    Person,
    Posting,
    Remedy,
    RuleCard,
    Shipment,
    Shop,
    ShopResult,
    StoredFile,
    Suspicion,
    TrackingEvent,
)
from core.models.claim import ClaimState
from core.models.clock import ClockState
from core.models.ledger import Account
from core.models.watch import SuspicionState
from core.recovery.claim_states import ClaimAction

_owner, _by, _withdrew = aliased(Person), aliased(Person), aliased(Person)
_promise = aliased(Clock)
_groups = (
    select(func.array_agg(aggregate_order_by(IncidentGroup.reference, IncidentGroup.id)))
    .join(GroupMember, GroupMember.group_id == IncidentGroup.id)
    .where(GroupMember.incident_id == Incident.id)
    .correlate(Incident)
    .scalar_subquery()
)


class Part(StrEnum):
    """What there may be of a case beside itself."""

    CLOCKS = "clocks"
    CLAIMS = "claims"
    CONTACTS = "contacts"
    EVIDENCE = "evidence"
    MONEY = "money"
    HISTORY = "history"
    ADVICE = "advice"
    DISPUTES = "disputes"
    MESSAGES = "messages"
    REMEDIES = "remedies"
    RESULT = "result"
    SCANS = "scans"


def _there(part: Part, *conditions: Any) -> Any:
    return case((exists().where(*conditions).correlate(Incident), literal_column(f"'{part}'")))


# A screen is drawn on every click, and a look at an index costs a tenth of asking for rows that are not there.
_parts = func.array_remove(
    array(
        [
            _there(Part.CLOCKS, Clock.incident_id == Incident.id),
            _there(Part.CLAIMS, Claim.incident_id == Incident.id),
            _there(Part.CONTACTS, Contact.incident_id == Incident.id),
            _there(Part.EVIDENCE, Evidence.incident_id == Incident.id),
            _there(Part.MONEY, Posting.incident_id == Incident.id),
            _there(Part.ADVICE, EvidenceAdvice.evidence_id == Evidence.id, Evidence.incident_id == Incident.id),
            _there(
                Part.DISPUTES,
                or_(
                    Dispute.incident_id == Incident.id,
                    (Dispute.shipment_id == Incident.shipment_id) & Dispute.incident_id.is_(None),
                ),
            ),
            _there(Part.MESSAGES, Message.incident_id == Incident.id),
            _there(Part.REMEDIES, Remedy.incident_id == Incident.id),
            _there(Part.RESULT, ShopResult.incident_id == Incident.id),
            _there(Part.SCANS, TrackingEvent.shipment_id == Incident.shipment_id),
        ]
    ),
    null(),
    type_=ARRAY(Text),
)

HEADER = (
    select(
        Incident.id,
        Incident.reference,
        Incident.type,
        Incident.stage,
        Incident.state,
        Incident.tier,
        Incident.tier_policy_version,
        Incident.noticed_by,
        Incident.noticed_at,
        Incident.buyer_said,
        Incident.owner_id,
        _owner.name.label("owner"),
        Incident.currency,
        Incident.value_at_risk.label("value"),
        Incident.base_currency,
        Incident.base_value.label("base"),
        Incident.rate_on,
        Incident.gross_loss.label("gross"),
        Incident.recovered,
        Incident.next_due_at,
        Incident.next_clock,
        Incident.cause,
        Incident.result,
        Incident.closing_note,
        Incident.closed_at,
        Incident.registered_at,
        _by.name.label("registered_by"),
        Incident.touched_at,
        Incident.version,
        Incident.market,
        Shop.name.label("shop"),
        Shop.zone.label("shop_zone"),
        func.coalesce(Carrier.name, Shipment.carrier_text).label("carrier"),
        Shipment.service,
        Shipment.id.label("shipment_id"),
        Shipment.order_number,
        Shipment.parcel_number,
        Shipment.tracking_number,
        Shipment.first_mile_number,
        Shipment.last_mile_number,
        Shipment.status.label("shipment_status"),
        Shipment.status_text,
        Shipment.cancel_reason,
        Shipment.accepted_at,
        Shipment.shipped_at,
        Shipment.last_scan_at,
        Shipment.delivered_at,
        Suspicion.ended_at.label("silence_ended_at"),
        _groups.label("groups"),
        _parts.label("parts"),
    )
    .join(Shop, Shop.id == Incident.shop_id)
    .join(Shipment, Shipment.id == Incident.shipment_id)
    .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
    .outerjoin(Suspicion, (Suspicion.shipment_id == Incident.shipment_id) & (Suspicion.state == SuspicionState.ARRIVED))
    .outerjoin(_owner, _owner.id == Incident.owner_id)
    .outerjoin(_by, _by.id == Incident.registered_by)
    .where(Incident.reference == bindparam("reference"))
)

CLOCKS = (
    select(
        Clock.id,
        Clock.kind,
        Clock.title,
        Clock.state,
        Clock.claim_id,
        Clock.contact_id,
        Clock.rule,
        Clock.rule_version,
        Clock.zone,
        Clock.event_at,
        Clock.opens_at,
        Clock.due_at,
        Clock.reasoning,
        Clock.settled_at,
        Clock.created_at,
        Contact.promise_by,
        Clock.paused_at,
        Clock.escalation,
        ClockPause.reason,
    )
    .outerjoin(Contact, Contact.id == Clock.contact_id)
    .outerjoin(ClockPause, (ClockPause.clock_id == Clock.id) & ClockPause.until_at.is_(None))
    .where(Clock.incident_id == bindparam("id"))
    .order_by(
        case((Clock.state == ClockState.RUNNING, 0), else_=1), func.coalesce(Clock.due_at, Clock.opens_at), Clock.id
    )
)

_asked = case(
    (
        Claim.state == ClaimState.INFORMATION_ASKED,
        select(ClaimStep.note)
        .where(ClaimStep.claim_id == Claim.id, ClaimStep.action == ClaimAction.ASK_INFORMATION)
        .order_by(ClaimStep.id.desc())
        .limit(1)
        .correlate(Claim)
        .scalar_subquery(),
    ),
    else_="",
)
"""What the payer wants to know, while it waits for it."""

CLAIMS = (
    select(
        Claim.id,
        Claim.reference,
        Claim.state,
        Claim.payer_kind,
        Claim.payer_name,
        Claim.channel,
        Claim.currency,
        Claim.demand,
        Claim.cap,
        Claim.cap_text,
        Claim.cap_basis,
        Claim.note,
        Claim.event_at,
        Claim.opens_at,
        Claim.due_at,
        Claim.next_due_at,
        Claim.window_why,
        Claim.case_number,
        Claim.submitted_at,
        _by.name.label("submitted_by"),
        Claim.submitted_via,
        Claim.receipt_id,
        Claim.approved,
        Claim.answered_at,
        Claim.answer_text,
        Claim.denial_code,
        Claim.offered,
        Claim.followed_up_at,
        _asked.label("asked"),
        Claim.paid,
        Claim.surplus,
        Claim.created_at,
        Claim.version,
        RuleCard.id.label("rule_card_id"),
        RuleCard.code.label("rule_code"),
        RuleCard.version.label("rule_version"),
        RuleCard.title.label("rule_title"),
        Claim.zone.label("rule_zone"),
        RuleCard.checked_on.label("rule_checked_on"),
        RuleCard.retired.label("rule_retired"),
        RuleCard.appeal_days,
        RuleCard.documents,
    )
    .join(RuleCard, RuleCard.id == Claim.rule_card_id)
    .outerjoin(_by, _by.id == Claim.submitted_by)
    .where(Claim.incident_id == bindparam("id"))
    .order_by(Claim.id)
)

CONTACTS = (
    select(
        Contact.id,
        Contact.party,
        Contact.channel,
        Contact.at,
        Contact.name,
        Contact.staff_number,
        Contact.summary,
        Contact.promise,
        Contact.promise_by,
        Contact.promise_due_at,
        Contact.logged_at,
        _by.name,
        Clock.id,
        Clock.state,
    )
    .outerjoin(_by, _by.id == Contact.logged_by)
    # A promise whose case was closed and reopened has a clock for each time.
    .outerjoin(
        Clock,
        Clock.id
        == select(func.max(_promise.id))
        .where(_promise.incident_id == Contact.incident_id, _promise.contact_id == Contact.id)
        .correlate(Contact)
        .scalar_subquery(),
    )
    .where(Contact.incident_id == bindparam("id"))
    .order_by(Contact.at.desc(), Contact.id.desc())
)

EVIDENCE = (
    select(
        Evidence.id,
        Evidence.name,
        Evidence.kind,
        Evidence.note,
        Evidence.sha256,
        StoredFile.size,
        StoredFile.media_type,
        Evidence.width,
        Evidence.height,
        Evidence.taken_at,
        Evidence.taken_text,
        Evidence.added_at,
        _by.name,
        Evidence.withdrawn_at,
        _withdrew.name,
        Evidence.withdrawn_reason,
        Evidence.unreadable,
        Evidence.derived_from,
        Evidence.removed_at,
    )
    .join(StoredFile, StoredFile.sha256 == Evidence.sha256)
    .outerjoin(_by, _by.id == Evidence.added_by)
    .outerjoin(_withdrew, _withdrew.id == Evidence.withdrawn_by)
    .where(Evidence.incident_id == bindparam("id"))
    .order_by(Evidence.added_at, Evidence.id)
)

_mirror = aliased(Posting)
MONEY = (
    select(
        Posting.id,
        Posting.at,
        Posting.on_date,
        Entry.account,
        Entry.amount,
        Posting.note,
        _by.name,
        Posting.reverses_id,
        _mirror.id.is_not(None),
    )
    .join(Entry, Entry.posting_id == Posting.id)
    .outerjoin(_mirror, _mirror.reverses_id == Posting.id)
    .outerjoin(_by, _by.id == Posting.person_id)
    .where(Posting.incident_id == bindparam("id"), Entry.account != Account.GOODS, Entry.account != Account.BANK)
    .order_by(Posting.id, Entry.line)
)

HISTORY = (
    select(AuditEvent.sequence, AuditEvent.at, AuditEvent.tag, Person.name, AuditEvent.before, AuditEvent.after)
    .outerjoin(Person, Person.id == AuditEvent.person_id)
    .where(AuditEvent.chain == bindparam("id"), AuditEvent.sequence < bindparam("before"))
    .order_by(AuditEvent.sequence.desc())
    .limit(bindparam("limit"))
)

PARTS: dict[Part, tuple[Select[*tuple[Any, ...]], Permission]] = {
    Part.CLOCKS: (CLOCKS, Permission.INCIDENT_READ),
    Part.CLAIMS: (CLAIMS, Permission.CLAIM_READ),
    Part.CONTACTS: (CONTACTS, Permission.CONTACT_READ),
    Part.EVIDENCE: (EVIDENCE, Permission.EVIDENCE_READ),
    Part.MONEY: (MONEY, Permission.LEDGER_READ),
}
"""The parts of a story with the statement that reads them, and the right to."""
