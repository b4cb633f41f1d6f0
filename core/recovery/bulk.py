"""Several claims of one payer prepared, filed or followed up at once, each through the door of the single claim.

Every row stands alone: what is refused is undone to where that row began, told in a sentence, and the others stay. A page
takes long lists in portions (`portions`), each its own transaction under its own submission key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from core.cases.evidence import add_evidence
from core.foundation.database import IN_THE_WAY
from core.foundation.errors import Duplicate, Invalid, NotFound, Refusal, TooLarge
from core.foundation.gate import read, verb
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Evidence, Incident, Shipment
from core.models.claim import ClaimState
from core.models.contact import Channel
from core.recovery import claims, packs, rule_cards
from core.recovery.claim_states import CLAIMS, ClaimAction
from core.recovery.watching import OfPayer, Shelf, one_per_payer

MOST = 200
"""Claims in one go."""
PORTION = 10
"""Claims in one transaction: long enough to be quick, short enough that nobody waits for the cases it holds."""
RECEIPT = "receipt"

T = TypeVar("T")


class Outcome(StrEnum):
    """What became of a row. PART: some of it stands, and the sentence says what does not."""

    DONE = "done"
    PART = "part"
    REFUSED = "refused"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.DONE: N_("Done"),
    Outcome.PART: N_("Done in part"),
    Outcome.REFUSED: N_("Refused"),
}


@dataclass(frozen=True)
class Row:
    """One row of the report. `claim_id` and `reference` are None where no claim came to be; `said` is for the reader."""

    incident_id: int
    case: str
    claim_id: int | None
    reference: str | None
    outcome: Outcome
    said: str


@dataclass(frozen=True)
class Report:
    """What became of every row, in the order they were given."""

    rows: tuple[Row, ...] = ()

    def of(self, outcome: Outcome) -> tuple[Row, ...]:
        """The rows that ended so."""
        return tuple(row for row in self.rows if row.outcome is outcome)

    def __add__(self, other: Report) -> Report:
        return Report(self.rows + other.rows)

    def plain(self) -> list[dict[str, Any]]:
        """As JSON, for a submission's stored result."""
        return [asdict(row) for row in self.rows]

    @classmethod
    def read(cls, stored: Iterable[Mapping[str, Any]]) -> Report:
        """From what `plain` gave."""
        return cls(tuple(Row(**{**row, "outcome": Outcome(row["outcome"])}) for row in stored))


@dataclass(frozen=True)
class Start:
    """One to prepare: a case, and the code of the card to claim under. Without a card, the payer's that comes first."""

    incident_id: int
    rule: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What the payer gave for all of them, added to each case."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Ahead:
    """What an action would meet: the claim, and why it would be refused, if it would."""

    claim_id: int
    incident_id: int
    reference: str
    case: str
    payer: str
    state: ClaimState
    reason: str | None


