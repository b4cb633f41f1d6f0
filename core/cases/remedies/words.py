"""The words of remedies: kinds, states, what was done, and which limit something is above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from core.foundation.formats import amount, apart
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.models.ledger import Account
from core.models.remedy import RemedyAction, RemedyKind, RemedyState, Scope

KIND_LABELS: dict[RemedyKind, str] = {
    RemedyKind.REFUND: N_("Refund"),
    RemedyKind.PARTIAL_REFUND: N_("Partial refund"),
    RemedyKind.RESHIP: N_("New parcel"),
    RemedyKind.VOUCHER: N_("Voucher"),
}
STATE_LABELS: dict[RemedyState, str] = {
    RemedyState.PROPOSED: N_("Waits for approval"),
    RemedyState.ASKED: N_("Asked back"),
    RemedyState.APPROVED: N_("To be given"),
    RemedyState.DECLINED: N_("Declined"),
    RemedyState.DONE: N_("Given"),
    RemedyState.WITHDRAWN: N_("Taken back"),
}
ACTION_LABELS: dict[RemedyAction, str] = {
    RemedyAction.PROPOSE: N_("proposed"),
    RemedyAction.GRANT: N_("on own authority"),
    RemedyAction.APPROVE: N_("approved"),
    RemedyAction.DECLINE: N_("declined"),
    RemedyAction.ASK: N_("asked back"),
    RemedyAction.ANSWER: N_("answered"),
    RemedyAction.DO: N_("given"),
    RemedyAction.WITHDRAW: N_("withdrawn"),
    RemedyAction.TAKE_BACK: N_("not given after all"),
}
SCOPE_LABELS: dict[Scope, str] = {
    Scope.CASE: N_("one order"),
    Scope.DAY: N_("24 hours"),
    Scope.BUYER: N_("one buyer"),
    Scope.BATCH: N_("one carrier's parcels of a day"),
    Scope.TWO: N_("two persons"),
}
_OVER: dict[Scope, str] = {
    Scope.CASE: N_("{after} for this order, the limit is {limit}"),
    Scope.DAY: N_("{after} within 24 hours, the limit is {limit}"),
    Scope.BUYER: N_("{after} for this buyer, the limit is {limit}"),
    Scope.BATCH: N_("{after} for the carrier's parcels of that day, the limit is {limit}"),
    Scope.TWO: N_("{after} for this order, from {limit} on two persons decide"),
}
ACCOUNTS: dict[RemedyKind, Account] = {
    RemedyKind.REFUND: Account.LOSS_REFUND,
    RemedyKind.PARTIAL_REFUND: Account.LOSS_REFUND,
    RemedyKind.RESHIP: Account.LOSS_RESHIP,
    RemedyKind.VOUCHER: Account.LOSS_OTHER,
}
"""Where the cost of each kind stands in the books."""


def sentence(kind: RemedyKind, money: Money) -> str:
    """A remedy in a few words: `Refund SGD 20.00`."""
    return _("{kind} {amount}", kind=_(KIND_LABELS[kind]), amount=amount(money))


def over_words(over: Iterable[Mapping[str, Any]]) -> str:
    """The limits something is above, as one sentence part; empty where it is above none."""
    said = []
    for one in over:
        figures = {name: amount(Money(Decimal(str(one[name])), str(one["currency"]))) for name in ("after", "limit")}
        said.append(_(_OVER[Scope(one["scope"])], **figures))
    return apart(said)
