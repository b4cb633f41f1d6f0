"""The ledger of a case: losses and recoveries as balanced, append-only postings.

A loss of 318.00 is `loss.goods +318.00, goods −318.00`; a payout of 200.00 is `bank +200.00, recovery.carrier
−200.00`. What a payer sent beyond what it owed is `payer.credit −50.00`: it is owed back and no recovery. Net
loss is the sum of all `loss.*` and `recovery.*`. A mistake is reversed by a posting of its own. A case has one
currency, and its sums stand repeated on the incident row, whose constraints refuse more recovered than lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.formats import amount as written
from core.foundation.gate import read, verb
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Entry, Incident, Posting, Remedy, Tag
from core.models.incident import IncidentState
from core.models.ledger import Account
from core.models.remedy import RemedyState
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
ACCOUNT_LABELS: dict[Account, str] = {
    **LOSSES,
    Account.RECOVERY_CARRIER: N_("From the carrier"),
    Account.RECOVERY_PLATFORM: N_("From the platform"),
    Account.RECOVERY_INSURER: N_("From the insurer"),
    Account.RECOVERY_SUPPLIER: N_("From the supplier"),
    Account.PAYER_CREDIT: N_("Owed back to a payer"),
    Account.GOODS: N_("Goods given up"),
    Account.BANK: N_("Bank"),
}


@dataclass(frozen=True)
class Line:
    """One loss or recovery posting as a person reads it. `amount` is positive for a loss, negative for a recovery."""

    posting_id: int
    at: datetime
    on_date: date
    account: Account
    amount: Money
    note: str
    reversed: bool
    reversal: bool


@dataclass(frozen=True)
class Balance:
    """What a case cost and brought back, in its currency: net = gross − recovered. `by_account` holds only non-zero
    sums. `owed_back` is payers' money beyond what they owed; it counts neither as loss nor as recovery.
    """

    currency: str
    gross: Money
    recovered: Money
    net: Money
    by_account: dict[Account, Money]
    lines: tuple[Line, ...]
    owed_back: Money


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


@verb(Permission.LEDGER_POST)
def post_loss(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    account: Account,
    amount: Money,
    note: str = "",
    now: datetime,
) -> Posting:
    """Book a loss of a case in its own currency. Raises `Invalid` for another currency, a zero amount or a foreign
    account.
    """
    words = checked(note, LONGEST_NOTE, "note")
    incident = lock_incident(session, incident_id)
    if account not in LOSSES:
        raise Invalid(_("Choose a kind of loss."), "account")
    if amount.currency != incident.currency:
        raise Invalid(_("This case is kept in {currency}.", currency=incident.currency), "amount")
    if amount.amount <= 0:
        raise Invalid(_("A loss is more than zero."), "amount")
    _open(incident)
    return book_loss(session, incident, account, amount, actor=actor, note=words, now=now)


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


@verb(Permission.LEDGER_POST)
def reverse(session: Session, posting_id: int, *, actor: Actor, note: str, now: datetime) -> Posting:
    """Take a loss posting back by its mirror image. A payout is not reversed here; a reversal is not reversed."""
    found = session.get(Posting, posting_id)
    if found is None:
        raise NotFound(_("There is no such posting."))
    incident = lock_incident(session, found.incident_id)
    _open(incident)
    why = checked(note, LONGEST_NOTE, "note")
    if not why:
        raise Invalid(_("Say why the posting is taken back."), "note")
    if session.scalar(select(Remedy.id).where(Remedy.posting_id == posting_id, Remedy.state == RemedyState.DONE)):
        raise WrongState(
            _("This is what the buyer was given. Take that back on the case, and the posting goes with it.")
        )
    return take_back(session, incident, found, actor=actor, note=why, now=now)


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


def _open(incident: Incident) -> None:
    if incident.state is IncidentState.CLOSED:
        raise WrongState(_("The case is closed. Reopen it to post."))


@read(Permission.LEDGER_READ)
def balance(session: Session, incident_id: int, *, actor: Actor) -> Balance:
    """A case's losses and recoveries. Raises `NotFound`."""
    currency = session.scalar(select(Incident.currency).where(Incident.id == incident_id))
    if currency is None:
        raise NotFound(_("There is no such incident."))
    mirrored = select(Posting.reverses_id).where(Posting.incident_id == incident_id, Posting.reverses_id.is_not(None))
    rows = session.execute(
        select(
            Posting.id,
            Posting.at,
            Posting.on_date,
            Posting.note,
            Posting.reverses_id,
            Entry.account,
            Entry.amount,
            case((Posting.id.in_(mirrored), True), else_=False).label("mirrored"),
        )
        .join(Entry, Entry.posting_id == Posting.id)
        .where(
            Posting.incident_id == incident_id,
            Entry.account.not_in([Account.GOODS, Account.BANK]),
        )
        .order_by(Posting.id, Entry.line)
    ).all()
    lines = tuple(
        Line(
            r.id,
            r.at,
            r.on_date,
            r.account,
            Money(r.amount, currency),
            r.note,
            r.mirrored,
            r.reverses_id is not None,
        )
        for r in rows
    )
    sums: dict[Account, Money] = {}
    for line in lines:
        sums[line.account] = sums.get(line.account, Money.zero(currency)) + line.amount
    gross = sum((m.amount for a, m in sums.items() if a.startswith("loss.")), Decimal(0))
    back = -sum((m.amount for a, m in sums.items() if a.startswith("recovery.")), Decimal(0))
    return Balance(
        currency,
        Money(gross, currency),
        Money(back, currency),
        Money(gross - back, currency),
        {account: money for account, money in sums.items() if money},
        lines,
        -sums.get(Account.PAYER_CREDIT, Money.zero(currency)),
    )


@dataclass(frozen=True)
class Imbalance:
    """A case whose sums on the row do not equal its postings: gross and recovered, each as stored and as posted."""

    incident_id: int
    stored: tuple[Decimal, Decimal]
    posted: tuple[Decimal, Decimal]


@read(Permission.AUDIT_READ)
def imbalances(session: Session, *, actor: Actor) -> list[Imbalance]:
    """Every case whose stored sums differ from its postings; part of `python -m core check`."""
    gross = func.coalesce(func.sum(case((Entry.account.in_(list(LOSSES)), Entry.amount), else_=0)), 0)
    back = func.coalesce(-func.sum(case((Entry.account.in_(list(RECOVERIES.values())), Entry.amount), else_=0)), 0)
    rows = session.execute(
        select(
            Incident.id,
            Incident.gross_loss,
            Incident.recovered,
            gross.label("gross"),
            back.label("back"),
        )
        .outerjoin(Posting, Posting.incident_id == Incident.id)
        .outerjoin(Entry, Entry.posting_id == Posting.id)
        .group_by(Incident.id)
        .having((Incident.gross_loss != gross) | (Incident.recovered != back))
    )
    return [Imbalance(r.id, (r.gross_loss, r.recovered), (r.gross, r.back)) for r in rows]
