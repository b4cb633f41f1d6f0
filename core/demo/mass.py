"""Writes scripts as the rows the verbs would have left, by the hundred thousand.

Each method mirrors the verb of its name in cases/, money/ and recovery/; what they agree on is held by
tests/demo/test_mass.py, which plays the same scripts both ways and compares every table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson

from core.demo.lives import Life
from core.demo.load import escape
from core.demo.proofs import VARIANTS, Shared
from core.demo.shipments import Parcel
from core.foundation.audit import GENESIS, digest, plain
from core.foundation.calendars import calendar_of
from core.foundation.clock import local_day
from core.foundation.errors import Invalid
from core.foundation.grams import normalise
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Tag
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.incident import IncidentState, IncidentType, Result, Tier
from core.models.ledger import Account
from core.models.rule import DayUnit
from core.money.ledger import RECOVERIES
from core.recovery.caps import Cap, cap_for
from core.recovery.claim_states import CLAIMS, ClaimAction
from core.recovery.rule_cards import Card, payer_of, zone_for
from core.recovery.windows import Span, due_after

NULL = "\\N"

COLUMNS: dict[str, tuple[str, ...]] = {
    "incident": (
        "id", "reference", "shipment_id", "shop_id", "carrier_id", "market", "type", "stage", "noticed_by", "noticed_at",
        "buyer_said", "state", "tier", "tier_policy_version", "owner_id", "currency", "value_at_risk", "base_currency",
        "base_value", "rate_on", "gross_loss", "recovered", "next_due_at", "next_clock", "cause", "result", "closing_note",
        "closed_at", "registered_at", "registered_by", "touched_at", "search_text", "version",
    ),
    "comment": ("id", "incident_id", "person_id", "at", "text"),
    "contact": (
        "id", "incident_id", "party", "channel", "at", "name", "staff_number", "summary", "promise", "promise_by",
        "promise_due_at", "logged_at", "logged_by",
    ),
    "evidence": (
        "id", "incident_id", "sha256", "name", "kind", "note", "taken_at", "taken_text", "width", "height", "added_at",
        "added_by", "version",
    ),
    "posting": ("id", "incident_id", "at", "on_date", "note", "reverses_id", "person_id"),
    "entry": ("posting_id", "line", "account", "amount", "currency"),
    "claim": (
        "id", "reference", "incident_id", "payer_kind", "payer_name", "channel", "rule_card_id", "zone", "state", "currency",
        "demand", "cap", "cap_text", "note", "event_at", "opens_at", "due_at", "next_due_at", "window_why", "case_number",
        "submitted_at", "submitted_by", "submitted_via", "receipt_id", "approved", "answered_at", "answer_text", "paid",
        "created_at", "created_by", "version",
    ),
    "claim_step": ("id", "claim_id", "action", "source", "target", "at", "person_id", "note", "amount", "due_at"),
    "payout": (
        "id", "claim_id", "posting_id", "amount", "currency", "received_amount", "received_currency", "base_amount",
        "base_currency", "paid_on", "reference", "at", "person_id",
    ),
    "clock": (
        "id", "incident_id", "claim_id", "contact_id", "owner_id", "kind", "title", "rule", "rule_version", "zone",
        "event_at", "opens_at", "due_at", "reasoning", "state", "settled_at", "created_at", "version",
    ),
    "audit_event": (
        "id", "at", "person_id", "tag", "subject", "subject_id", "chain", "sequence", "before", "after", "previous", "hash",
    ),
}  # fmt: skip
"""The tables in an order in which each only points to earlier ones, with the columns that are written."""

WITH_IDS = tuple(table for table in COLUMNS if table != "entry")


@dataclass(frozen=True)
class Rates:
    """Conversions to the base currency and between others, at the rates of the one day the demo has."""

    base: str
    per_usd: Mapping[str, Decimal]
    on: date

    def to(self, money: Money, currency: str) -> Money:
        """`money` in another currency. Raises `Invalid` where there is no rate."""
        if money.currency == currency:
            return money
        for one in (money.currency, currency):
            if one not in self.per_usd:
                raise Invalid(
                    _(
                        "There is no exchange rate for {currency} yet. A manager can enter one in Settings.",
                        currency=one,
                    )
                )
        return money.times(self.per_usd[currency] / self.per_usd[money.currency], currency)


@dataclass(frozen=True)
class World:
    """What every case is written under: rates, the value policy, the shared files, carriers' names by id."""

    rates: Rates
    policy: int
    insure_from: Decimal
    claim_from: Decimal
    files: Mapping[tuple[str, int], Shared]
    carriers: Mapping[int, str]

    def tier(self, value: Money) -> Tier:
        """The tier the policy gives a value."""
        base = self.rates.to(value, self.rates.base).amount
        return Tier.ABSORB if base < self.insure_from else Tier.INSURE if base < self.claim_from else Tier.CLAIM

    def cap(self, card: Card, parcel: Parcel, has_invoice: bool) -> Cap:
        """A card's cap for a parcel."""
        return cap_for(
            card.cap, parcel, has_invoice=has_invoice, convert=lambda money: self.rates.to(money, parcel.currency)
        )


