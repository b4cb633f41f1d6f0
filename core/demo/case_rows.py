"""What happens in a case, as the rows its verbs would have left: registering, talk, evidence, losses, closing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from core.demo.proofs import VARIANTS
from core.demo.scripts import Life
from core.demo.sheets import Sheets, World
from core.foundation.audit import GENESIS, digest, plain
from core.foundation.clock import local_day
from core.foundation.grams import normalise
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Tag
from core.models.clock import ClockKind, ClockState
from core.models.incident import IncidentState, IncidentType, Result
from core.models.ledger import Account
from core.recovery.rule_cards import Card


class CaseRows:
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
        opens = clock.get("opens_at")
        clock["woke_at"] = at if opens is not None and opens <= at else None
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
            by.person_id, file.unreadable, 1,
        )  # fmt: skip
        after = {
            "name": file.name,
            "kind": kind,
            "sha256": file.sha256,
            "size": file.size,
            "media_type": file.media_type,
            "note": "",
            **({"unreadable": file.unreadable} if file.unreadable else {}),
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
        stopped = [
            clock
            for clock in self.clocks
            if not clock.get("claim_id")
            and clock["state"] is ClockState.CANCELLED
            and clock["settled_at"] == self.row["closed_at"]
        ]
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
        self._run_again(stopped, at, by)
        self._touch(at)
        self._record(Tag.INCIDENT_REOPENED, at, by, ("incident", self.id), before, {"reason": reason})

    def _run_again(self, stopped: list[dict[str, Any]], at: datetime, by: Actor) -> None:
        """Clocks that the closing stopped and that are still to come run again."""
        again = (
            "kind",
            "rule",
            "rule_version",
            "zone",
            "event_at",
            "opens_at",
            "due_at",
            "reasoning",
            "title",
            "contact_id",
        )
        for clock in stopped:
            if clock.get("due_at") is None or clock["due_at"] > at:
                more = {name: clock[name] for name in again if name in clock}
                self._start(more.pop("kind"), at, by, **more)
