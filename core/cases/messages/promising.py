"""What a message promises the buyer, held against what is approved for the case: nobody writes of money or of a new parcel that
nobody decided on, and what is promised is counted by the limits because it is an offer first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.messages.library import rules
from core.foundation.errors import NotFound
from core.foundation.formats import amount as written
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.money import Money, total
from core.foundation.permissions import Actor, Permission
from core.models import Incident, Remedy
from core.models.message import Situation
from core.models.remedy import RemedyKind, RemedyState

SITUATIONS: dict[RemedyKind, Situation] = {
    RemedyKind.REFUND: Situation.REFUND,
    RemedyKind.PARTIAL_REFUND: Situation.PARTIAL,
    RemedyKind.RESHIP: Situation.RESHIP,
    RemedyKind.VOUCHER: Situation.VOUCHER,
}
"""What is written about each."""
_REFUNDS = (RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND)
_FIGURE = re.compile(r"(\d+(?:[.,'\s]\d{3}(?!\d))*)(?:[.,](\d{1,2})(?!\d))?")
"""A figure as people write it: its whole part, in groups of three or not, and its decimals."""


@dataclass(frozen=True)
class Approved:
    """What was approved or given for a case, in its currency. `refunds` is the sum of its money, `vouchers` that of its vouchers;
    `amounts` what a message of a situation names; `reship` whether a new parcel is among it; `to_tell` the situations of what is
    still to be given, with the moment it was approved, the latest last.
    """

    refunds: Money
    vouchers: Money
    amounts: Mapping[Situation, Money]
    reship: bool
    to_tell: tuple[tuple[Situation, datetime], ...]


def approved(session: Session, incident_id: int) -> Approved:
    """What stands approved or given for a case (inner). Raises `NotFound`."""
    currency = session.scalar(select(Incident.currency).where(Incident.id == incident_id))
    if currency is None:
        raise NotFound(_("There is no such case."))
    query = select(Remedy).where(
        Remedy.incident_id == incident_id,
        Remedy.currency == currency,
        Remedy.state.in_((RemedyState.APPROVED, RemedyState.DONE)),
    )
    # What is still to be given is what is to be written about, and of several the latest.
    found = session.scalars(query.order_by((Remedy.state == RemedyState.APPROVED), Remedy.granted_at, Remedy.id)).all()
    money = {one.kind: Money(one.amount, currency) for one in found if one.kind is not RemedyKind.RESHIP}
    named: dict[Situation, Money] = {}
    for situation, kinds in (
        # A part the buyer agreed to is refunded like the whole.
        (Situation.REFUND, (RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND)),
        (Situation.PARTIAL, (RemedyKind.PARTIAL_REFUND,)),
        (Situation.VOUCHER, (RemedyKind.VOUCHER,)),
    ):
        for kind in kinds:
            if kind in money:
                named.setdefault(situation, money[kind])
    refunds = (Money(one.amount, currency) for one in found if one.kind in _REFUNDS)
    vouchers = (Money(one.amount, currency) for one in found if one.kind is RemedyKind.VOUCHER)
    return Approved(
        total(refunds, currency),
        total(vouchers, currency),
        named,
        any(one.kind is RemedyKind.RESHIP for one in found),
        tuple(
            (SITUATIONS[one.kind], one.granted_at)
            for one in found
            if one.state is RemedyState.APPROVED and one.kind in SITUATIONS and one.granted_at is not None
        ),
    )


def too_much(session: Session, incident_id: int, situation: Situation, text: str, amount: Money | None) -> str | None:
    """Why a message promises what is not approved, as a sentence; None where it does not (inner)."""
    if situation is Situation.RESHIP:
        if approved(session, incident_id).reship:
            return None
        return _(
            "This promises a new parcel, and none is approved for this case. Offer it first, under “For the buyer”."
        )
    if not rules()[situation].amount:
        return None
    if amount is None:
        return _("Write an amount above zero.")
    found = approved(session, incident_id)
    # Who was approved a voucher was not approved money.
    stands = found.vouchers if situation is Situation.VOUCHER else found.refunds
    if amount.currency != stands.currency or amount > stands:
        return _(
            "This promises the buyer {amount}, and {approved} is approved for this case. Offer it first, under “For the buyer”.",
            amount=written(amount),
            approved=written(stands),
        )
    return None if _names(text, amount) else _("The text no longer names {what}.", what=written(amount))


@read(Permission.MESSAGE_READ)
def not_approved(
    session: Session, incident_id: int, *, actor: Actor, situation: Situation, text: str, amount: Money | None
) -> str | None:
    """Why this message would not be kept as sent: it promises what is not approved. None where it does not. Raises `NotFound`."""
    return too_much(session, incident_id, situation, text, amount)


def _names(text: str, amount: Money) -> bool:
    """Whether the figure of the amount stands in the text, however its thousands and decimals are marked."""
    western = "".join(str(unicodedata.digit(one)) if one.isdigit() else one for one in text)
    return any(_figure(*found) == amount.amount for found in _FIGURE.findall(western))


def _figure(whole: str, part: str) -> Decimal:
    return Decimal("".join(one for one in whole if one.isdigit()) + "." + (part or "0"))
