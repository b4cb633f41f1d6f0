"""The next irreversible moment of a case, and the one step that brings it forward. Never a dead button: where the step
itself is blocked, the step offered is the one that unblocks it. Which clock leads is `clock_order`'s to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.cases import messages
from core.cases.checklist import lacking
from core.cases.clocks.ends import WAYS
from core.cases.kinds import WHO_LABELS
from core.cases.kinds import facts_of as facts_of_kind
from core.cases.words import payer_said
from core.desk.case_claims import ENDED, UNFILED, facts_of, needs_of
from core.desk.case_disputes import DisputeRow
from core.desk.clock_order import in_order
from core.desk.story import ClaimRow, ClockRow, Story
from core.desk.worklist import money_words, proof_words
from core.foundation.formats import amount, moment
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Actor, Permission
from core.models.claim import ClaimState
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.dispute import DisputeState
from core.models.incident import Tier
from core.recovery.claim_states import beyond_the_loss, early, late
from core.recovery.claims.times import OWN

P = Permission


class Step(StrEnum):
    """What can be offered: the dialog or place of the case screen that does it."""

    EVIDENCE = "evidence"
    LOSS = "loss"
    READY = "ready"
    SUBMIT = "submit"
    EXPIRE = "expire"
    SEND = "send"
    APPEAL = "appeal"
    ANSWER = "answer"
    FOLLOW_UP = "follow-up"
    PAYOUT = "payout"
    PROMISE = "promise"
    WRITE = "write"
    CONTACT = "contact"
    DRAFT = "draft"
    TASK = "task"
    MONEY = "money"
    OFFER = "offer"
    DISPUTE = "dispute"
    RESUME = "resume"
    ASSIGN = "assign"
    DISCARD = "discard"
    CLOSE = "close"


RIGHTS: dict[Step, Permission] = {
    Step.EVIDENCE: P.EVIDENCE_ADD,
    Step.LOSS: P.LEDGER_POST,
    Step.READY: P.CLAIM_PREPARE,
    Step.SUBMIT: P.CLAIM_SUBMIT,
    Step.EXPIRE: P.CLAIM_PREPARE,
    Step.SEND: P.CLAIM_ANSWER,
    Step.APPEAL: P.CLAIM_SUBMIT,
    Step.ANSWER: P.CLAIM_ANSWER,
    Step.FOLLOW_UP: P.CLAIM_ANSWER,
    Step.PAYOUT: P.PAYOUT_RECORD,
    Step.PROMISE: P.CONTACT_LOG,
    Step.WRITE: P.MESSAGE_WRITE,
    Step.CONTACT: P.CONTACT_LOG,
    Step.DRAFT: P.CLAIM_PREPARE,
    Step.TASK: P.CLAIM_PREPARE,
    Step.MONEY: P.PAYOUT_RECORD,
    Step.OFFER: P.CLAIM_ANSWER,
    Step.DISPUTE: P.DISPUTE_EDIT,
    Step.RESUME: P.CLOCK_PAUSE,
    Step.ASSIGN: P.INCIDENT_ASSIGN,
    Step.DISCARD: P.CLAIM_PREPARE,
    Step.CLOSE: P.INCIDENT_CLOSE,
}


SOON = timedelta(days=1)
"""How near a clock has to be to come before an offer without a day."""
BY_CLOCK = frozenset({Step.PROMISE, Step.TASK, Step.MONEY, Step.DISPUTE, Step.RESUME})
"""Steps that are about a clock, not about a claim."""


@dataclass(frozen=True)
class Next:
    """What comes next. `at` is the moment (None: none runs), `opens` whether something opens then instead of ending.

    `step` is None where nothing can be done yet, or not by this person. `claim_id` and `clock_id` say for what.
    """

    at: datetime | None
    opens: bool
    sentence: str
    detail: str
    step: Step | None
    button: str
    claim_id: int | None = None
    clock_id: int | None = None


def next_step(
    story: Story,
    *,
    actor: Actor,
    now: datetime,
    closed: bool = False,
    requests: Sequence[DisputeRow] = (),
) -> Next | None:
    """The next moment of an open case with the step to take; None for a closed one.

    `closed` says that every payer's window had closed before anybody could watch it, `requests` are the buyers' requests of the case.
    """
    if not story.header.open:
        return None
    running = in_order((clock for clock in story.clocks if clock.state is ClockState.RUNNING), now)
    found = _after_arrival(story) or _undated_offer(requests, running, now)
    found = found or (_of_clock(story, running[0], now) if running else _without(story, now, closed))
    if found.step is not None and not actor.may(RIGHTS[found.step]):
        return Next(found.at, found.opens, found.sentence, found.detail, None, "", found.claim_id, found.clock_id)
    return found


def _undated_offer(requests: Sequence[DisputeRow], running: Sequence[ClockRow], now: datetime) -> Next | None:
    """An offer in a request that names no day can be gone any time: it comes before all that is not due within a day."""
    waits = next((one for one in requests if one.mine and one.state is DisputeState.OFFERED), None)
    if waits is None or any(clock.kind is ClockKind.DISPUTE_OFFER for clock in running):
        return None
    if running and _moment(running[0], now) <= now + SOON:
        return None
    sentence = _("Answer the offer in return {number}: no day for it is known", number=waits.return_number)
    detail = _("Offered {amount}.", amount=amount(waits.offered)) if waits.offered is not None else ""
    return Next(None, False, sentence, detail, None, "")


def arrived_after_all(story: Story) -> bool:
    """Whether a parcel counted as lost was delivered after that was noticed, and nobody has paid for it."""
    header = story.header
    return header.open and header.arrived_at is not None and not header.recovered


def _after_arrival(story: Story) -> Next | None:
    """What is left to do once the parcel is there, unless a payer or the platform still waits for us."""
    if not arrived_after_all(story):
        return None
    asked = (ClockKind.MONEY, *DISPUTE_STEPS)
    if any(clock.kind in asked and clock.state in LIVING for clock in story.clocks):
        return None
    living = [claim for claim in story.claims if claim.state not in ENDED]
    when = moment(story.header.arrived_at, story.header.shop_zone)
    if not living:
        sentence = _("The parcel was delivered {when}. Close the case as arrived.", when=when)
        detail = _("The loss booked for the goods is taken back with it.")
        return Next(None, False, sentence, detail, Step.CLOSE, _("Close as arrived"))
    if all(claim.state in UNFILED for claim in living):
        sentence = _(
            "The parcel was delivered {when}. Discard {claim}, then close the case as arrived.",
            when=when,
            claim=living[0].reference,
        )
        return Next(None, False, sentence, "", Step.DISCARD, _("Discard the draft"), living[0].id)
    return None


def _moment(clock: ClockRow, now: datetime) -> datetime:
    """When a clock asks for something: a window that has not opened yet counts by its opening."""
    if clock.opens_at is not None and (clock.opens_at > now or clock.due_at is None):
        return clock.opens_at
    return clock.due_at or clock.created_at


def _of_clock(story: Story, clock: ClockRow, now: datetime) -> Next:
    claim = next((one for one in story.claims if one.id == clock.claim_id), None)
    at = _moment(clock, now)
    if clock.kind in _TASKS:
        return _task(clock, claim, at, now)
    if clock.kind is ClockKind.CLAIM_WINDOW and claim is None:
        opens = clock.opens_at is not None and clock.opens_at > now
        about = {"payer": payer_said(clock.title), "when": moment(at, clock.zone), "zone": clock.zone}
        watched = (
            _("{payer} takes the claim from {when} ({zone})") if opens else _("Claim on {payer} by {when} ({zone})")
        )
        value = _("At stake {amount}.", amount=amount(story.header.value))
        return Next(at, opens, watched.format(**about), value, Step.DRAFT, _("Draft a claim"), clock_id=clock.id)
    if clock.kind in DISPUTE_STEPS:
        return _dispute(clock, at)
    if clock.kind is ClockKind.PROMISE or claim is None:
        return _promise(clock, now)
    if clock.kind is ClockKind.MONEY:
        return _money(clock, claim)
    told = {"payer": payer_said(claim.payer_name), "when": moment(at, clock.zone), "zone": clock.zone}
    if clock.kind is ClockKind.CLAIM_WINDOW:
        return _window(story, claim, clock, now, told)
    stake = _stake(claim)
    late = at < now
    answers = (
        _("{payer} was to answer by {when} ({zone}): ask for it") if late else _("{payer} answers by {when} ({zone})")
    )
    pays = _("{payer} was to pay by {when} ({zone}): ask for it") if late else _("{payer} pays by {when} ({zone})")
    words = {
        ClockKind.ANSWER: (
            answers.format(**told),
            Step.FOLLOW_UP if late else Step.ANSWER,
            _("Follow up") if late else _("Record the answer"),
        ),
        ClockKind.OFFER: (_("Decide on the offer of {payer} by {when} ({zone})", **told), Step.OFFER, _("Decide")),
        ClockKind.INFORMATION: (
            _("Send {payer} what was asked by {when} ({zone})", **told),
            Step.SEND,
            _("Information sent"),
        ),
        ClockKind.APPEAL: (_("Appeal to {payer} by {when} ({zone})", **told), Step.APPEAL, _("Appeal")),
        ClockKind.PAYMENT: (pays.format(**told), Step.PAYOUT, _("Record the payout")),
    }
    sentence, step, button = words[clock.kind]
    if clock.kind is ClockKind.APPEAL and clock.rule == OWN:
        sentence = _(
            "Appeal to {payer}, or close the claim: no time for it is known", payer=payer_said(claim.payer_name)
        )
    return Next(at, False, sentence, stake, step, button, claim.id, clock.id)


DISPUTE_STEPS: dict[ClockKind, tuple[str, str]] = {
    ClockKind.DISPUTE_RESPONSE: (
        N_("Answer return {number} by {when} ({zone})"),
        N_("After that the platform decides for the buyer."),
    ),
    ClockKind.DISPUTE_RETURN: (
        N_("Check what came back with return {number} by {when} ({zone})"),
        N_("After that it counts as in order."),
    ),
    ClockKind.DISPUTE_EVIDENCE: (
        N_("Send proof for return {number} by {when} ({zone})"),
        N_("After that it is not looked at."),
    ),
    ClockKind.DISPUTE_COMPENSATION: (
        N_("Ask for compensation for return {number} by {when} ({zone})"),
        N_("After that the refund stays ours."),
    ),
    ClockKind.DISPUTE_OFFER: (
        N_("Answer the offer in return {number} by {when} ({zone})"),
        N_("After that the platform decides."),
    ),
}
"""What the platform asks in a buyer's request: the sentence and what follows from silence."""


