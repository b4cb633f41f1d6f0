"""Building a pack: the archive with everything untouched, and beside it the files that its receiver takes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from core.cases.checklist import lacking
from core.cases.kinds import kind_name
from core.foundation import audit, files
from core.foundation.errors import Conflict, GuardFailed, NotFound, TooLarge, WrongState
from core.foundation.files import Store
from core.foundation.formats import listed
from core.foundation.gate import read, verb
from core.foundation.language import LANGUAGES, _, current, using
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Incident, Pack, PackPart, RuleCard
from core.models.claim import ClaimState
from core.money import ledger
from core.recovery import receivers
from core.recovery.claims.news import new_since
from core.recovery.packs import archive
from core.recovery.packs.archive import Made
from core.recovery.packs.facts import PackFacts, gather
from core.recovery.packs.fit import Fitted, Form, Plan, fit, plan
from core.recovery.packs.keep import PackFile, PartFile, keep, part_of, read_packs
from core.recovery.receivers import Receiver
from core.recovery.templates import filling

LARGEST = 3_000_000_000
"""Bytes of evidence in one pack; beyond it an archive needs extensions that portals cannot read."""

ADVISED = "advised"
"""Build for the receiver that belongs to the claim's payer."""
ARCHIVE = ""
"""Build the archive alone."""

_ENDED = (ClaimState.EXPIRED, ClaimState.WITHDRAWN)


@verb(Permission.PACK_BUILD)
def build_pack(
    session: Session,
    claim_id: int,
    *,
    actor: Actor,
    language: str | None = None,
    receiver: str = ADVISED,
    delta: bool = False,
    templates: Sequence[int] = (),
    now: datetime,
) -> PackFile:
    """Build the pack of a claim in `language` (the reader's, if not given). A draft's pack is marked as one.

    Beside the archive the files for `receiver` (a code, `ADVISED`, or `ARCHIVE` for none) are made and checked. With
    `delta` only what came since the payer was last written to. `templates` are ids of payers' forms to be filled.
    Raises `GuardFailed` naming the documents that are missing once the claim is no draft, `WrongState` for one that ended
    or where nothing is new, `TooLarge` or `Invalid` naming the file and the limit for what cannot fit, `Unavailable`
    when a file of the case is gone or was changed.
    """
    with using(language if language in LANGUAGES else current()):
        store = files.store()
        for _attempt in range(2):
            facts = _facts(session, claim_id, actor, delta, now)
            chosen = _receiver(facts, receiver)
            forms = [filling.fill_for(session, template_id, facts) for template_id in templates]
            made = _make(facts, store, forms)
            fitted = _fit(facts, chosen, store, made, forms)
            ledger.lock_incident(session, facts.incident.id)
            if audit.head(session, facts.incident.id) == (facts.chain_length, facts.chain_head):
                return keep(session, facts, made, chosen, fitted, actor=actor, now=now)
            # Somebody worked on the case meanwhile. Once more, now with the case locked, so that it cannot happen again.
            session.flush()
            session.expire_all()
    raise Conflict(_("The case changed while the pack was built. Build it again."))


@dataclass(frozen=True)
class Preview:
    """What a build would do: the plan, whether it is a draft, which documents the payer demands are missing (codes)."""

    plan: Plan
    draft: bool
    missing: tuple[str, ...]


@read(Permission.CLAIM_READ)
def preview_pack(
    session: Session, claim_id: int, receiver: str = ADVISED, *, actor: Actor, delta: bool = False, now: datetime
) -> Preview:
    """What would be converted, joined, split and left out, without building it. Raises `NotFound`, `WrongState`."""
    claim = _claim(session, claim_id)
    draft = claim.state is ClaimState.DRAFT
    facts = gather(session, claim_id, actor=actor, draft=draft, news=_news(session, claim_id, actor, delta), now=now)
    chosen = _receiver(facts, receiver) or receivers.advised(facts.card, facts.incident.type, claim.payer_name)
    return Preview(plan(chosen, facts.exhibits), draft, lacking(facts.needs))


@read(Permission.CLAIM_READ)
def advised_receiver(session: Session, claim_id: int, *, actor: Actor) -> Receiver:
    """Whose limits a claim's pack should keep. Raises `NotFound`."""
    claim = _claim(session, claim_id)
    card, incident = session.get_one(RuleCard, claim.rule_card_id), session.get_one(Incident, claim.incident_id)
    return receivers.advised(card, incident.type, claim.payer_name)


