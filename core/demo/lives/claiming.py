"""The claim of a case, from proving the loss to the payout or the refusal."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from core.demo import words
from core.demo.lives.everyday import Everyday
from core.demo.lives.script import OFFICE
from core.demo.scripts import DAYS
from core.foundation.money import Money
from core.models.incident import Cause, Result
from core.recovery.claim_states import ClaimAction
from core.recovery.rule_cards import Card, Unknown, claim_window, facts_of
from core.recovery.windows import Window

ARCS = {"approved": 50, "partly": 13, "rejected": 10, "appealed": 6, "expired": 5, "withdrawn": 4, "idle": 12}
"""How claims end, and how often of a hundred; "idle" is nobody getting to it."""


class Claiming(Everyday):
    """A script with what a claim is made of."""

    def claim(self, arc: str) -> bool:
        """The whole claim; False where none comes of it: no rule fits in time, nothing can be asked for, or nobody gets to it.

        `arc` says how it ends; where it is empty, chance does.
        """
        rng = self.rng
        arc = arc or rng.choices(list(ARCS), list(ARCS.values()))[0]
        card, window, event = self._card()
        if card is None or arc == "idle":
            return False
        self.wait(0.05, 1.2)
        papers = [(one.code, n) for one in card.documents for n in range(one.count)]
        rng.shuffle(papers)
        first = papers[: max(1, len(papers) // 2)]
        for code, _n in first:
            self.evidence(code)
        self.reach("proving")
        self.wait(0.02, 0.8)
        has_invoice = any(code == "proof_of_value" for code, _n in first)
        demand = self._demand(card, has_invoice)
        if demand.amount <= 0:
            return False
        self.do("draft_claim", card=card, event_at=event, window=window, demand=None, has_invoice=has_invoice)
        self.life.due = window.due_at if window else None
        self.reach("draft")
        if arc == "expired" or not self._made_ready([code for code, _n in papers[len(first) :]], window):
            self._expire(window)
        elif arc == "withdrawn":
            self._withdraw()
        else:
            self._submit(window, card)
            self._answer(arc, demand)
        return True

    def _made_ready(self, papers: list[str], window: Window | None) -> bool:
        """The rest of the proof is brought; False where the window has closed over it."""
        for code in papers:
            self.wait(0.02, 1.3)
            self.evidence(code)
        self.wait(0.02, 0.6)
        if window is not None and window.due_at is not None and self.at >= window.due_at:
            return False
        self.do("mark_ready")
        self.reach("ready")
        return True

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
        loss = Money(self.parcel.value, self.parcel.currency)
        cap = self.desk.cap(self.parcel, card, has_invoice)
        return min(loss, cap) if cap is not None and cap.currency == loss.currency else loss

    def _expire(self, window: Window | None) -> None:
        if window is None or window.due_at is None:
            self._withdraw()
            return
        self.at = max(self.at, self.office(window.due_at + self.rng.uniform(0.1, 2.0) * DAYS))
        self.do("expire")
        self.reach("expired")
        self.wait(0.1, 3.0)
        self.close(self.cause(), Result.ABSORBED, 4)

    def _withdraw(self) -> None:
        self.wait(0.5, 4.0)
        self.do("withdraw", by=self.desk.team.lead, reason=self.rng.choice(words.words()["payer"]["withdrawn"]))
        self.reach("withdrawn")
        self.wait(0.1, 2.0)
        self.close(Cause.SORTING_ERROR, Result.ARRIVED, 3)

    def _submit(self, window: Window | None, card: Card) -> None:
        rng = self.rng
        self.wait(0.02, 1.0)
        if window is not None and window.opens_at is not None and self.at < window.opens_at:
            self.at = self.office(window.opens_at + rng.uniform(0.1, 2.0) * DAYS)
        if window is not None and window.due_at is not None and self.at >= window.due_at:
            self.at = window.due_at - timedelta(minutes=rng.randrange(20, 300))
            if self.at <= self.life.steps[-1].at:
                self.at = self.life.steps[-1].at + timedelta(seconds=90)
        prefix = "".join(part[0] for part in card.code.split("-"))[:3]
        via = "Seller Centre" if card.channel.value == "platform" else card.portal or f"claims desk, {card.payer_name}"
        self.do("submit", case_number=f"{prefix}-{self.parcel.market}{rng.randrange(10**6, 10**7)}", via=via[:200])
        self.life.due = None
        self.reach("submitted")
        if rng.random() < 0.6:
            self.wait(0.5, 4.0)
            self.do("record_answer", action=ClaimAction.START_REVIEW, amount=None, text="", due_at=None)
            self.reach("in_review")
        if rng.random() < 0.22 or self.until == "information_asked":
            self.wait(0.5, 4.0)
            text = rng.choice(words.words()["payer"]["information"])
            due = (self.at + rng.uniform(1.6, 5.0) * DAYS).replace(microsecond=0)
            self.do("record_answer", action=ClaimAction.ASK_INFORMATION, amount=None, text=text, due_at=due)
            self.life.due = due
            self.reach("information_asked")
            self.life.due = None
            self.wait(0.1, 1.4)
            self.evidence("serial_numbers" if rng.random() < 0.3 else "other")
            self.do("record_answer", action=ClaimAction.SEND_INFORMATION, amount=None, text="", due_at=None)
            self.reach("in_review")
        if rng.random() < 0.3:
            self.wait(1.0, 5.0)
            self.talk("carrier")

    def _answer(self, arc: str, demand: Money) -> None:
        rng = self.rng
        said = words.words()["payer"]
        self.wait(2.0, 16.0)
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
        self.reach("rejected")
        if arc == "appealed":
            self.wait(0.5, 5.0)
            self.do("appeal", text=rng.choice(said["appeal"]))
            self.reach("appealed")
            self.wait(4.0, 15.0)
            if rng.random() < 0.5:
                self._approve(ClaimAction.APPROVE, demand, rng.choice(said["approved"]))
                return
            self._reject()
        self.wait(0.5, 4.0)
        self.do("record_answer", action=ClaimAction.CLOSE, amount=None, text="", due_at=None)
        self.wait(0.1, 2.0)
        self.close(self.cause(), Result.ABSORBED, 0)

    def _reject(self) -> None:
        said = self.rng.choice(words.words()["payer"]["rejected"])
        self.do(
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
        self.do(
            "record_answer",
            action=action,
            amount=amount if action is ClaimAction.PARTLY_APPROVE else None,
            text=text,
            due_at=due,
        )
        self.reach("approved" if action is ClaimAction.APPROVE else "partly_approved")
        self.wait(3.0, 17.0)
        number = f"{self.parcel.market}-PAY-{rng.randrange(10**7, 10**8)}"
        self.do("record_payout", received=amount, paid_on=self.at.astimezone(OFFICE).date(), reference=number)
        self.reach("paid")
        self.wait(0.05, 2.5)
        if amount.amount >= self.parcel.value:
            self.close(self.cause(), Result.RECOVERED, 2)
        else:
            self.close(self.cause(), Result.PARTLY_RECOVERED, 0)