def portions(rows: Sequence[T], size: int = PORTION) -> list[Sequence[T]]:
    """The rows in portions, each for a transaction of its own."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


@read(Permission.CLAIM_READ)
def look_ahead(
    session: Session, claim_ids: Sequence[int], action: ClaimAction, *, actor: Actor, now: datetime
) -> list[Ahead]:
    """What an action would meet on each claim, in the given order: the same guards the verbs ask, without doing it.

    MARK_READY stands for preparing: a claim that is ready already only gets its pack.
    """
    found = []
    for claim, case in _known(session, claim_ids):
        reason = None if action is ClaimAction.MARK_READY and claim.state is ClaimState.READY else ""
        if reason is not None:
            reason = _reason(session, claim, action, actor, now)
        found.append(Ahead(claim.id, claim.incident_id, claim.reference, case, claim.payer_name, claim.state, reason))
    return found


@verb(Permission.CLAIM_PREPARE)
def start_many(
    session: Session,
    starts: Sequence[Start],
    *,
    actor: Actor,
    ready: bool = True,
    build: bool = True,
    language: str | None = None,
    now: datetime,
) -> Report:
    """Draft a claim for each case under its card, mark it ready and build its pack, as far as each gets.

    A claim on that payer which is there already and not filed is gone on with. Raises `TooLarge` beyond `MOST`.
    """
    _bounded(starts)
    shelf = Shelf(session, actor)
    done: dict[int, Row] = {}
    # In the order of the cases, so that two people's batches queue up instead of blocking each other.
    for start in sorted(starts, key=lambda one: one.incident_id):
        done[start.incident_id] = _start(session, start, shelf, actor, ready, build, language, now)
    return Report(tuple(done[start.incident_id] for start in starts))


@verb(Permission.CLAIM_PREPARE)
def prepare_many(
    session: Session,
    claim_ids: Sequence[int],
    *,
    actor: Actor,
    build: bool = True,
    language: str | None = None,
    now: datetime,
) -> Report:
    """Mark drafts ready and build their packs; claims that are ready already get their pack. Raises `TooLarge`."""

    def one(claim: Claim, case: str) -> Row:
        return _finish(session, claim, case, [], actor, True, build, language, now)

    return _each(session, claim_ids, one)


@verb(Permission.CLAIM_SUBMIT)
def submit_many(
    session: Session,
    claim_ids: Sequence[int],
    *,
    actor: Actor,
    via: str,
    number: str = "",
    numbers: Mapping[int, str] | None = None,
    receipt: Receipt | None = None,
    now: datetime,
) -> Report:
    """Note that claims of one payer were filed now: `numbers` has each one's case number, `number` the common one.

    The receipt is added to each case once. Raises `Invalid` for claims of several payers, `TooLarge` beyond `MOST`.
    """
    _one_payer(session, claim_ids)

    def one(claim: Claim, case: str) -> Row:
        own = (numbers or {}).get(claim.id, "").strip() or number.strip()

        def write() -> str:
            proof = _receipt(session, claim.incident_id, receipt, actor, now) if receipt else None
            claims.submit(session, claim.id, actor=actor, case_number=own, via=via, receipt_id=proof, now=now)
            return _("Filed under {number}.", number=own)

        return _row(claim, case, *_tried(session, write))

    return _each(session, claim_ids, one)


@verb(Permission.CLAIM_ANSWER)
def follow_up_many(
    session: Session,
    claim_ids: Sequence[int],
    *,
    actor: Actor,
    channel: Channel,
    text: str,
    name: str = "",
    staff_number: str = "",
    next_on: date | None = None,
    now: datetime,
) -> Report:
    """Note one talk with the payer about several of its claims, and when each is asked after again.

    Raises `Invalid` for claims of several payers, `TooLarge` beyond `MOST`.
    """
    _one_payer(session, claim_ids)

    def one(claim: Claim, case: str) -> Row:
        def write() -> str:
            claims.follow_up(
                session,
                claim.id,
                actor=actor,
                channel=channel,
                text=text,
                name=name,
                staff_number=staff_number,
                next_on=next_on,
                now=now,
            )
            return _("Followed up.")

        return _row(claim, case, *_tried(session, write))

    return _each(session, claim_ids, one)


def _each(session: Session, claim_ids: Sequence[int], one: Callable[[Claim, str], Row]) -> Report:
    """Every claim in the order of the cases; the report in the order that was given."""
    _bounded(claim_ids)
    known = _known(session, claim_ids)
    done = {claim.id: one(claim, case) for claim, case in sorted(known, key=lambda pair: pair[0].incident_id)}
    return Report(tuple(done[claim.id] for claim, _case in known))


def _known(session: Session, claim_ids: Sequence[int]) -> list[tuple[Claim, str]]:
    """The claims with their cases' references, in the given order, each once. Raises `NotFound` for one that is none."""
    wanted = list(dict.fromkeys(claim_ids))
    found = {
        claim.id: (claim, case)
        for claim, case in session.execute(
            select(Claim, Incident.reference)
            .join(Incident, Incident.id == Claim.incident_id)
            .where(Claim.id.in_(wanted))
        )
    }
    if len(found) < len(wanted):
        raise NotFound(_("There is no such claim."))
    return [found[one] for one in wanted]


def _bounded(rows: Sequence[Any]) -> None:
    if len(rows) > MOST:
        raise TooLarge(_("At most {n} claims at once. Choose fewer.", n=MOST))


def _one_payer(session: Session, claim_ids: Sequence[int]) -> None:
    """Raise `Invalid` with the payers' names, unless it is one."""
    names = sorted(set(session.scalars(select(Claim.payer_name).where(Claim.id.in_(list(claim_ids))))))
    if len(names) > 1:
        raise Invalid(_("Choose claims of one payer. These are of {payers}.", payers=", ".join(names[:5])))


def _tried(session: Session, write: Callable[[], str]) -> tuple[Outcome, str]:
    """Do it within a savepoint: done with its sentence, or undone with the reason. A bug is no reason: it is raised."""
    try:
        with session.begin_nested():
            return Outcome.DONE, write()
    except Refusal as refusal:
        return Outcome.REFUSED, refusal.message
    except StaleDataError:
        return Outcome.REFUSED, _("Somebody changed this meanwhile. Look at it again.")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in IN_THE_WAY:
            raise
        return Outcome.REFUSED, _("Somebody else is working on this case at this very moment. Try it again.")


