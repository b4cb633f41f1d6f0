"""A remedy was given: its cost goes into the books, in place of the goods it stands for; and back, if it was not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.cases.remedies.pieces import locked, looks, somebody, steps_of, words, write
from core.cases.remedies.states import REMEDIES
from core.cases.remedies.words import ACCOUNTS, sentence
from core.foundation.errors import Invalid
from core.foundation.formats import amount as written
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Posting, Remedy, Tag
from core.models.remedy import RemedyAction
from core.money import giving, ledger
from core.money.authority import given_twice

LONGEST_REFERENCE = 120


@verb(Permission.REMEDY_PROPOSE)
def mark_given(session: Session, remedy_id: int, *, actor: Actor, reference: str = "", now: datetime) -> Remedy:
    """Say that the buyer got it. `reference`: the refund's number, the voucher's code, the new parcel's tracking number.

    The cost is booked on its account, and as much loss of goods gives way to it as it covers. Raises `WrongState`, and `Invalid` naming
    `reference` where it was promised in a dispute already and would count twice.
    """
    person, number = somebody(actor), checked(reference, LONGEST_REFERENCE, "reference")
    incident, remedy = locked(session, remedy_id)
    seen = looks(session, actor, incident, remedy, steps_of(session, remedy.id), now)
    target = REMEDIES.step(remedy.state, RemedyAction.DO, seen)
    _once(session, remedy, number)
    note = sentence(remedy.kind, Money(remedy.amount, remedy.currency))
    goods, cost = giving.goods_of(session, incident), Money(remedy.cost, remedy.currency)
    if cost:
        posting = ledger.book_loss(session, incident, ACCOUNTS[remedy.kind], cost, actor=actor, note=note, now=now)
        remedy.posting_id = posting.id
    remedy.state, remedy.done_at, remedy.done_by, remedy.reference = target, now, person, number
    session.flush()
    giving.level(session, incident, goods, actor=actor, note=note, now=now)
    write(
        session,
        incident,
        remedy,
        RemedyAction.DO,
        Tag.REMEDY_DONE,
        actor=actor,
        now=now,
        text=number,
        more={"cost": remedy.cost, "posting": remedy.posting_id, "replaced": remedy.replaced},
    )
    return remedy


def _once(session: Session, remedy: Remedy, reference: str) -> None:
    """Money that was promised in a dispute under this approval is given there: beside it nobody approved any."""
    twice = given_twice(session, remedy, reference)
    if twice is not None:
        said = _(
            "{amount} of this is promised for return {number} already. Write {number} as the reference, so that it counts once.",
            amount=written(twice[0]),
            number=twice[1],
        )
        raise Invalid(said, "reference")


@verb(Permission.REMEDY_APPROVE)
def take_back(session: Session, remedy_id: int, *, actor: Actor, reason: str, now: datetime) -> Remedy:
    """Say that the buyer did not get it after all: the books go back to where they were. Raises `WrongState`, `Invalid`
    naming `reason`, and as `ledger.take_back`.
    """
    why = words(reason, "reason", _("Say why it was not given after all."))
    incident, remedy = locked(session, remedy_id)
    seen = looks(session, actor, incident, remedy, steps_of(session, remedy.id), now)
    target = REMEDIES.step(remedy.state, RemedyAction.TAKE_BACK, seen)
    goods, note = giving.goods_of(session, incident), why[: ledger.LONGEST_NOTE]
    before = {"posting": remedy.posting_id, "replaced": remedy.replaced}
    remedy.state, remedy.done_at, remedy.granted_at, remedy.replaced = target, None, None, remedy.replaced * 0
    session.flush()
    # The goods go in first: the loss never falls below what came back already.
    giving.level(session, incident, goods, actor=actor, note=note, now=now)
    if remedy.posting_id is not None:
        posting = session.get_one(Posting, remedy.posting_id)
        ledger.take_back(session, incident, posting, actor=actor, note=note, now=now)
    write(
        session,
        incident,
        remedy,
        RemedyAction.TAKE_BACK,
        Tag.REMEDY_WITHDRAWN,
        actor=actor,
        now=now,
        text=why,
        more={"was": before},
    )
    return remedy
