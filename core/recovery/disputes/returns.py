"""The return export as a kind of file: requests with their history, the incidents they point to, and taking it all away again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from core.foundation import formats
from core.foundation.errors import WrongState
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Dispute, DisputeVersion, ImportRun, Incident, IncidentOffer, SettlementShare, Shop
from core.models.dispute import DisputeStatus, Source
from core.models.imports import OfferCause, OfferState
from core.parcels.importers.kinds import MOST_SHOWN, Into, Notice, Plan, Rows
from core.parcels.importers.recognise import Recognised
from core.recovery.disputes import offering
from core.recovery.disputes.dues import response_due
from core.recovery.disputes.linking import Wanted, parcels_of
from core.recovery.disputes.recording import Saying, newest_runs, read_statements, stored, work_out, write_down
from core.recovery.disputes.rows import FIELDS, ReturnFile, ReturnReader, Told
from core.recovery.disputes.sets import among
from core.recovery.disputes.statements import Statement, progress_of, standing
from core.recovery.disputes.words import REASON_LABELS, STATUS_LABELS


class ReturnKind:
    """`Order.return_refund`."""

    table = "returns"
    fields = FIELDS
    needs_shop = True

    def plan(self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime) -> Plan:
        """What the file's requests would do."""
        if into.shop is None or into.market is None:
            raise RuntimeError("a return export belongs to a shop")
        file = ReturnReader(rows, into.market, into.zone, found.language).read()
        as_of = min(file.as_of or now, now)
        return planned(session, into.shop, file, as_of, is_new=into.is_new)

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """Take the file's statements away; what is left of each request is worked out anew. Changes no shipment."""
        take_away(session, run, actor=actor, now=now)
        return []


RETURNS = ReturnKind()


@dataclass
class _Of:
    """One request of the file: what stood before, and what would stand after it."""

    number: str
    dispute: Dispute | None
    before: dict[str, Any]
    after: dict[str, Any]
    latest: Told