@read(Permission.CLAIM_READ)
def list_packs(session: Session, claim_id: int, *, actor: Actor) -> list[PackFile]:
    """The packs of a claim, latest first."""
    return read_packs(session, Pack.claim_id == claim_id)


@read(Permission.CLAIM_READ)
def get_pack(session: Session, pack_id: int, *, actor: Actor) -> PackFile:
    """One pack, for whoever may also see what lies in it: evidence, and the buyer. Raises `NotFound`. Its `path` is the ZIP;
    `files.store().read(pack.pdf_sha256)` the PDF alone.
    """
    actor.require(Permission.EVIDENCE_READ)
    actor.require(Permission.BUYER_READ)
    found = read_packs(session, Pack.id == pack_id)
    if not found:
        raise NotFound(_("There is no such pack."))
    if found[0].removed_at is not None:
        raise NotFound(_("The files of this pack were removed with the buyer's data."))
    return found[0]


@read(Permission.CLAIM_READ)
def get_part(session: Session, part_id: int, *, actor: Actor) -> PartFile:
    """One file of a pack for its receiver, for whoever may also see evidence and the buyer. Raises `NotFound`."""
    actor.require(Permission.EVIDENCE_READ)
    actor.require(Permission.BUYER_READ)
    row = session.get(PackPart, part_id)
    if row is None:
        raise NotFound(_("There is no such file."))
    return part_of(row)


def parts_together(pack: PackFile) -> bytes:
    """All parts in one ZIP to take away, a folder for each sending where there are several."""
    out = io.BytesIO()
    moment = pack.built_at.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as together:
        for part in pack.parts:
            folder = f"{part.sending}of{pack.sendings}/" if pack.sendings > 1 else ""
            folder += f"{part.module}/" if part.module else ""
            member = zipfile.ZipInfo(folder + part.file_name, moment)
            member.external_attr, member.create_system = 0o100644 << 16, 3
            together.writestr(member, part.path.read_bytes())
    return out.getvalue()


def _claim(session: Session, claim_id: int) -> Claim:
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    return claim


def _facts(session: Session, claim_id: int, actor: Actor, delta: bool, now: datetime) -> PackFacts:
    claim = _claim(session, claim_id)
    if claim.state in _ENDED:
        raise WrongState(_("The claim has ended; there is nothing left to file."))
    draft = claim.state is ClaimState.DRAFT
    facts = gather(session, claim_id, actor=actor, draft=draft, news=_news(session, claim_id, actor, delta), now=now)
    missing = lacking(facts.needs)
    if missing and not facts.draft and not delta:
        names = listed(kind_name(code) for code in missing)
        raise GuardFailed(_("The pack is not complete, still missing: {documents}.", documents=names), missing)
    if sum(exhibit.item.size for exhibit in facts.exhibits) > LARGEST:
        raise TooLarge(
            _("The files of this case are more than {n} GB; withdraw what proves nothing.", n=LARGEST // 10**9)
        )
    return facts


def _news(session: Session, claim_id: int, actor: Actor, delta: bool) -> tuple[datetime, frozenset[int]] | None:
    """For a delta pack: since when, and the evidence that is new."""
    if not delta:
        return None
    news = new_since(session, claim_id, actor=actor)
    if news.since is None:
        raise WrongState(_("The payer was sent nothing yet: build the whole pack."))
    if not news.evidence_ids:
        raise WrongState(_("Nothing new was added since the payer was last written to. Add what the denial asks for."))
    return news.since, frozenset(news.evidence_ids)


def _receiver(facts: PackFacts, code: str) -> Receiver | None:
    if code == ARCHIVE:
        return None
    if code == ADVISED:
        return receivers.advised(facts.card, facts.incident.type, facts.claim.payer_name)
    return receivers.receiver(code)


def _make(facts: PackFacts, store: Store, forms: Sequence[Form]) -> Made:
    return archive.make(facts, store, forms)


def _fit(facts: PackFacts, receiver: Receiver | None, store: Store, made: Made, forms: Sequence[Form]) -> Fitted:
    return Fitted((), ()) if receiver is None else fit(facts, receiver, store, made.evidence, forms)
