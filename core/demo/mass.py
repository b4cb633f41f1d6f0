"""Writes scripts as the rows the verbs would have left, by the hundred thousand.

Each method mirrors the verb of its name in cases/, money/ and recovery/; what they agree on is held by
tests/demo/test_mass.py, which plays the same scripts both ways and compares every table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from core.demo.case_rows import CaseRows
from core.demo.sheets import COLUMNS, WITH_IDS, Rates, Sheets, World
from core.demo.shipments import Parcel
from core.foundation.calendars import calendar_of
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Tag
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.incident import IncidentState
from core.models.ledger import Account
from core.models.rule import DayUnit
from core.money.ledger import RECOVERIES
from core.recovery.claim_states import CLAIMS, ClaimAction
from core.recovery.claims import cap_basis, times
from core.recovery.rule_cards import Card, payer_of, zone_for
from core.recovery.windows import Span, due_after

__all__ = ["COLUMNS", "WITH_IDS", "CaseWriter", "Rates", "Sheets", "World"]


def _basis(card: Card, parcel: Parcel, has_invoice: bool) -> dict[str, Any]:
    """What a claim keeps of its cap, with the amounts as the database gives them back."""
    stored = SimpleNamespace(
        value=_as_stored(parcel.value, 4),
        insured=_as_stored(getattr(parcel, "insured", None), 4),
        freight=_as_stored(parcel.freight, 4),
        weight_kg=_as_stored(parcel.weight_kg, 3),
        currency=parcel.currency,
    )
    return cap_basis.basis(card.cap, stored, has_invoice=has_invoice)


def _as_stored(figure: Decimal | None, places: int) -> Decimal | None:
    return None if figure is None else figure.quantize(Decimal(1).scaleb(-places))


class CaseWriter(CaseRows):
    """One case with its claim, from its script to its rows."""

    def _draft_claim(
        self, at: datetime, by: Actor, /, *, card: Card, window: Any, has_invoice: bool, **_args: Any
    ) -> None:
        self.card = card
        cap = self.world.cap(card, self.parcel, has_invoice)
        currency = self.parcel.currency
        loss = Money(self.row["gross_loss"] or self.row["value_at_risk"], currency)
        demand = min(loss, cap.limit) if cap.limit is not None and cap.limit.currency == currency else loss
        self.claim = {
            "id": self.sheets.next("claim"),
            "reference": self.claim_reference,
            "incident_id": self.id,
            "payer_kind": card.payer_kind,
            "payer_name": payer_of(card, self.world.carriers.get(self.parcel.carrier_id)),
            "channel": card.channel,
            "rule_card_id": card.id,
            "state": ClaimState.DRAFT,
            "currency": currency,
            "demand": demand.amount,
            "zone": zone_for(card, self.parcel.market),
            "cap": cap.limit.amount if cap.limit is not None else None,
            "cap_text": cap.sentence,
            "cap_basis": _basis(card, self.parcel, has_invoice),
            "surplus": Decimal(0),
            "note": "",
            "event_at": window.event_at if window else None,
            "opens_at": window.opens_at if window else None,
            "due_at": window.due_at if window else None,
            "window_why": window.why() if window else [],
            "answer_text": "",
            "paid": Decimal(0),
            "created_at": at,
            "created_by": by.person_id,
            "version": 1,
        }
        self._step("draft", None, at, by, amount=demand.amount)
        after = {
            "payer": self.claim["payer_name"],
            "rule_card": card.code,
            "rule_version": card.version,
            "demand": demand.amount,
            "currency": currency,
            "opens_at": self.claim["opens_at"],
            "due_at": self.claim["due_at"],
        }
        self._tell(Tag.CLAIM_DRAFTED, at, by, {}, after)
        if self.claim["opens_at"] is not None or self.claim["due_at"] is not None:
            more = {name: self.claim[name] for name in ("event_at", "opens_at", "due_at")}
            self._claim_clock(ClockKind.CLAIM_WINDOW, at, by, reasoning=self.claim["window_why"], **more)
        self._touch(at)

    def _claim_clock(self, kind: ClockKind, at: datetime, by: Actor, *, own: str = "", **more: Any) -> None:
        """A clock under the claim's card, or (`own`) a reminder of the team's own where the payer names no time."""
        card = self._under()
        rule: dict[str, Any] = {"rule": card.code, "rule_version": card.version}
        if own:
            span = times.own(own)
            unit = span.unit if card.calendar or span.unit is not DayUnit.BUSINESS_DAYS else DayUnit.CALENDAR_DAYS
            rule = {"rule": times.OWN, "rule_version": None, "due_at": self._after(at, span.n, unit)}
        self._start(
            kind, at, by, zone=self.claim["zone"], title=self.claim["payer_name"], claim_id=self.claim["id"],
            **{"event_at": at, **rule, **more},
        )  # fmt: skip

    def _under(self) -> Card:
        if self.card is None:
            raise ValueError("the script moves a claim before it is drafted")
        return self.card

    def _step(
        self, action: str, source: ClaimState | None, at: datetime, by: Actor, *, note: str = "",
        amount: Decimal | None = None, due_at: datetime | None = None, denial_code: str | None = None,
    ) -> None:  # fmt: skip
        self.sheets.add(
            "claim_step", self.sheets.next("claim_step"), self.claim["id"], str(action), source, self.claim["state"], at,
            by.person_id, note, amount, due_at, denial_code,
        )  # fmt: skip

    def _tell(self, tag: Tag, at: datetime, by: Actor, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self._record(tag, at, by, ("claim", self.claim["id"]), before, {"reference": self.claim["reference"], **after})

    def _go(self, action: ClaimAction) -> tuple[ClaimState, ClaimState]:
        """Move the claim; from where and to where."""
        source: ClaimState = self.claim["state"]
        target = CLAIMS.row(action).target or source
        self.claim["state"] = target
        return source, target

    def _plain_move(self, action: ClaimAction, at: datetime, by: Actor, note: str = "") -> None:
        source, target = self._go(action)
        self._step(action, source, at, by, note=note)
        self._tell(Tag.CLAIM_MOVED, at, by, {"state": source}, {"state": target, "note": note})
        if action is ClaimAction.EXPIRE:
            self._settle_all(ClockState.MISSED, at, by, claim=True)
        elif action is ClaimAction.WITHDRAW:
            self._settle_all(ClockState.CANCELLED, at, by, claim=True)
        self._touch(at)

    def _mark_ready(self, at: datetime, by: Actor, /) -> None:
        self._plain_move(ClaimAction.MARK_READY, at, by)

    def _expire(self, at: datetime, by: Actor, /) -> None:
        self._plain_move(ClaimAction.EXPIRE, at, by)

    def _withdraw(self, at: datetime, by: Actor, /, *, reason: str) -> None:
        self._plain_move(ClaimAction.WITHDRAW, at, by, reason)

    def _submit(self, at: datetime, by: Actor, /, *, case_number: str, via: str) -> None:
        source, target = self._go(ClaimAction.SUBMIT)
        self.claim |= {
            "case_number": case_number,
            "submitted_at": at,
            "submitted_by": by.person_id,
            "submitted_via": via,
        }
        self._step(ClaimAction.SUBMIT, source, at, by, note=case_number, amount=self.claim["demand"])
        after = {"state": target, "case_number": case_number, "via": via, "receipt_id": None, "submitted_at": at}
        self._tell(Tag.CLAIM_SUBMITTED, at, by, {"state": source}, after)
        self._settle_all(ClockState.MET, at, by, claim=True, kinds=(ClockKind.CLAIM_WINDOW,))
        self._await_answer(at, by)
        self._move(at, by, (IncidentState.REGISTERED, IncidentState.PROVING), IncidentState.CLAIMING)
        self._touch(at)

    def _await_answer(self, at: datetime, by: Actor) -> None:
        card = self._under()
        if card.answer_days:
            until = self._after(at, card.answer_days, card.answer_unit or DayUnit.CALENDAR_DAYS)
            self._claim_clock(ClockKind.ANSWER, at, by, due_at=until)
        else:
            self._claim_clock(ClockKind.ANSWER, at, by, own="answer")

    def _after(self, at: datetime, n: int, unit: DayUnit) -> datetime:
        card = self._under()
        return due_after(at, Span(n, unit), self.claim["zone"], calendar_of(card.calendar) if card.calendar else None)

    def _record_answer(
        self,
        at: datetime,
        by: Actor,
        /,
        *,
        action: ClaimAction,
        amount: Money | None,
        text: str,
        due_at: datetime | None,
        denial_code: str | None = None,
    ) -> None:
        approved = {
            ClaimAction.APPROVE: self.claim["demand"],
            ClaimAction.REJECT: Decimal(0),
            ClaimAction.PARTLY_APPROVE: amount.amount if amount else None,
        }.get(action)
        source, target = self._go(action)
        if approved is not None:
            self.claim |= {"approved": approved, "answered_at": at, "answer_text": text, "denial_code": denial_code}
        self._step(action, source, at, by, note=text, amount=approved, due_at=due_at, denial_code=denial_code)
        after = {
            "state": target,
            "approved": approved,
            "text": text,
            "due_at": due_at,
            "currency": self.claim["currency"],
            **({"denial_code": denial_code} if denial_code else {}),
        }
        self._tell(Tag.CLAIM_ANSWERED, at, by, {"state": source}, after)
        self._clocks_after(action, due_at, at, by)
        self._touch(at)

    def _clocks_after(self, action: ClaimAction, due_at: datetime | None, at: datetime, by: Actor) -> None:
        card = self._under()
        if action in (ClaimAction.APPROVE, ClaimAction.PARTLY_APPROVE, ClaimAction.REJECT):
            self._settle_all(ClockState.MET, at, by, claim=True, kinds=(ClockKind.ANSWER, ClockKind.INFORMATION))
            self._settle_all(ClockState.CANCELLED, at, by, claim=True, kinds=(ClockKind.APPEAL, ClockKind.PAYMENT))
            if action is not ClaimAction.REJECT:
                self._claim_clock(ClockKind.PAYMENT, at, by, **({"due_at": due_at} if due_at else {"own": "payment"}))
            if action is not ClaimAction.APPROVE and card.appeal_days:
                until = self._after(at, card.appeal_days, card.appeal_unit or DayUnit.CALENDAR_DAYS)
                self._claim_clock(ClockKind.APPEAL, at, by, due_at=until)
            elif action is ClaimAction.REJECT:
                self._claim_clock(ClockKind.APPEAL, at, by, own="appeal")
        elif action is ClaimAction.ASK_INFORMATION:
            self._claim_clock(ClockKind.INFORMATION, at, by, due_at=due_at)
        elif action is ClaimAction.SEND_INFORMATION:
            self._settle_all(ClockState.MET, at, by, claim=True, kinds=(ClockKind.INFORMATION,))
        elif action is ClaimAction.CLOSE:
            self._settle_all(ClockState.CANCELLED, at, by, claim=True, kinds=(ClockKind.APPEAL,))
            self._settle_all(ClockState.CANCELLED, at, by, claim=True)

    def _appeal(self, at: datetime, by: Actor, /, *, text: str) -> None:
        source, target = self._go(ClaimAction.APPEAL)
        self._step(ClaimAction.APPEAL, source, at, by, note=text)
        self._tell(Tag.CLAIM_MOVED, at, by, {"state": source}, {"state": target, "text": text})
        self._settle_all(ClockState.MET, at, by, claim=True, kinds=(ClockKind.APPEAL,))
        self._settle_all(ClockState.CANCELLED, at, by, claim=True, kinds=(ClockKind.PAYMENT,))
        self._await_answer(at, by)
        self._touch(at)

    def _record_payout(self, at: datetime, by: Actor, /, *, received: Money, paid_on: date, reference: str) -> None:
        card = self._under()
        sides = [(Account.BANK, received.amount), (RECOVERIES[card.payer_kind], -received.amount)]
        posting = self._post(at, by, paid_on, reference, sides)
        base = self.world.rates.to(received, self.world.rates.base)
        made = self.sheets.next("payout")
        self.sheets.add(
            "payout", made, self.claim["id"], posting, received.amount, received.currency, received.amount, received.currency,
            base.amount, base.currency, paid_on, reference, at, by.person_id,
        )  # fmt: skip
        source = self.claim["state"]
        self.claim["paid"] += received.amount
        if self.claim["paid"] == self.claim["approved"]:
            self._go(ClaimAction.PAY)
            self._settle_all(ClockState.CANCELLED, at, by, claim=True, kinds=(ClockKind.APPEAL,))
            self._settle_all(ClockState.MET, at, by, claim=True)
        self._step(ClaimAction.PAY, source, at, by, note=reference, amount=received.amount)
        after = {
            "reference": self.claim["reference"],
            "state": self.claim["state"],
            "amount": received.amount,
            "currency": received.currency,
            "received": f"{received.currency} {received.amount}",
            "paid_on": paid_on,
            "payment_reference": reference,
        }
        self._record(Tag.PAYOUT_RECORDED, at, by, ("payout", made), {"state": source}, after)
        self._touch(at)
