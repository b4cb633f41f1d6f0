"""What happens to a case, from notice to close: a script of steps, each with its moment, its person and its verb.

A script knows nothing of the database. `play` hands it to the real verbs, `mass` writes what they would have written. Scripts end
at the present moment, or after the step a story asks for.
"""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.demo import words
from core.demo.scripts import DAYS, HOURS, Desk, Life, Step
from core.demo.shipments import Parcel
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentType, NoticedBy, Result, Stage, Tier
from core.models.ledger import Account
from core.recovery.claim_states import ClaimAction
from core.recovery.rule_cards import Card, Unknown, claim_window, facts_of
from core.recovery.windows import Window

_OFFICE = ZoneInfo("Asia/Shanghai")


class _EndOfLife(Exception):
    """Not an error: the script has come to the present, or to where its story stops."""


class Teller:
    """Tells one life. `until` stops it behind a turning point; `arc` decides how the claim ends."""

    def __init__(
        self, desk: Desk, parcel: Parcel, type: IncidentType, rng: random.Random, *, arc: str = "", until: str = ""
    ) -> None:
        self.desk, self.parcel, self.rng, self.until = desk, parcel, rng, until
        self.type = type
        self.arc = arc
        self.life = Life(parcel, type)
        self.owner = rng.choice(desk.team.agents)
        self.at = parcel.ordered_at
        self.promises: list[tuple[datetime, int, bool]] = []
        self.told = 0
        self.gross = parcel.value if type is not IncidentType.DELAYED else Decimal(0)
        self.back = Decimal(0)

    def tell(self) -> Life:
        """The whole life, as far as it has come."""
        try:
            self._from_notice_to_close()
            self._flush(self.desk.now)
        except _EndOfLife:
            self._keep_in_touch()
        return self.life

    def _keep_in_touch(self) -> None:
        """Somebody asked again lately, so that an open case is not silent; a few are."""
        rng, last = self.rng, self.life.steps[-1].at if self.life.steps else self.desk.now
        if self.life.reached.startswith("closed") or self.desk.now - last < 2.5 * DAYS or rng.random() < 0.1:
            return
        self.at = self._office(self.desk.now - rng.uniform(0.15, 2.4) * DAYS)
        if self.at >= self.desk.now:
            self.at = self.desk.now - timedelta(minutes=rng.randrange(30, 180))
        with suppress(_EndOfLife):
            self._talk("carrier")
            self._flush(self.desk.now)

    # --- time and steps --------------------------------------------------------------------------------------------------

    def _pass(self, least: float, most: float) -> datetime:
        """Let so many days pass, and wait for office hours."""
        self.at = self._office(self.at + self.rng.uniform(least, most) * DAYS)
        return self.at

    def _office(self, at: datetime) -> datetime:
        local = at.astimezone(_OFFICE)
        if 9 <= local.hour < 19:
            return at
        morning = at if local.hour < 9 else at + DAYS
        nine = morning.astimezone(_OFFICE).replace(hour=9, minute=0, second=0, microsecond=0)
        return nine.astimezone(at.tzinfo) + timedelta(seconds=self.rng.randrange(7200))

    def _do(self, verb: str, *, by: Actor | None = None, **args: Any) -> None:
        self._flush(self.at)
        self._write(self.at, by or self.owner, verb, args)
        self.at += timedelta(seconds=self.rng.randrange(20, 240))

    def _write(self, at: datetime, by: Actor, verb: str, args: dict[str, Any]) -> None:
        if at >= self.desk.now:
            raise _EndOfLife
        self.life.steps.append(Step(at, by, verb, args))

    def _flush(self, until: datetime) -> None:
        """Settle the promises whose time came before `until`."""
        for due in sorted(one for one in self.promises if one[0] <= until):
            self.promises.remove(due)
            at, promise, kept = due
            if self.life.steps and at <= self.life.steps[-1].at:
                at = self.life.steps[-1].at + timedelta(seconds=30)
            if at < until:
                self._write(at, self.owner, "settle_promise", {"promise": promise, "kept": kept})

    def _reach(self, point: str) -> None:
        """Note a turning point; the story may end here."""
        self.life.reached, self.life.reached_at = point, self.life.steps[-1].at
        if point == self.until:
            self._flush(self.desk.now)
            raise _EndOfLife

    # --- the story -------------------------------------------------------------------------------------------------------

    def _from_notice_to_close(self) -> None:
        rng = self.rng
        self._notice()
        if rng.random() < 0.85:
            self._pass(0.01, 0.6)
            self._talk()
        if rng.random() < 0.12:
            self._pass(0.01, 0.3)
            self._comment()
        if rng.random() < 0.06 and self.stage is Stage.UNKNOWN:
            self._pass(0.05, 1.0)
            found = rng.choice([Stage.LINE_HAUL, Stage.LAST_MILE])
            self._do("edit", seen={"stage": Stage.UNKNOWN}, typed={"stage": found})
        tier = self.desk.tier(Money(self.parcel.value, self.parcel.currency))
        if self.type is IncidentType.DELAYED:
            self._wait_for_it()
        elif tier is Tier.ABSORB and not self.arc:
            self._absorb()
        else:
            self._claim()

    def _notice(self) -> None:
        rng, parcel = self.rng, self.parcel
        noticed = self._noticed()
        by = rng.choices(
            [NoticedBy.BUYER, NoticedBy.CARRIER, NoticedBy.PLATFORM, NoticedBy.SILENCE, NoticedBy.WAREHOUSE],
            [62, 10, 16, 10 if self.type is IncidentType.LOST else 0, 2 if self.type is IncidentType.DAMAGED else 0],
        )[0]
        said = ""
        if by is NoticedBy.BUYER or rng.random() < 0.3:
            spoken = words.words()["buyer"][self.type.value]
            languages = [one for one in words.spoken(parcel.market) if one in spoken] or ["en"]
            said = rng.choice(spoken[rng.choice(languages)])
        stages = [Stage.LAST_MILE, Stage.LINE_HAUL, Stage.FIRST_MILE, Stage.UNKNOWN]
        weights = [45, 20, 10, 25]
        if parcel.channel.cross_border:
            stages, weights = [*stages, Stage.CUSTOMS], [*weights, 20]
        self.stage = rng.choices(stages, weights)[0]
        self.at = self._office(noticed + rng.uniform(0.02, 0.9) * DAYS)
        if self.at >= self.desk.now:
            self.at = noticed + timedelta(minutes=rng.randrange(20, 110))
        assigned = rng.random() < 0.9 or self.desk.now - self.at > 6 * DAYS
        self._do(
            "register",
            type=self.type,
            stage=self.stage,
            noticed_by=by,
            noticed_at=noticed,
            buyer_said=said,
            owner=self.owner if assigned and rng.random() < 0.7 else None,
        )
        self._reach("registered")
        if self.life.steps[0].args["owner"] is None and assigned:
            self._pass(0.02, 0.5)
            self._do("assign", by=self.desk.team.lead, owner=self.owner)

    def _noticed(self) -> datetime:
        rng, parcel = self.rng, self.parcel
        if self.type is IncidentType.DELAYED:
            moment = (parcel.expected_at or parcel.ordered_at) + rng.uniform(1.0, 4.0) * DAYS
        elif parcel.delivered_at is not None:
            moment = parcel.delivered_at + rng.uniform(0.05, 3.0) * DAYS
        else:
            moment = (parcel.last_scan_at or parcel.ordered_at) + rng.uniform(5.0, 11.0) * DAYS
        latest = self.desk.now - 2 * HOURS
        return min(moment, latest).replace(microsecond=0)

    def _talk(self, party: str = "") -> None:
        """A talk that fits, with a promise more often than not."""
        rng = self.rng
        fitting = [
            one for one in words.words()["talk"] if self.type.value in one["about"] and party in ("", one["party"])
        ]
        if not fitting:
            return
        talk = rng.choice(fitting)
        language = "zh" if self.owner.language == "zh-CN" else "en"
        who = rng.choice(words.words()["staff"][self.parcel.market])
        buyer = talk["party"] == "buyer"
        number = self.parcel.tracking_number or self.parcel.order_number
        promise = talk[f"promise_{language}"] if rng.random() < 0.75 else ""
        at = self.at - timedelta(minutes=rng.randrange(3, 25))
        due = self.at + rng.uniform(0.8, 4.5) * DAYS if promise else None
        ours = buyer and "reship" in talk["promise_en"]
        self._do(
            "log_contact",
            party=Party(talk["party"]),
            channel=Channel(talk["channel"]),
            at=at,
            name="" if buyer else who,
            staff_number="" if buyer else f"{self.parcel.market}{rng.randrange(1000, 9999)}",
            summary=talk[language].format(who=who, number=number),
            promise=promise,
            promise_by=Party(talk["party"]) if promise and not ours else None,
            promise_due_at=due,
        )
        if due is not None:
            settled = due + rng.uniform(-0.6, 1.1) * DAYS
            self.promises.append((max(settled, self.at), self.told, rng.random() < 0.7))
        self.told += 1

    def _comment(self) -> None:
        language = "zh" if self.owner.language == "zh-CN" else "en"
        self._do("comment", text=self.rng.choice(words.words()["comments"][language]))

    def _close(self, cause: Cause, result: Result, note: int) -> None:
        language = "zh" if self.owner.language == "zh-CN" else "en"
        self.promises = [one for one in self.promises if one[0] <= self.at]
        self._do("close", cause=cause, result=result, note=words.words()["closing"][language][note])
        self.promises.clear()
        self._reach(f"closed:{result.value}")

    def _cause(self) -> Cause:
        likely = {
            IncidentType.LOST: [Cause.LOST_IN_TRANSIT, Cause.SORTING_ERROR, Cause.STOLEN, Cause.UNKNOWN],
            IncidentType.DAMAGED: [Cause.MISHANDLED, Cause.WEAK_PACKAGING, Cause.WEATHER, Cause.MISHANDLED],
            IncidentType.MISSING_CONTENTS: [Cause.STOLEN, Cause.PACKING_ERROR, Cause.UNKNOWN, Cause.STOLEN],
            IncidentType.DELAYED: [Cause.SORTING_ERROR, Cause.WEATHER, Cause.WRONG_ADDRESS, Cause.CUSTOMS],
        }[self.type]
        if self.type is IncidentType.LOST and self.parcel.delivered_at is not None:
            return Cause.FALSE_DELIVERY_SCAN
        return self.rng.choice(likely)

    def _wait_for_it(self) -> None:
        """A delay costs nothing yet: it arrives, or the case goes on as a loss of its own."""
        self._pass(1.0, 4.0)
        self._talk("carrier")
        arrived = self.parcel.delivered_at
        self._pass(0.5, 3.0)
        if arrived is not None and arrived > self.at:
            self.at = self._office(arrived + self.rng.uniform(0.2, 2.0) * DAYS)
        self._pass(0.5, 4.0)
        self._close(self._cause(), Result.ARRIVED if arrived else Result.NO_LOSS, 3 if arrived else 0)

    def _absorb(self) -> None:
        """Small losses: the buyer is helped and the case closed."""
        rng = self.rng
        if rng.random() < 0.5:
            self._pass(0.1, 1.0)
            self._evidence(rng.choice(["chat_with_buyer", "tracking_snapshot", "item_photo"]))
        if rng.random() < 0.25:
            self._pass(0.1, 0.6)
            cost = words.rounded(self.parcel.freight, self.parcel.currency)
            if cost > 0:
                self.gross += cost
                self._do("post_loss", account=Account.LOSS_RESHIP, amount=Money(cost, self.parcel.currency), note="")
        if self.type is IncidentType.LOST and rng.random() < 0.12:
            self._pass(2.0, 6.0)
            self._close(Cause.SORTING_ERROR, Result.ARRIVED, 3)
            return
        self._pass(0.5, 4.0)
        self._close(self._cause(), Result.ABSORBED, 1)
        if rng.random() < 0.03:
            self._pass(1.0, 6.0)
            self._do(
                "reopen",
                by=self.desk.team.lead,
                reason="Buyer wrote again." if rng.random() < 0.5 else "买家再次来信。",
            )
            self._reach("reopened")
            self._pass(0.5, 3.0)
            self._close(self._cause(), Result.ABSORBED, 0)

    def _evidence(self, kind: str, *, variant: int = 0) -> None:
        self._do("add_evidence", kind=kind, variant=variant or self.rng.randrange(1, 1_000))

    # --- the claim -------------------------------------------------------------------------------------------------------

    def _claim(self) -> None:
        rng = self.rng
        arc = (
            self.arc
            or rng.choices(
                ["approved", "partly", "rejected", "appealed", "expired", "withdrawn", "idle"],
                [50, 13, 10, 6, 5, 4, 12],
            )[0]
        )
        card, window, event = self._card()
        if card is None or arc == "idle":
            self._absorb()
            return
        self._pass(0.05, 1.2)
        papers = [(one.code, n) for one in card.documents for n in range(one.count)]
        rng.shuffle(papers)
        first = papers[: max(1, len(papers) // 2)]
        for code, _n in first:
            self._evidence(code)
        self._reach("proving")
        self._pass(0.02, 0.8)
        has_invoice = any(code == "proof_of_value" for code, _n in first)
        demand = self._demand(card, has_invoice)
        if demand.amount <= 0:
            self._absorb()
            return
        self._do("draft_claim", card=card, event_at=event, window=window, demand=None, has_invoice=has_invoice)
        self.life.due = window.due_at if window else None
        self._reach("draft")
        if arc == "expired":
            self._expire(window)
            return
        for code, _n in papers[len(first) :]:
            self._pass(0.02, 1.3)
            self._evidence(code)
        self._pass(0.02, 0.6)
        if window is not None and window.due_at is not None and self.at >= window.due_at:
            self._expire(window)
            return
        self._do("mark_ready")
        self._reach("ready")
        if arc == "withdrawn":
            self._withdraw()
            return
        self._submit(window, card)
        self._answer(arc, demand)

    def _card(self) -> tuple[Card | None, Window | None, datetime | None]:
        """The first card that fits, one with a window first; the window; and what a person has to write down for it to be known."""
        found: list[tuple[Card, Window | None, datetime | None]] = []
        facts = facts_of(self.parcel, reported_at=self.life.steps[0].args["noticed_at"])
        for card in self.desk.cards(self.parcel, self.type)[:3]:
            window = claim_window(card, facts)
            event = None
            if isinstance(window, Unknown) and window.event_missing:
                event = self.life.registered_at
                window = claim_window(card, facts_of(self.parcel, reported_at=facts.reported_at, event_at=event))
            known = window if isinstance(window, Window) else None
            late = known is not None and known.due_at is not None and known.due_at < self.at + 4 * DAYS
            if known is not None and not late:
                return card, known, event
            if not late:
                found.append((card, None, None))
        return found[0] if found else (None, None, None)

    def _demand(self, card: Card, has_invoice: bool) -> Money:
        loss = Money(self.gross, self.parcel.currency)
        cap = self.desk.cap(self.parcel, card, has_invoice)
        return min(loss, cap) if cap is not None and cap.currency == loss.currency else loss

    def _expire(self, window: Window | None) -> None:
        if window is None or window.due_at is None:
            self._withdraw()
            return
        self.at = max(self.at, self._office(window.due_at + self.rng.uniform(0.1, 2.0) * DAYS))
        self._do("expire")
        self._reach("expired")
        self._pass(0.1, 3.0)
        self._close(self._cause(), Result.ABSORBED, 4)

    def _withdraw(self) -> None:
        self._pass(0.5, 4.0)
        self._do("withdraw", by=self.desk.team.lead, reason=self.rng.choice(words.words()["payer"]["withdrawn"]))
        self._reach("withdrawn")
        self._pass(0.1, 2.0)
        self._close(Cause.SORTING_ERROR, Result.ARRIVED, 3)

    def _submit(self, window: Window | None, card: Card) -> None:
        rng = self.rng
        self._pass(0.02, 1.0)
        if window is not None and window.opens_at is not None and self.at < window.opens_at:
            self.at = self._office(window.opens_at + rng.uniform(0.1, 2.0) * DAYS)
        if window is not None and window.due_at is not None and self.at >= window.due_at:
            self.at = window.due_at - timedelta(minutes=rng.randrange(20, 300))
            if self.at <= self.life.steps[-1].at:
                self.at = self.life.steps[-1].at + timedelta(seconds=90)
        prefix = "".join(part[0] for part in card.code.split("-"))[:3]
        via = "Seller Centre" if card.channel.value == "platform" else card.portal or f"claims desk, {card.payer_name}"
        self._do("submit", case_number=f"{prefix}-{self.parcel.market}{rng.randrange(10**6, 10**7)}", via=via[:200])
        self.life.due = None
        self._reach("submitted")
        if rng.random() < 0.6:
            self._pass(0.5, 4.0)
            self._do("record_answer", action=ClaimAction.START_REVIEW, amount=None, text="", due_at=None)
            self._reach("in_review")
        if rng.random() < 0.22 or self.until == "information_asked":
            self._pass(0.5, 4.0)
            text = rng.choice(words.words()["payer"]["information"])
            due = (self.at + rng.uniform(1.6, 5.0) * DAYS).replace(microsecond=0)
            self._do("record_answer", action=ClaimAction.ASK_INFORMATION, amount=None, text=text, due_at=due)
            self.life.due = due
            self._reach("information_asked")
            self.life.due = None
            self._pass(0.1, 1.4)
            self._evidence("serial_numbers" if rng.random() < 0.3 else "other")
            self._do("record_answer", action=ClaimAction.SEND_INFORMATION, amount=None, text="", due_at=None)
            self._reach("in_review")
        if rng.random() < 0.3:
            self._pass(1.0, 5.0)
            self._talk("carrier")

    def _answer(self, arc: str, demand: Money) -> None:
        rng = self.rng
        said = words.words()["payer"]
        self._pass(2.0, 16.0)
        if arc == "partly":
            part = self._part(demand)
            if part is None:
                arc = "approved"
            else:
                self._approve(ClaimAction.PARTLY_APPROVE, part, rng.choice(said["partly_approved"]))
                return
        if arc == "approved":
            self._approve(ClaimAction.APPROVE, demand, rng.choice(said["approved"]))
            return
        self._reject()
        self._reach("rejected")
        if arc == "appealed":
            self._pass(0.5, 5.0)
            self._do("appeal", text=rng.choice(said["appeal"]))
            self._reach("appealed")
            self._pass(4.0, 15.0)
            if rng.random() < 0.5:
                self._approve(ClaimAction.APPROVE, demand, rng.choice(said["approved"]))
                return
            self._reject()
        self._pass(0.5, 4.0)
        self._do("record_answer", action=ClaimAction.CLOSE, amount=None, text="", due_at=None)
        self._pass(0.1, 2.0)
        self._close(self._cause(), Result.ABSORBED, 0)

    def _reject(self) -> None:
        said = self.rng.choice(words.words()["payer"]["rejected"])
        self._do(
            "record_answer",
            action=ClaimAction.REJECT,
            amount=None,
            text=said["text"],
            due_at=None,
            denial_code=said["code"],
        )

    def _part(self, demand: Money) -> Money | None:
        amount = words.rounded(demand.amount * Decimal(self.rng.randrange(35, 85)) / 100, demand.currency)
        return Money(amount, demand.currency) if 0 < amount < demand.amount else None

    def _approve(self, action: ClaimAction, amount: Money, text: str) -> None:
        rng = self.rng
        due = (self.at + rng.uniform(8.0, 15.0) * DAYS).replace(microsecond=0) if rng.random() < 0.7 else None
        self._do(
            "record_answer",
            action=action,
            amount=amount if action is ClaimAction.PARTLY_APPROVE else None,
            text=text,
            due_at=due,
        )
        self._reach("approved" if action is ClaimAction.APPROVE else "partly_approved")
        self._pass(3.0, 17.0)
        number = f"{self.parcel.market}-PAY-{rng.randrange(10**7, 10**8)}"
        self._do("record_payout", received=amount, paid_on=self.at.astimezone(_OFFICE).date(), reference=number)
        self.back += amount.amount
        self._reach("paid")
        self._pass(0.05, 2.5)
        if self.back >= self.gross:
            self._close(self._cause(), Result.RECOVERED, 2)
        else:
            self._close(self._cause(), Result.PARTLY_RECOVERED, 0)
