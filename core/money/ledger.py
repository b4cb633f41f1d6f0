"""The ledger of a case: losses and recoveries as balanced, append-only postings.

A loss of 318.00 is `loss.goods +318.00, goods −318.00`; a payout of 200.00 is `bank +200.00, recovery.carrier
−200.00`. What a payer sent beyond what it owed is `payer.credit −50.00`: it is owed back and no recovery. Net
loss is the sum of all `loss.*` and `recovery.*`. A mistake is reversed by a posting of its own. A case has one
currency, and its sums stand repeated on the incident row, whose constraints refuse more recovered than lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Dispute, Entry, Incident, Posting, Remedy
from core.models.incident import IncidentState
from core.models.ledger import Account
from core.models.remedy import RemedyState
from core.money import giving
from core.money.postings import (
    LONGEST_NOTE,
    LOSSES,
    RECOVERIES,
    book_loss,
    booked,
    lock_incident,
    post,
    standing_postings,
    take_back,
    taken_back,
)

__all__ = [
    "ACCOUNT_LABELS",
    "LONGEST_NOTE",
    "LOSSES",
    "RECOVERIES",
    "Balance",
    "Imbalance",
    "Line",
    "balance",
    "book_loss",
    "booked",
    "imbalances",
    "lock_incident",
    "post",
    "post_loss",
    "reverse",
    "standing_postings",
    "take_back",
    "taken_back",
]

_SHARED = frozenset({Account.LOSS_GOODS, Account.LOSS_REFUND})
"""Losses that also stand for what a buyer got: when they change, the rest of what was given is levelled."""

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
    posting = book_loss(session, incident, account, amount, actor=actor, note=words, now=now)
    if account in _SHARED:
        giving.settle(session, incident, actor=actor, note=words, now=now)
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
    if session.scalar(select(Dispute.id).where(Dispute.refund_posting_id == posting_id)):
        raise WrongState(
            _("This is what a return request came to. Say on the request how it ended, and the posting follows.")
        )
    mirror = take_back(session, incident, found, actor=actor, note=why, now=now)
    if session.scalar(select(Entry.line).where(Entry.posting_id == posting_id, Entry.account.in_(_SHARED)).limit(1)):
        giving.settle(session, incident, actor=actor, note=why, now=now)
    return mirror


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