class Sheets:
    """Rows on their way: lines of COPY text by table, and the last id given out in each."""

    def __init__(self, start: Mapping[str, int] | None = None) -> None:
        self.last: dict[str, int] = dict.fromkeys(WITH_IDS, 0) | dict(start or {})
        self.lines: dict[str, list[str]] = {table: [] for table in COLUMNS}

    def next(self, table: str) -> int:
        """A new id."""
        self.last[table] += 1
        return self.last[table]

    def add(self, table: str, *values: Any) -> None:
        """A row, its values in COLUMNS' order."""
        self.lines[table].append("\t".join([_TEXTS[type(value)](value) for value in values]))

    def put(self, table: str, row: Mapping[str, Any]) -> None:
        """A row by column name; what is not named is null."""
        self.add(table, *(row.get(column) for column in COLUMNS[table]))

    def take(self) -> dict[str, bytes]:
        """What has been written since the last time, by table."""
        found = {table: ("\n".join(lines) + "\n").encode() for table, lines in self.lines.items() if lines}
        self.lines = {table: [] for table in COLUMNS}
        return found


class _Texts(dict[type, Callable[[Any], str]]):
    """How each type of value is written; words of a closed list and numbers made on the first meeting."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        writer: Callable[[Any], str] = (lambda value: value.value) if issubclass(kind, StrEnum) else str
        self[kind] = writer
        return writer


_TEXTS = _Texts(
    {
        type(None): lambda _value: NULL,
        str: escape,
        datetime: datetime.isoformat,
        bytes: lambda value: "\\\\x" + value.hex(),
        dict: lambda value: escape(orjson.dumps(value).decode()),
        list: lambda value: escape(orjson.dumps(value).decode()),
    }
)


class CaseWriter:
    """One case's rows, step by step."""

    def __init__(self, world: World, sheets: Sheets, life: Life, reference: str, claim_reference: str) -> None:
        self.world, self.sheets, self.life = world, sheets, life
        self.parcel = life.parcel
        self.id = sheets.next("incident")
        self.claim_reference = claim_reference
        self.sequence, self.previous = 0, GENESIS
        self.row: dict[str, Any] = {"id": self.id, "reference": reference}
        self.clocks: list[dict[str, Any]] = []
        self.said: list[str] = []
        self.commented: list[str] = []
        self.promises: dict[int, dict[str, Any]] = {}
        self.talks = 0
        self.goods: list[tuple[int, Decimal]] = []
        self.claim: dict[str, Any] = {}
        self.card: Card | None = None

    def write(self) -> None:
        """All of it, into the sheets."""
        for step in self.life.steps:
            getattr(self, f"_{step.verb}")(step.at, step.by, **step.args)
        self._soonest()
        self.row["search_text"] = self._search_text()
        self.sheets.put("incident", self.row)
        if self.claim:
            self.sheets.put("claim", self.claim)
        for clock in self.clocks:
            self.sheets.put("clock", clock)

    # --- pieces ----------------------------------------------------------------------------------------------------------

    def _record(
        self,
        tag: Tag,
        at: datetime,
        by: Actor,
        subject: tuple[str, int],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> None:
        old, new = plain(before) if before else {}, plain(after)
        self.sequence += 1
        name, subject_id = subject
        found = digest(
            self.previous, chain=self.id, sequence=self.sequence, at=at, person_id=by.person_id, tag=tag.value, subject=name,
            subject_id=subject_id, before=old, after=new,
        )  # fmt: skip
        self.sheets.add(
            "audit_event", self.sheets.next("audit_event"), at, by.person_id, tag.value, name, subject_id, self.id,
            self.sequence, old, new, self.previous, found,
        )  # fmt: skip
        self.previous = found

    def _touch(self, at: datetime) -> None:
        self.row["touched_at"] = at

    def _move(self, at: datetime, by: Actor, sources: tuple[IncidentState, ...], target: IncidentState) -> None:
        before = self.row["state"]
        if before in sources:
            self.row["state"] = target
            self._record(Tag.INCIDENT_MOVED, at, by, ("incident", self.id), {"state": before}, {"state": target})

    def _post(
        self,
        at: datetime,
        by: Actor,
        on: date,
        note: str,
        sides: list[tuple[Account, Decimal]],
        reverses: int | None = None,
    ) -> int:
        posting = self.sheets.next("posting")
        self.sheets.add("posting", posting, self.id, at, on, note, reverses, by.person_id)
        for line, (account, amount) in enumerate(sides, start=1):
            self.sheets.add("entry", posting, line, account, amount, self.parcel.currency)
            if account.startswith("loss."):
                self.row["gross_loss"] += amount
            elif account.startswith("recovery."):
                self.row["recovered"] -= amount
        return posting

    def _lose(self, at: datetime, by: Actor, account: Account, amount: Decimal, note: str) -> int:
        other = Account.GOODS if account is Account.LOSS_GOODS else Account.BANK
        posting = self._post(at, by, local_day(at, by.zone), note, [(account, amount), (other, -amount)])
        self._touch(at)
        after = {"account": account, "amount": amount, "currency": self.parcel.currency, "note": note}
        self._record(Tag.LOSS_POSTED, at, by, ("posting", posting), {}, after)
        if account is Account.LOSS_GOODS:
            self.goods.append((posting, amount))
        return posting

    def _search_text(self) -> str:
        parcel = self.parcel
        parts = [
            self.row["reference"],
            parcel.order_number,
            parcel.parcel_number,
            parcel.tracking_number,
            parcel.first_mile_number,
            parcel.buyer_username,
            self.world.carriers[parcel.carrier_id],
            self.row["buyer_said"],
            *(item.name for item in parcel.items),
            *self.said,
            *self.commented,
        ]
        return normalise("\n".join(part for part in parts if part))

    # --- clocks ----------------------------------------------------------------------------------------------------------

    def _start(self, kind: ClockKind, at: datetime, by: Actor, **more: Any) -> dict[str, Any]:
        clock = {
            "id": self.sheets.next("clock"),
            "incident_id": self.id,
            "owner_id": self.row["owner_id"],
            "kind": kind,
            "title": "",
            "reasoning": [],
            "state": ClockState.RUNNING,
            "created_at": at,
            "version": 1,
            **more,
        }
        self.clocks.append(clock)
        told = ("kind", "rule", "rule_version", "opens_at", "due_at", "zone", "title")
        self._record(Tag.CLOCK_STARTED, at, by, ("clock", clock["id"]), {}, {name: clock.get(name) for name in told})
        return clock

    def _settle(self, clock: dict[str, Any], state: ClockState, at: datetime, by: Actor) -> None:
        clock["state"], clock["settled_at"] = state, at
        after = {"state": state, "kind": clock["kind"], "title": clock["title"]}
        self._record(Tag.CLOCK_SETTLED, at, by, ("clock", clock["id"]), {"state": ClockState.RUNNING}, after)

    def _settle_all(
        self, state: ClockState, at: datetime, by: Actor, *, claim: bool = False, kinds: tuple[ClockKind, ...] = ()
    ) -> None:
        mine = [
            clock
            for clock in self.clocks
            if clock["state"] is ClockState.RUNNING
            and (not claim or clock.get("claim_id"))
            and (not kinds or clock["kind"] in kinds)
        ]
        # Soonest first, those without an end last, as the clock room settles them.
        for clock in sorted(mine, key=lambda c: (c.get("due_at") is None, c.get("due_at") or at, c["id"])):
            self._settle(clock, state, at, by)

    def _soonest(self) -> None:
        going = [
            (
                (clock.get("due_at") or clock["opens_at"]),
                clock["kind"] is not ClockKind.CLAIM_WINDOW,
                clock["id"],
                clock,
            )
            for clock in self.clocks
            if clock["state"] is ClockState.RUNNING
        ]
        first = min(going)[3] if going else None
        self.row["next_due_at"] = (first.get("due_at") or first["opens_at"]) if first else None
        self.row["next_clock"] = first["kind"].value if first else None
        if self.claim:
            ours = [moment for moment, _window, _id, clock in going if clock.get("claim_id")]
            self.claim["next_due_at"] = min(ours) if ours else None

    # --- the case --------------------------------------------------------------------------------------------------------

    def _register(self, at: datetime, by: Actor, /, **args: Any) -> None:
        parcel, owner = self.parcel, args.pop("owner")
        value = Money(parcel.value, parcel.currency)
        base = self.world.rates.to(value, self.world.rates.base)
        tier = self.world.tier(value)
        self.row |= {
            "shipment_id": parcel.id,
            "shop_id": parcel.shop_id,
            "carrier_id": parcel.carrier_id,
            "market": parcel.market,
            **args,
            "state": IncidentState.REGISTERED,
            "tier": tier,
            "tier_policy_version": self.world.policy,
            "owner_id": owner.person_id if owner else None,
            "currency": parcel.currency,
            "value_at_risk": value.amount,
            "base_currency": base.currency,
            "base_value": base.amount,
            "rate_on": self.world.rates.on if base.currency != parcel.currency else None,
            "gross_loss": Decimal(0),
            "recovered": Decimal(0),
            "closing_note": "",
            "registered_at": at,
            "registered_by": by.person_id,
            "touched_at": at,
            "version": 1,
        }
        after = {
            "reference": self.row["reference"],
            "type": args["type"],
            "stage": args["stage"],
            "noticed_by": args["noticed_by"],
            "tier": tier,
            "value_at_risk": value.amount,
            "currency": value.currency,
            "order_number": parcel.order_number,
            "tracking_number": parcel.tracking_number,
        }
        self._record(Tag.INCIDENT_REGISTERED, at, by, ("incident", self.id), {}, after)
        if args["type"] is not IncidentType.DELAYED and value:
            self._lose(at, by, Account.LOSS_GOODS, value.amount, "")

    def _assign(self, at: datetime, by: Actor, /, *, owner: Actor) -> None:
        before, self.row["owner_id"] = self.row["owner_id"], owner.person_id
        if before == owner.person_id:
            return
        for clock in self.clocks:
            if clock["state"] is ClockState.RUNNING:
                clock["owner_id"] = owner.person_id
        self._touch(at)
        after = {"owner_id": owner.person_id, "name": owner.name}
        self._record(Tag.INCIDENT_ASSIGNED, at, by, ("incident", self.id), {"owner_id": before}, after)

    def _edit(self, at: datetime, by: Actor, /, *, seen: Mapping[str, Any], typed: Mapping[str, Any]) -> None:
        before = {name: self.row[name] for name in typed}
        self.row |= typed
        self._touch(at)
        self._record(Tag.INCIDENT_EDITED, at, by, ("incident", self.id), before, typed)

    def _comment(self, at: datetime, by: Actor, /, *, text: str) -> None:
        made = self.sheets.next("comment")
        self.sheets.add("comment", made, self.id, by.person_id, at, text)
        self.commented.append(text)
        self._touch(at)
        self._record(Tag.INCIDENT_COMMENTED, at, by, ("comment", made), {}, {"text": text})

    def _log_contact(self, at: datetime, by: Actor, /, **args: Any) -> None:
        made = self.sheets.next("contact")
        talked, due = args.pop("at", None), args["promise_due_at"]
        self.sheets.put(
            "contact",
            {**args, "id": made, "incident_id": self.id, "at": talked, "logged_at": at, "logged_by": by.person_id},
        )
        self.said += [args["summary"], args["name"], args["staff_number"]]
        clean = {name: args[name] for name in ("name", "staff_number", "summary", "promise")}
        after = {"party": args["party"], "channel": args["channel"], "at": talked, **clean, "promise_due_at": due}
        self._record(Tag.CONTACT_LOGGED, at, by, ("contact", made), {}, after)
        if due is not None and self.row["state"] is not IncidentState.CLOSED:
            self.promises[self.talks] = self._start(
                ClockKind.PROMISE, at, by, rule="promise", zone=by.zone, event_at=talked, due_at=due, title=args["promise"],
                contact_id=made,
            )  # fmt: skip
        self.talks += 1
        self._touch(at)

    def _settle_promise(self, at: datetime, by: Actor, /, *, promise: int, kept: bool) -> None:
        self._settle(self.promises[promise], ClockState.MET if kept else ClockState.MISSED, at, by)
        self._touch(at)

    def _add_evidence(self, at: datetime, by: Actor, /, *, kind: str, variant: int) -> None:
        file = self.world.files[kind, variant % VARIANTS]
        made = self.sheets.next("evidence")
        self.sheets.add(
            "evidence", made, self.id, file.sha256, file.name, kind, "", None, None, file.width, file.height, at,
            by.person_id, 1,
        )  # fmt: skip
        after = {
            "name": file.name,
            "kind": kind,
            "sha256": file.sha256,
            "size": file.size,
            "media_type": file.media_type,
            "note": "",
        }
        self._record(Tag.EVIDENCE_ADDED, at, by, ("evidence", made), {}, after)
        self._move(at, by, (IncidentState.REGISTERED,), IncidentState.PROVING)
        self._touch(at)

    def _post_loss(self, at: datetime, by: Actor, /, *, account: Account, amount: Money, note: str) -> None:
        self._lose(at, by, account, amount.amount, note)

    def _close(self, at: datetime, by: Actor, /, *, cause: StrEnum, result: Result, note: str) -> None:
        if result in (Result.ARRIVED, Result.NO_LOSS):
            for posting, amount in self.goods:
                self._take_back(posting, amount, at, by)
            self.goods = []
        self._settle_all(ClockState.CANCELLED, at, by)
        before = self.row["state"]
        self.row |= {
            "state": IncidentState.CLOSED,
            "cause": cause,
            "result": result,
            "closing_note": note,
            "closed_at": at,
        }
        self._touch(at)
        after = {"cause": cause, "result": result, "note": note}
        self._record(Tag.INCIDENT_CLOSED, at, by, ("incident", self.id), {"state": before}, after)

    def _take_back(self, posting: int, amount: Decimal, at: datetime, by: Actor) -> None:
        reason = "No loss after all."
        sides = [(Account.LOSS_GOODS, -amount), (Account.GOODS, amount)]
        mirror = self._post(at, by, local_day(at, by.zone), reason, sides, posting)
        before = {"posting": posting, "account": Account.LOSS_GOODS, "amount": amount}
        after = {"note": reason, "currency": self.parcel.currency}
        self._record(Tag.LOSS_REVERSED, at, by, ("posting", mirror), before, after)

    def _reopen(self, at: datetime, by: Actor, /, *, reason: str) -> None:
        before = {"cause": self.row["cause"], "result": self.row["result"], "note": self.row["closing_note"]}
        back = self.row["result"] in (Result.ARRIVED, Result.NO_LOSS) and self.row["type"] is not IncidentType.DELAYED
        self.row |= {
            "state": IncidentState.PROVING,
            "cause": None,
            "result": None,
            "closing_note": "",
            "closed_at": None,
        }
        if back and self.row["value_at_risk"]:
            self._lose(at, by, Account.LOSS_GOODS, self.row["value_at_risk"], reason)
        self._touch(at)
        self._record(Tag.INCIDENT_REOPENED, at, by, ("incident", self.id), before, {"reason": reason})

    # --- the claim -------------------------------------------------------------------------------------------------------

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

    def _claim_clock(self, kind: ClockKind, at: datetime, by: Actor, **more: Any) -> None:
        card = self._under()
        self._start(
            kind, at, by, rule=card.code, rule_version=card.version, zone=self.claim["zone"], title=self.claim["payer_name"],
            claim_id=self.claim["id"], **{"event_at": at, **more},
        )  # fmt: skip

    def _under(self) -> Card:
        if self.card is None:
            raise ValueError("the script moves a claim before it is drafted")
        return self.card

    def _step(
        self, action: str, source: ClaimState | None, at: datetime, by: Actor, *, note: str = "",
        amount: Decimal | None = None, due_at: datetime | None = None,
    ) -> None:  # fmt: skip
        self.sheets.add(
            "claim_step", self.sheets.next("claim_step"), self.claim["id"], str(action), source, self.claim["state"], at,
            by.person_id, note, amount, due_at,
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
        after = {"state": target, "case_number": case_number, "via": via, "receipt_id": None}
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
    ) -> None:
        approved = {
            ClaimAction.APPROVE: self.claim["demand"],
            ClaimAction.REJECT: Decimal(0),
            ClaimAction.PARTLY_APPROVE: amount.amount if amount else None,
        }.get(action)
        source, target = self._go(action)
        if approved is not None:
            self.claim |= {"approved": approved, "answered_at": at, "answer_text": text}
        self._step(action, source, at, by, note=text, amount=approved, due_at=due_at)
        after = {
            "state": target,
            "approved": approved,
            "text": text,
            "due_at": due_at,
            "currency": self.claim["currency"],
        }
        self._tell(Tag.CLAIM_ANSWERED, at, by, {"state": source}, after)
        self._clocks_after(action, due_at, at, by)
        self._touch(at)

    def _clocks_after(self, action: ClaimAction, due_at: datetime | None, at: datetime, by: Actor) -> None:
        card = self._under()
        if action in (ClaimAction.APPROVE, ClaimAction.PARTLY_APPROVE, ClaimAction.REJECT):
            self._settle_all(ClockState.MET, at, by, claim=True, kinds=(ClockKind.ANSWER, ClockKind.INFORMATION))
            if action is not ClaimAction.REJECT and due_at is not None:
                self._claim_clock(ClockKind.PAYMENT, at, by, due_at=due_at)
            if action is not ClaimAction.APPROVE and card.appeal_days:
                until = self._after(at, card.appeal_days, DayUnit.CALENDAR_DAYS)
                self._claim_clock(ClockKind.APPEAL, at, by, due_at=until)
        elif action is ClaimAction.ASK_INFORMATION:
            self._claim_clock(ClockKind.INFORMATION, at, by, due_at=due_at)
        elif action is ClaimAction.SEND_INFORMATION:
            self._settle_all(ClockState.MET, at, by, claim=True, kinds=(ClockKind.INFORMATION,))
        elif action is ClaimAction.CLOSE:
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