def _dispute(clock: ClockRow, at: datetime) -> Next:
    """A moment the platform set in a buyer's request."""
    sentence, silence = DISPUTE_STEPS[clock.kind]
    said = _(sentence, number=clock.title, when=moment(at, clock.zone), zone=clock.zone)
    return Next(at, False, said, _(silence), Step.DISPUTE, _("Say it is done"), clock_id=clock.id)


_TASKS = frozenset({ClockKind.PROOF, ClockKind.TRACE, ClockKind.DOCUMENTS})


def _task(clock: ClockRow, claim: ClaimRow | None, at: datetime, now: datetime) -> Next:
    """Proof to get before it is gone, a trace to ask for, documents to send."""
    opens = clock.opens_at is not None and clock.opens_at > now
    if clock.kind is ClockKind.PROOF:
        sentence = proof_words(clock.title, clock.due_at, clock.zone, now)
        who = WHO_LABELS.get(facts_of_kind(clock.title).who)
        detail = _(who) if who else ""
        return Next(at, False, sentence, detail, Step.EVIDENCE, _("Add files"), clock_id=clock.id)
    told = {
        "payer": payer_said(claim.payer_name if claim else clock.title),
        "when": moment(at, clock.zone),
        "zone": clock.zone,
    }
    if clock.kind is ClockKind.TRACE:
        sentence = (
            _("{payer} takes a trace from {when} ({zone})")
            if opens
            else _("Ask {payer} for a trace by {when} ({zone})")
            if clock.due_at
            else _("Ask {payer} for a trace: it is taken since {when} ({zone})")
        )
        button = _("Trace asked for")
    else:
        sentence = _("Send {payer} the documents by {when} ({zone})")
        button = _("Documents sent")
    return Next(at, opens, sentence.format(**told), "", None if opens else Step.TASK, button, clock_id=clock.id)