@dataclass
class ReturnPlan(Plan):
    """The statements to be written down, and the shop they are of."""

    shop: Shop | None = None
    as_of: datetime | None = None
    sayings: tuple[Saying, ...] = ()

    def write(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
        """Keep the statements under the run; cases, clocks and offers follow."""
        if self.shop is None or self.as_of is None:
            raise RuntimeError("a plan without its shop")
        write_down(
            session,
            self.shop,
            self.sayings,
            source=Source.IMPORT,
            import_id=run.id,
            as_of=self.as_of,
            actor=actor,
            now=now,
        )


def planned(session: Session, shop: Shop, file: ReturnFile, as_of: datetime, *, is_new: bool) -> ReturnPlan:
    """What the requests of a file would do (inner)."""
    said: dict[str, list[Told]] = {}
    for one in file.told:
        said.setdefault(one.return_number, []).append(one)
    known = {} if is_new else stored(session, shop.id, said, lock=False)
    statements = read_statements(session, (one.id for one in known.values()))
    each = [_of(number, some, known.get(number), statements, as_of) for number, some in said.items()]
    # A shop that is new has no parcels, and in a preview no id.
    parcels = [None] * len(each) if is_new else parcels_of(session, shop.id, [_wanted(one.after) for one in each])
    new = [one for one in each if one.dispute is None]
    updated = [one for one in each if one.dispute is not None and one.after != one.before]
    suggestions = [
        made
        for one, shipment in zip(each, parcels, strict=True)
        if (one.dispute is None or one.dispute.incident_id is None) and (made := _suggested(one.after, shipment))
    ]
    unknown = sum(1 for shipment in parcels if shipment is None)
    return ReturnPlan(
        counts={
            "returns": len(each),
            "new": len(new),
            "updated": len(updated),
            "unchanged": len(each) - len(new) - len(updated),
            "offers": len(offering.fresh(session, suggestions)),
            "unknown": unknown,
        },
        refused=file.refused,
        notices=file.notices + _waiting(unknown),
        conflicts=_older(each) + _by_hand(each, statements),
        shown=[_shown(one, shop) for one in each[:MOST_SHOWN]],
        shop=shop,
        as_of=as_of,
        sayings=tuple(Saying(one.return_number, one.facts, one.row, one.as_of) for one in file.told),
    )


def _of(
    number: str,
    some: Sequence[Told],
    dispute: Dispute | None,
    statements: Mapping[int, list[Statement]],
    as_of: datetime,
) -> _Of:
    old = statements.get(dispute.id, []) if dispute is not None else []
    before = standing(old)
    stood = progress_of(before)
    new = [Statement(0, Source.IMPORT, one.as_of or as_of, progress_of(one.facts, stood), one.facts) for one in some]
    return _Of(number, dispute, before, standing([*old, *new]), some[-1])


def _wanted(facts: Mapping[str, Any]) -> Wanted:
    skus = frozenset(item["sku"] for item in facts.get("items", ()) if item.get("sku"))
    return Wanted(facts.get("order_number", ""), facts.get("tracking_number", ""), skus)


def _suggested(facts: Mapping[str, Any], shipment_id: int | None) -> offering.Suggestion | None:
    status = facts.get("status", DisputeStatus.REQUESTED)
    words = facts.get("reassessed_text") or facts.get("reason_text", "")
    return offering.suggested(shipment_id, status, facts.get("reason"), facts.get("reassessed"), words)


def _waiting(unknown: int) -> list[Notice]:
    if not unknown:
        return []
    sentence = N_("{n} returns are of orders that are not imported yet. They find their parcels when those come.")
    return [(sentence, {"n": unknown})]


def _older(each: Sequence[_Of]) -> list[Notice]:
    """Requests of which more is known already than this file says."""
    behind = [
        one.number
        for one in each
        if one.dispute is not None
        and one.after.get("status") != one.latest.facts.get("status", one.after.get("status"))
    ]
    if not behind:
        return []
    sentence = N_(
        "{n} returns are known further along than this file says ({numbers}). Its word goes into their history; what is newer stands."
    )
    return [(sentence, {"n": len(behind), "numbers": ", ".join(behind[:5])})]


def _by_hand(each: Sequence[_Of], statements: Mapping[int, list[Statement]]) -> list[Notice]:
    """Deadlines and amounts that a person entered and the file says otherwise."""
    said: list[Notice] = []
    for one in each:
        if one.dispute is None:
            continue
        typed = standing(s for s in statements.get(one.dispute.id, ()) if s.source is Source.HAND)
        if any(
            name in typed and one.latest.facts.get(name, typed[name]) != typed[name]
            for name in ("amount", "response_due_at")
        ):
            said.append(
                (N_("Return {number}: what was entered by hand differs from the file."), {"number": one.number})
            )
    return said[:20]


def _shown(one: _Of, shop: Shop) -> dict[str, str]:
    facts = one.after
    due, _basis = response_due(facts, shop.market)
    amount, reason = facts.get("amount"), facts.get("reassessed") or facts.get("reason")
    status = facts.get("status", DisputeStatus.REQUESTED)
    return {
        _("Return"): one.number,
        _("Order"): facts.get("order_number", formats.NOTHING),
        _("Reason"): _(REASON_LABELS[reason]) if reason else formats.NOTHING,
        _("State"): _(STATUS_LABELS[status]),
        _("Amount"): formats.amount(Money(amount, shop.currency)) if amount is not None else formats.NOTHING,
        _("Answer by"): formats.moment(due, shop.zone) if due is not None else formats.NOTHING,
    }


# --- deleting -----------------------------------------------------------------------------------------------------------


def take_away(session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
    """Take a file's statements away, with their offers; what is left of each request is worked out anew (inner)."""
    session.flush()
    mine = select(DisputeVersion.dispute_id).where(DisputeVersion.import_id == run.id)
    query = select(Dispute).where(Dispute.id.in_(mine)).order_by(Dispute.id).with_for_update()
    disputes = list(session.scalars(query.execution_options(populate_existing=True)))
    others = set(
        session.scalars(
            select(DisputeVersion.dispute_id).where(
                among(DisputeVersion.dispute_id, [one.id for one in disputes]),
                DisputeVersion.import_id.is_distinct_from(run.id),
            )
        )
    )
    gone = [one for one in disputes if one.id not in others]
    _refuse_cases(session, run, gone)
    _refuse_money(session, gone)
    shipments = {one.shipment_id for one in disputes if one.shipment_id is not None}
    # The database lets nobody take a statement away but the deletion of its import, which says so for this moment.
    session.execute(text("select set_config('recoup.deleting_import', :run, true)"), {"run": str(run.id)})
    session.execute(delete(DisputeVersion).where(DisputeVersion.import_id == run.id))
    session.execute(text("select set_config('recoup.deleting_import', '', true)"))
    for one in gone:
        session.delete(one)
    session.flush()
    left = [one for one in disputes if one.id in others]
    if left:
        shop = session.get_one(Shop, left[0].shop_id)
        work_out(session, shop, left, actor=actor, now=now)
    _offers_go(session, run, shipments)


def _offers_go(session: Session, run: ImportRun, shipments: set[int]) -> None:
    """Take the file's offers away; one that another file speaks for as well belongs to that one from now on, as it stands."""
    left = session.scalars(select(Dispute).where(among(Dispute.shipment_id, shipments))).all()
    runs = newest_runs(session, left)
    speaks = {(said.shipment_id, said.type): runs.get(one.id) for one in left if (said := offering.of_dispute(one))}
    mine = select(IncidentOffer).where(IncidentOffer.import_id == run.id, IncidentOffer.cause == OfferCause.RETURN)
    for one in session.scalars(mine).all():
        if (one.shipment_id, one.type) in speaks:
            one.import_id = speaks[one.shipment_id, one.type]
        else:
            session.delete(one)
    session.flush()


def _refuse_cases(session: Session, run: ImportRun, gone: Sequence[Dispute]) -> None:
    """Raise `WrongState` where a case was made of what would go."""
    held = {one.incident_id: one.return_number for one in gone if one.incident_id is not None}
    taken = select(IncidentOffer.incident_id).where(
        IncidentOffer.import_id == run.id,
        IncidentOffer.cause == OfferCause.RETURN,
        IncidentOffer.state == OfferState.TAKEN,
    )
    cases = {*held, *(one for one in session.scalars(taken) if one is not None)}
    if not cases:
        return
    named = session.scalars(select(Incident.reference).where(Incident.id.in_(cases)).order_by(Incident.id)).all()
    raise WrongState(
        _(
            "Cases were made of returns in this file: {references}. It cannot be deleted any more.",
            references=_(", ").join(named[:5]),
        )
    )


def _refuse_money(session: Session, gone: Sequence[Dispute]) -> None:
    """Raise `WrongState` where compensation was matched to what would go."""
    ids = [one.id for one in gone]
    held = select(SettlementShare.dispute_id).where(among(SettlementShare.dispute_id, ids))
    matched = set(session.scalars(held))
    if matched:
        numbers = [one.return_number for one in gone if one.id in matched]
        raise WrongState(
            _(
                "Compensation is matched to returns in this file: {numbers}. Take the matches back first.",
                numbers=_(", ").join(numbers[:5]),
            )
        )


__all__ = ["RETURNS", "ReturnKind", "planned", "take_away"]
