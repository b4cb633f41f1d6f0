"""The sentences of the trail about claims and money."""

from __future__ import annotations

from collections.abc import Callable

from core.desk.history.fields import Fields, amount, edited, label, moment
from core.foundation.formats import aside, clauses, pair
from core.foundation.language import _
from core.models.claim import ClaimState
from core.models.ledger import Account, PayoutBack
from core.models.tags import Tag
from core.money.ledger import ACCOUNT_LABELS
from core.recovery.claim_states import STATE_LABELS as CLAIM_LABELS
from core.recovery.claims.denials import denial_name
from core.recovery.payouts import BACK_LABELS


def _claim_edited(before: Fields, after: Fields, zone: str) -> str:
    plain = {name: value for name, value in after.items() if name != "reason"}
    said = pair(after.get("reference", ""), edited(before, plain, zone))
    return f"{said}; {after['reason']}" if after.get("reason") else said


def _claim_drafted(before: Fields, after: Fields, zone: str) -> str:
    demand = amount(after.get("demand"), after.get("currency"))
    return _(
        "{reference} on {payer}, {demand}", reference=after.get("reference"), payer=after.get("payer"), demand=demand
    )


def _claim_moved(before: Fields, after: Fields, zone: str) -> str:
    state = label(ClaimState, CLAIM_LABELS, after.get("state")).lower()
    note = after.get("note") or after.get("text")
    return pair(after.get("reference"), state) + (aside(note) if note else "")


def _claim_submitted(before: Fields, after: Fields, zone: str) -> str:
    return _("{reference}, case number {number}", reference=after.get("reference"), number=after.get("case_number"))


def _claim_answered(before: Fields, after: Fields, zone: str) -> str:
    parts = [_claim_moved(before, after, zone)]
    if after.get("denial_code"):
        parts.append(denial_name(str(after["denial_code"])))
    if after.get("offered"):
        parts.append(amount(after.get("offered"), after.get("currency")))
    if after.get("approved") not in (None, "0"):
        parts.append(amount(after.get("approved"), after.get("currency")))
    if after.get("due_at"):
        parts.append(_("until {moment}", moment=moment(after["due_at"], zone)))
    return clauses(parts)


def _pack(before: Fields, after: Fields, zone: str) -> str:
    return str(after.get("file_name") or after.get("reference") or "")


def _loss(before: Fields, after: Fields, zone: str) -> str:
    account = label(Account, ACCOUNT_LABELS, after.get("account"))
    said = f"{account} {amount(after.get('amount'), after.get('currency'))}"
    return said + aside(after["note"]) if after.get("note") else said


def _loss_reversed(before: Fields, after: Fields, zone: str) -> str:
    account = label(Account, ACCOUNT_LABELS, before.get("account"))
    said = f"{account} {amount(before.get('amount'), after.get('currency'))}"
    return said + aside(after["note"]) if after.get("note") else said


def _followed_up(before: Fields, after: Fields, zone: str) -> str:
    return _("{reference}: {text}", reference=after.get("reference"), text=after.get("text", ""))


def _payout(before: Fields, after: Fields, zone: str) -> str:
    money = amount(after.get("amount"), after.get("currency"))
    said = _("{amount} for {reference}", amount=money, reference=after.get("reference"))
    if after.get("owed_back_before"):
        return _("{payout}, owed back until now", payout=said)
    if after.get("owed_back"):
        over = amount(after["owed_back"], after.get("currency"))
        return _("{payout}, of that {surplus} owed back", payout=said, surplus=over)
    return said


def _matched(before: Fields, after: Fields, zone: str) -> str:
    money = amount(after.get("amount"), after.get("currency"))
    said = _("{amount} for {reference}", amount=money, reference=after.get("reference"))
    return said + aside(after["note"]) if after.get("note") else said


def _payout_reversed(before: Fields, after: Fields, zone: str) -> str:
    money = amount(after.get("amount"), after.get("currency"))
    how = label(PayoutBack, BACK_LABELS, after.get("how")).lower()
    return _(
        "{amount} for {reference}, {how} ({note})",
        amount=money,
        reference=after.get("reference"),
        how=how,
        note=after.get("note", ""),
    )


TELLERS: dict[Tag, Callable[[Fields, Fields, str], str]] = {
    Tag.CLAIM_DRAFTED: _claim_drafted,
    Tag.CLAIM_EDITED: _claim_edited,
    Tag.CLAIM_MOVED: _claim_moved,
    Tag.CLAIM_SUBMITTED: _claim_submitted,
    Tag.CLAIM_ANSWERED: _claim_answered,
    Tag.PACK_BUILT: _pack,
    Tag.LOSS_POSTED: _loss,
    Tag.LOSS_REVERSED: _loss_reversed,
    Tag.PAYOUT_RECORDED: _payout,
    Tag.PAYOUT_REVERSED: _payout_reversed,
    Tag.CLAIM_FOLLOWED_UP: _followed_up,
    Tag.SETTLEMENT_MATCHED: _matched,
    Tag.SETTLEMENT_UNMATCHED: _matched,
}