def _money(clock: ClockRow, claim: ClaimRow) -> Next:
    """Money that is not what it should be."""
    approved, paid = (None if one is None else one.amount for one in (claim.approved, claim.paid))
    sentence = money_words(clock.title, payer_said(claim.payer_name), approved, paid, claim.demand.currency)
    return Next(clock.due_at, False, sentence, "", Step.MONEY, _("Settle"), claim.id, clock.id)


def _stake(claim: ClaimRow) -> str:
    return _("At stake {amount}.", amount=amount(claim.demand))


def _promise(clock: ClockRow, now: datetime) -> Next:
    if about := messages.situation_of(clock.rule):
        late = clock.due_at is not None and clock.due_at < now
        what, when = messages.chore(about, late=late), moment(clock.due_at, clock.zone)
        sentence = _("{what}, by {when} ({zone})", what=what, when=when, zone=clock.zone)
        step, button = (Step.WRITE, _("Write")) if messages.is_word(clock.rule) else (Step.PROMISE, _("Settle"))
        return Next(clock.due_at, False, sentence, "", step, button, clock_id=clock.id)
    told = {"promise": messages.promise_said(clock.title), "when": moment(clock.due_at, clock.zone), "zone": clock.zone}
    if clock.promise_by is None:
        sentence = _("We promised by {when} ({zone}): {promise}", **told)
    else:
        sentence = _("Promised to us by {when} ({zone}): {promise}", **told)
    return Next(clock.due_at, False, sentence, "", Step.PROMISE, _("Settle the promise"), clock_id=clock.id)


