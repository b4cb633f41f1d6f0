"""Writing postings: the pieces every booking of a case is made of (inner: rights asked and case locked by the caller)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.formats import amount as written
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Entry, Incident, Posting, Tag
from core.models.ledger import Account
from core.models.rule import PayerKind

LONGEST_NOTE = 500

LOSSES: dict[Account, str] = {
    Account.LOSS_GOODS: N_("Goods"),
    Account.LOSS_FREIGHT: N_("Shipping"),
    Account.LOSS_RESHIP: N_("Reship"),
    Account.LOSS_REFUND: N_("Refund to the buyer"),
    Account.LOSS_OTHER: N_("Other"),
}
RECOVERIES: dict[PayerKind, Account] = {
    PayerKind.CARRIER: Account.RECOVERY_CARRIER,
    PayerKind.PLATFORM: Account.RECOVERY_PLATFORM,
    PayerKind.INSURER: Account.RECOVERY_INSURER,
    PayerKind.SUPPLIER: Account.RECOVERY_SUPPLIER,
}


def lock_incident(session: Session, incident_id: int) -> Incident:
    """The case's row, locked until the transaction ends, read afresh. Raises `NotFound`."""
    found = session.scalars(
        select(Incident).where(Incident.id == incident_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such incident."))
    return found


def post(
    session: Session,
    incident: Incident,
    sides: Sequence[tuple[Account, Money]],
    *,
    actor: Actor,
    now: datetime,
    on_date: date,
    note: str = "",
    reverses: Posting | None = None,
) -> Posting:
    """Write one posting (inner: the caller asked for the right and locked the case). `sides` sum to zero in its
    currency.

    Keeps the case's gross loss and recovered amount; refuses a recovery beyond the loss with a sentence.
    """
    if sum((money.amount for _side, money in sides), Decimal(0)) != 0:
        raise ValueError("a posting balances")
    if any(money.currency != incident.currency for _side, money in sides):
        raise ValueError(f"this case is kept in {incident.currency}")
    posting = Posting(
        incident_id=incident.id,
        at=now,
        on_date=on_date,
        note=note,
        reverses_id=reverses.id if reverses else None,
        person_id=actor.person_id,
    )
    session.add(posting)
    session.flush()
    session.add_all(
        Entry(
            posting_id=posting.id,
            line=line,
            account=account,
            amount=money.amount,
            currency=money.currency,
        )
        for line, (account, money) in enumerate(sides, start=1)
    )
    gross = incident.gross_loss + sum((m.amount for a, m in sides if a.startswith("loss.")), Decimal(0))
    recovered = incident.recovered - sum((m.amount for a, m in sides if a.startswith("recovery.")), Decimal(0))
    if recovered > gross:
        raise Invalid(
            _(
                "The loss is {gross} and {recovered} would be recovered: more than the loss cannot come back."
                " Post the missing loss first.",
                gross=written(Money(gross, incident.currency)),
                recovered=written(Money(recovered, incident.currency)),
            ),
            "amount",
        )
    incident.gross_loss, incident.recovered = gross, recovered
    session.flush()
    return posting


def book_loss(
    session: Session,
    incident: Incident,
    account: Account,
    amount: Money,
    *,
    actor: Actor,
    note: str,
    now: datetime,
) -> Posting:
    """The posting and audit row of a loss (inner: rights asked and case locked by the caller)."""
    sides = [
        (account, amount),
        (Account.GOODS if account is Account.LOSS_GOODS else Account.BANK, -amount),
    ]
    posting = post(
        session,
        incident,
        sides,
        actor=actor,
        now=now,
        on_date=local_day(now, actor.zone),
        note=note,
    )
    incident.touched_at = now
    audit.record(
        session,
        Tag.LOSS_POSTED,
        actor=actor,
        now=now,
        subject=("posting", posting.id),
        chain=incident.id,
        after={
            "account": account,
            "amount": amount.amount,
            "currency": amount.currency,
            "note": note,
        },
    )
    return posting


def take_back(
    session: Session,
    incident: Incident,
    posting: Posting,
    *,
    actor: Actor,
    note: str,
    now: datetime,
) -> Posting:
    """The mirror posting and its audit row (inner: rights asked and case locked by the caller)."""
    if posting.reverses_id is not None or session.scalar(select(Posting.id).where(Posting.reverses_id == posting.id)):
        raise WrongState(_("This posting is already taken back."))
    entries = session.scalars(select(Entry).where(Entry.posting_id == posting.id).order_by(Entry.line)).all()
    if any(entry.account.startswith("recovery.") or entry.account is Account.PAYER_CREDIT for entry in entries):
        raise WrongState(_("Money that came in is not taken back here."))
    sides = [(entry.account, Money(-entry.amount, entry.currency)) for entry in entries]
    left = incident.gross_loss - sum((e.amount for e in entries if e.account.startswith("loss.")), Decimal(0))
    if left < incident.recovered:
        raise Invalid(
            _(
                "{recovered} came back for this case. Without this loss only {loss} would be lost, less than that.",
                recovered=written(Money(incident.recovered, incident.currency)),
                loss=written(Money(left, incident.currency)),
            )
        )
    mirror = post(
        session,
        incident,
        sides,
        actor=actor,
        now=now,
        on_date=local_day(now, actor.zone),
        note=note,
        reverses=posting,
    )
    incident.touched_at = now
    audit.record(
        session,
        Tag.LOSS_REVERSED,
        actor=actor,
        now=now,
        subject=("posting", mirror.id),
        chain=incident.id,
        before={
            "posting": posting.id,
            "account": entries[0].account,
            "amount": entries[0].amount,
        },
        after={"note": note, "currency": incident.currency},
    )
    return mirror


def standing_postings(session: Session, incident_id: int, account: Account) -> list[Posting]:
    """A case's postings to a loss account that were not taken back (inner)."""
    mirror = select(Posting.reverses_id).where(Posting.reverses_id.is_not(None), Posting.incident_id == incident_id)
    rows = (
        select(Posting)
        .join(Entry, Entry.posting_id == Posting.id)
        .where(
            Posting.incident_id == incident_id,
            Entry.account == account,
            Posting.reverses_id.is_(None),
            Posting.id.not_in(mirror),
        )
        .order_by(Posting.id)
    )
    return list(session.scalars(rows))


def booked(session: Session, incident_id: int, account: Account) -> Decimal:
    """What stands on one account of a case, in its currency: mirrored postings cancel out (inner)."""
    query = select(func.sum(Entry.amount)).join(Posting, Posting.id == Entry.posting_id)
    return session.scalar(query.where(Posting.incident_id == incident_id, Entry.account == account)) or Decimal(0)


def taken_back(session: Session, incident_id: int, account: Account, *, at: datetime) -> list[Money]:
    """The losses on an account whose mirrors were posted at exactly that moment, oldest first (inner)."""
    mirror = aliased(Posting)
    rows = session.execute(
        select(Entry.amount, Entry.currency)
        .join(mirror, mirror.reverses_id == Entry.posting_id)
        .where(mirror.incident_id == incident_id, mirror.at == at, Entry.account == account)
        .order_by(Entry.posting_id)
    )
    return [Money(amount, currency) for amount, currency in rows]
