"""Claims started for several cases: drafted under the right card, made ready, packed, each as far as it gets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import Duplicate, Invalid, NotFound
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Incident, Shipment
from core.models.claim import ClaimState
from core.recovery import claims, packs, rule_cards
from core.recovery.bulk.report import Outcome, Report, Row, Start
from core.recovery.bulk.rows import bounded, each, row, tried
from core.recovery.watching import OfPayer, Shelf, one_per_payer


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
    bounded(starts)
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

    return each(session, claim_ids, one)


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

    outcome, said = tried(session, write)
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
        outcome, sentence = tried(session, step)
        said.append(sentence)
        if outcome is not Outcome.DONE:
            return row(claim, case, Outcome.PART if len(said) > 1 else outcome, " ".join(said))
    return row(claim, case, Outcome.DONE, " ".join(said) or _("Ready to file."))