def _window(story: Story, claim: ClaimRow, clock: ClockRow, now: datetime, told: dict[str, str]) -> Next:
    """A claim that is not filed yet: before its window, inside it, or too late."""
    facts = facts_of(story, claim, now)
    at, missing = _moment(clock, now), len(lacking(needs_of(story, claim)))
    opens = early(facts) is not None
    if late(facts):
        sentence = _("The window of {payer} closed on {when} ({zone})", **told)
        return Next(at, False, sentence, "", Step.EXPIRE, _("Put the claim away"), claim.id, clock.id)
    if opens:
        sentence = _("The window of {payer} opens on {when} ({zone})", **told)
        detail = _("Before that the payer refuses the claim. Prepare it now.")
    elif clock.due_at is None:
        sentence = _("File the claim with {payer}: its window is open since {when} ({zone})", **told)
        detail = _("No closing date is known, so file at once. At stake {amount}.", amount=amount(claim.demand))
    else:
        sentence = _("File the claim with {payer} before {when} ({zone})", **told)
        detail = _("After that the payer pays nothing. At stake {amount}.", amount=amount(claim.demand))
    if missing:
        button = _n("Add the missing document", "Add the {n} missing documents", missing)
        return Next(at, opens, sentence, detail, Step.EVIDENCE, button, claim.id, clock.id)
    if beyond_the_loss(facts):
        return Next(at, opens, sentence, detail, Step.LOSS, _("Post the loss"), claim.id, clock.id)
    if claim.state is ClaimState.DRAFT:
        return Next(at, opens, sentence, detail, Step.READY, _("Mark ready"), claim.id, clock.id)
    if opens:
        return Next(at, opens, sentence, detail, None, "", claim.id, clock.id)
    return Next(at, opens, sentence, detail, Step.SUBMIT, _("Submit claim"), claim.id, clock.id)


def _without(story: Story, now: datetime, closed: bool) -> Next:
    """No clock runs: what moves the case then."""
    paused = [clock for clock in story.clocks if clock.state is ClockState.PAUSED]
    if paused:
        sentence = _n("A clock is paused, nothing else runs", "{n} clocks are paused, nothing else runs", len(paused))
        return Next(None, False, sentence, "", Step.RESUME, _("Let it run on"), clock_id=paused[0].id)
    living = [claim for claim in story.claims if claim.state not in ENDED]
    if living:
        return _living(story, living[0], now)
    value = amount(story.header.value)
    missed = any(clock.state is ClockState.MISSED and clock.kind in WAYS for clock in story.clocks)
    if missed or (closed and not story.claims):
        sentence = _("Every window has closed. Close the case with its cause and result.")
        return Next(None, False, sentence, _("Lost {amount}.", amount=value), Step.CLOSE, _("Close the case"))
    if story.claims:
        return Next(
            None,
            False,
            _("Every claim has ended. Close the case with its cause and result."),
            "",
            Step.CLOSE,
            _("Close the case"),
        )
    if story.header.tier is Tier.ABSORB:
        sentence = _("Nothing to claim under the value policy. Settle with the buyer, then close the case.")
        return Next(None, False, sentence, _("Value {amount}.", amount=value), Step.CLOSE, _("Close the case"))
    sentence = _("No claim is drafted yet, so no window is watched.")
    return Next(None, False, sentence, _("At stake {amount}.", amount=value), Step.DRAFT, _("Draft a claim"))


def _living(story: Story, claim: ClaimRow, now: datetime) -> Next:
    """A claim without a clock: its window is not known, or its payer was given no time."""
    facts, payer = facts_of(story, claim, now), payer_said(claim.payer_name)
    missing = len(lacking(facts.needs))
    if claim.state in (ClaimState.DRAFT, ClaimState.READY):
        sentence = _("File the claim with {payer}: no closing date is known", payer=payer)
        if missing:
            button = _n("Add the missing document", "Add the {n} missing documents", missing)
            return Next(None, False, sentence, _stake(claim), Step.EVIDENCE, button, claim.id)
        if beyond_the_loss(facts):
            return Next(None, False, sentence, _stake(claim), Step.LOSS, _("Post the loss"), claim.id)
        ready = claim.state is ClaimState.READY
        step, button = (Step.SUBMIT, _("Submit claim")) if ready else (Step.READY, _("Mark ready"))
        return Next(None, False, sentence, _stake(claim), step, button, claim.id)
    if claim.state in (ClaimState.APPROVED, ClaimState.PARTLY_APPROVED):
        sentence = _("{payer} approved; the money has not come yet", payer=payer)
        return Next(None, False, sentence, _stake(claim), Step.PAYOUT, _("Record the payout"), claim.id)
    if claim.state is ClaimState.REJECTED:
        sentence = _("{payer} rejected the claim", payer=payer)
        return Next(None, False, sentence, _stake(claim), Step.APPEAL, _("Appeal"), claim.id)
    sentence = _("{payer} has the claim; no date for the answer is known", payer=payer)
    return Next(None, False, sentence, _stake(claim), Step.ANSWER, _("Record the answer"), claim.id)