def _row(claim: Claim, case: str, outcome: Outcome, said: str) -> Row:
    return Row(claim.incident_id, case, claim.id, claim.reference, outcome, said)


def _start(
    session: Session,
    start: Start,
    shelf: Shelf,
    actor: Actor,
    ready: bool,
    build: bool,
    language: str | None,
    now: datetime,
) -> Row:
    case = session.scalar(select(Incident.reference).where(Incident.id == start.incident_id))
    if case is None:
        raise NotFound(_("There is no such incident."))
    drafted: list[str] = []

    def write() -> str:
        incident = session.get_one(Incident, start.incident_id)
        card = _card(session, incident, start.rule, shelf, now).card
        try:
            with session.begin_nested():
                claim = claims.draft_claim(session, incident.id, actor=actor, rule_card_id=card.id, now=now)
            said = _("Drafted.")
        except Duplicate as there:
            if not _goes_on(session, there.reference):
                raise
            drafted.append(str(there.reference))
            return _("The draft was there already.")
        drafted.append(claim.reference)
        return said

    outcome, said = _tried(session, write)
    if outcome is not Outcome.DONE:
        return Row(start.incident_id, case, None, None, outcome, said)
    claim = session.scalars(select(Claim).where(Claim.reference == drafted[0])).one()
    return _finish(session, claim, case, [said], actor, ready, build, language, now)


def _goes_on(session: Session, reference: str | None) -> bool:
    """Whether the claim that is there already is not filed yet."""
    state = session.scalar(select(Claim.state).where(Claim.reference == reference))
    return state in (ClaimState.DRAFT, ClaimState.READY)


def _card(session: Session, incident: Incident, rule: str | None, shelf: Shelf, now: datetime) -> OfPayer:
    """The card to claim under: the one of that code as it holds today, or the closest fit of the payer asked first."""
    shipment = session.get_one(Shipment, incident.shipment_id)
    carrier = shelf.carrier(shipment.carrier_id)
    cards = shelf.cards(shipment, incident.type, now.date())
    facts = rule_cards.facts_of(shipment, reported_at=incident.noticed_at)
    fit = one_per_payer([one for one in cards if rule in (None, one.code)], facts, carrier)
    if not fit:
        raise Invalid(_("No rule card fits this parcel any more. Start the claim on the screen of its case."))
    return fit[0]


def _finish(
    session: Session,
    claim: Claim,
    case: str,
    said: list[str],
    actor: Actor,
    ready: bool,
    build: bool,
    language: str | None,
    now: datetime,
) -> Row:
    """Mark ready and build the pack, as far as it goes: `said` is what stands already."""

    def make_ready() -> str:
        claims.mark_ready(session, claim.id, actor=actor, now=now)
        return _("Ready to file.")

    def make_pack() -> str:
        packs.build_pack(session, claim.id, actor=actor, language=language, now=now)
        return _("Pack built.")

    steps = [make_ready] if ready and claim.state is not ClaimState.READY else []
    steps += [make_pack] if build and ready else []
    for step in steps:
        outcome, sentence = _tried(session, step)
        said.append(sentence)
        if outcome is not Outcome.DONE:
            return _row(claim, case, Outcome.PART if len(said) > 1 else outcome, " ".join(said))
    return _row(claim, case, Outcome.DONE, " ".join(said) or _("Ready to file."))


def _receipt(session: Session, incident_id: int, receipt: Receipt, actor: Actor, now: datetime) -> int:
    """The receipt among the case's evidence: the one that is there already, or a new one."""
    digest = hashlib.sha256(receipt.data).hexdigest()
    there = session.scalar(
        select(Evidence.id).where(
            Evidence.incident_id == incident_id, Evidence.sha256 == digest, Evidence.withdrawn_at.is_(None)
        )
    )
    if there is not None:
        return there
    added = add_evidence(session, incident_id, actor=actor, name=receipt.name, data=receipt.data, kind=RECEIPT, now=now)
    return added.id


def _reason(session: Session, claim: Claim, action: ClaimAction, actor: Actor, now: datetime) -> str | None:
    """Why the claim would not take this action now; None when it would."""
    for offer in claims.offers_of(session, claim, actor=actor, now=now):
        if offer.action == action:
            return offer.reason
    try:
        CLAIMS.step(claim.state, action)
    except Refusal as refusal:
        return refusal.message
    return None
