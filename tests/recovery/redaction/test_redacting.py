"""After its days nothing of a buyer is left anywhere, the case keeps its numbers, and its chain still holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.cases import evidence, proof
from core.desk.soundness import soundness
from core.desk.story import story
from core.foundation import audit, config, files
from core.foundation.database import Base
from core.foundation.errors import NotAllowed, NotFound, WrongState
from core.foundation.permissions import SYSTEM, Role
from core.insight import clusters
from core.models import (
    AuditEvent,
    Contact,
    Dispute,
    Evidence,
    Incident,
    IncidentGroup,
    Message,
    Redaction,
    Shipment,
    Shop,
    StoredFile,
    Tag,
)
from core.models.contact import Party
from core.models.redaction import RedactionWhy
from core.recovery.redaction import Redacted, clear_files, redact_case
from core.recovery.redaction.reach import reached, unreached
from tests.factories import NOW, make_incident, make_shipment, make_shop
from tests.people import acting
from tests.planted import KEPT, PLANTED, USERNAME, Planted, close, plant
from tests.recovery.redaction.clearing import redacted

LATER = NOW + timedelta(days=91)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path, redact_days=0):
        yield tmp_path


def run(session: Session, now: datetime = LATER, **more: Any) -> Redacted:
    """Everything that is due, in the test's own session."""
    return redacted(session, now, **more)


def everything(session: Session) -> dict[str, str]:
    """Every row of every table as text."""
    session.flush()
    return {
        name: json.dumps(
            [row[0] for row in session.execute(text(f"select to_jsonb(t)::text from {name} t"))], ensure_ascii=False
        )
        for name in Base.metadata.tables
    }


def planted_in(session: Session) -> dict[str, list[str]]:
    found = {
        name: [word for word in PLANTED if word.lower() in said.lower()] for name, said in everything(session).items()
    }
    return {name: words for name, words in found.items() if words}


@pytest.fixture
def made(session: Session) -> Planted:
    found = plant(session)
    close(session, found)
    return found


@pytest.fixture
def packed(session: Session) -> Planted:
    found = plant(session, pack=True)
    close(session, found)
    return found


def test_the_planting_reaches_the_tables_it_is_meant_for(session: Session, made: Planted) -> None:
    assert set(planted_in(session)) >= {
        "audit_event", "claim", "claim_step", "clock", "comment", "contact", "dispute", "dispute_version", "evidence",
        "incident", "message", "shipment",
    }  # fmt: skip


def test_nothing_of_the_buyer_is_left_in_any_table_and_the_chain_holds(session: Session, packed: Planted) -> None:
    before = session.scalars(select(audit.AuditEvent.hash).where(audit.AuditEvent.chain == packed.incident.id)).all()
    found = run(session)
    assert (found.cases, found.failed) == (1, [])
    assert planted_in(session) == {}
    session.expire_all()
    assert audit.check_chain(session, packed.incident.id) is None
    after = session.scalars(select(audit.AuditEvent.hash).where(audit.AuditEvent.chain == packed.incident.id)).all()
    assert set(before) < set(after)
    assert proof.check_case(session, packed.incident.reference, files.store(), actor=SYSTEM).ok
    sound = soundness(session, files.store(), actor=SYSTEM)
    assert (sound.chains, sound.files) == ((), ())


def test_the_case_keeps_its_numbers_its_money_its_moments_and_the_team_s_words(session: Session, made: Planted) -> None:
    told = story(session, made.incident.reference, actor=SYSTEM)
    run(session)
    session.expire_all()
    now = story(session, made.incident.reference, actor=SYSTEM)
    assert (now.header.order_number, now.header.tracking_number) == (
        told.header.order_number,
        told.header.tracking_number,
    )
    assert (now.header.value, now.header.gross, now.header.recovered) == (
        told.header.value,
        told.header.gross,
        told.header.recovered,
    )
    assert [one.demand for one in now.claims] == [one.demand for one in told.claims]
    assert [(one.at, one.promise_due_at) for one in now.contacts] == [
        (one.at, one.promise_due_at) for one in told.contacts
    ]
    assert [(one.sequence, one.at, one.tag) for one in now.history[1:]] == [
        (one.sequence, one.at, one.tag) for one in told.history[: len(now.history) - 1]
    ]
    assert now.history[0].sentence.startswith("The buyer's data was removed: ")
    assert "after 90 days" in now.history[0].sentence
    assert KEPT in "".join(one.summary for one in now.contacts)
    assert KEPT in now.header.closing_note
    assert now.header.buyer_said == "***"
    names = {(party, name) for party, name in session.execute(select(Contact.party, Contact.name))}
    assert (Party.BUYER, "***") in names
    assert (Party.CARRIER, "Ana Cruz") in names
    assert session.scalars(select(Message.text)).all() == ["***"]


def test_the_files_that_show_the_buyer_and_the_packs_lose_their_bytes_and_the_others_stay(
    session: Session, packed: Planted
) -> None:
    store = files.store()
    assert store.verify(packed.label.sha256) is None
    archives = session.scalars(text("select zip_sha256 from pack")).all()
    found = run(session)
    assert found.files >= 3
    for sha256 in (packed.label.sha256, *archives):
        assert store.verify(sha256) == "missing"
    assert store.verify(packed.item.sha256) is None
    session.expire_all()
    with pytest.raises(NotFound, match="removed with the buyer's data on 22 Feb 2027"):
        evidence.open_evidence(session, packed.label.id, actor=SYSTEM)
    assert evidence.open_evidence(session, packed.item.id, actor=SYSTEM).data
    assert packed.label.id not in {one.id for one in evidence.list_evidence(session, packed.incident.id, actor=SYSTEM)}


def test_a_file_that_another_case_needs_stays(session: Session, made: Planted) -> None:
    actor, other = acting(session, Role.AGENT), make_incident(session)
    data = files.store().read(made.label.sha256)
    evidence.add_evidence(session, other.id, actor=actor, name="a.jpg", data=data, kind="label_photo", now=NOW)
    run(session)
    assert files.store().verify(made.label.sha256) is None


def test_bytes_that_were_brought_again_later_are_not_cleared(session: Session, made: Planted) -> None:
    data = files.store().read(made.label.sha256)
    run(session)
    actor, other = acting(session, Role.AGENT), make_incident(session)
    evidence.add_evidence(session, other.id, actor=actor, name="a.jpg", data=data, kind="label_photo", now=LATER)
    assert clear_files(session, files.store()) == 0
    assert files.store().verify(made.label.sha256) is None


def test_nothing_goes_before_its_days_nor_while_a_case_of_the_parcel_is_open(session: Session, made: Planted) -> None:
    assert run(session, NOW + timedelta(days=89)).cases == 0
    make_incident(session, made.shipment, type="damaged")
    assert run(session, LATER).cases == 0
    assert USERNAME in everything(session)["shipment"]


def test_a_shop_s_own_days_go_before_the_house_s(session: Session, made: Planted) -> None:
    shop = session.get_one(Shop, made.incident.shop_id)
    shop.redact_days = 30
    session.flush()
    assert run(session, NOW + timedelta(days=31)).cases == 1
    assert session.scalars(select(Redaction.days).where(Redaction.incident_id.is_not(None))).all() == [30]


def test_a_second_run_finds_nothing_and_a_dry_one_changes_nothing(session: Session, made: Planted) -> None:
    assert run(session, dry=True).cases == 1
    assert planted_in(session)
    run(session)
    again = run(session)
    assert (again.cases, again.parcels, again.disputes, again.imports, again.files) == (0, 0, 0, 0, 0)


def test_what_was_redacted_cannot_be_changed_without_the_chain_telling(session: Session, made: Planted) -> None:
    run(session)
    chain = made.incident.id
    session.execute(text("set local session_replication_role = replica"))
    one = session.execute(
        text("select sequence from audit_event where chain = :chain and tag = 'incident.commented'"), {"chain": chain}
    ).scalar_one()
    session.execute(
        text('update audit_event set after = \'{"text": "all was well"}\' where chain = :chain and sequence = :one'),
        {"chain": chain, "one": one},
    )
    session.execute(text("set local session_replication_role = origin"))
    session.expire_all()
    found = audit.check_chain(session, chain)
    assert found is not None
    assert (found.sequence, found.kind) == (one, "changed")


def test_the_guards_let_nobody_change_words_who_names_no_redaction(session: Session, made: Planted) -> None:
    run(session)
    number = session.scalars(select(Redaction.id).limit(1)).one()
    for says in ("", "999999"):
        session.execute(text("select set_config('recoup.redacting', :says, true)"), {"says": says})
        with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
            session.execute(text("update comment set text = 'x'"))
    session.execute(text("select set_config('recoup.redacting', :says, true)"), {"says": str(number)})
    for change in (
        "update comment set at = now()",
        "update claim_step set action = action, at = now()",
        "delete from comment",
    ):
        with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
            session.execute(text(change))


def test_the_chain_of_hands_of_a_later_pack_still_follows(session: Session, made: Planted) -> None:
    run(session)
    session.expire_all()
    log = json.loads(json.dumps(proof.custody(session, made.incident.id), default=str))
    assert proof.check_log(log) == []
    at = next(place for place, event in enumerate(log["events"]) if event["tag"] == "evidence.added")
    log["events"][at]["after"]["name"] = "another.jpg"
    assert [one.kind for one in proof.check_log(log)] == ["changed"]


def test_a_case_is_redacted_at_once_where_a_buyer_asks_but_not_while_it_is_worked_on(session: Session) -> None:
    found = plant(session)
    with pytest.raises(WrongState, match=found.incident.reference):
        redact_case(session, found.incident.reference, actor=SYSTEM, note="by mail", now=NOW)
    close(session, found)
    with pytest.raises(NotAllowed):
        redact_case(session, found.incident.reference, actor=found.actor, note="by mail", now=NOW)
    made = redact_case(session, found.incident.reference.lower(), actor=SYSTEM, note=f"by mail of {USERNAME}", now=NOW)
    assert (made.why, made.note, made.days) == (RedactionWhy.ASKED, "by mail of ***", None)
    assert planted_in(session) == {}
    with pytest.raises(NotFound):
        redact_case(session, "INC-2026-00000", actor=SYSTEM, note="", now=NOW)


def test_a_search_no_longer_finds_the_buyer_but_still_the_numbers(session: Session, made: Planted) -> None:
    run(session)
    session.expire_all()
    case = session.get_one(Incident, made.incident.id)
    assert USERNAME not in case.search_text
    assert made.shipment.order_number.lower() in case.search_text


def test_parcels_without_a_case_lose_their_buyer_s_name(session: Session) -> None:
    shop, quick = make_shop(session), make_shop(session, redact_days=5)
    old = make_shipment(session, shop, buyer_username="a_buyer", ordered_at=NOW - timedelta(days=200))
    new = make_shipment(session, shop, buyer_username="b_buyer")
    own = make_shipment(session, quick, buyer_username="c_buyer")
    old.shipped_at = old.accepted_at = NOW - timedelta(days=199)
    session.flush()
    assert run(session, NOW, dry=True).parcels == 2
    found = run(session, NOW)
    assert found.parcels == 2
    session.expire_all()
    kept = {one.id: (one.buyer_username, one.redacted_at is None) for one in session.scalars(select(Shipment))}
    assert kept == {old.id: (None, False), new.id: ("b_buyer", True), own.id: (None, False)}
    told = session.scalars(select(Redaction)).one()
    assert (told.counts, told.why, told.incident_id) == ({"parcels": 2}, RedactionWhy.AGE, None)


def test_evidence_of_a_redacted_case_is_still_told_by_kind_and_moment(session: Session, made: Planted) -> None:
    run(session)
    row = session.scalars(
        select(Evidence).where(Evidence.id == made.label.id).execution_options(populate_existing=True)
    ).one()
    assert (row.kind, row.sha256, row.added_at) == ("label_photo", made.label.sha256, NOW)
    assert row.removed_at == LATER
    stored = session.get_one(StoredFile, row.sha256)
    assert stored.size > 0


def test_a_request_told_again_by_a_later_file_brings_nothing_back(session: Session, made: Planted) -> None:
    run(session)
    session.expire_all()
    found = session.get_one(Dispute, made.dispute.id)
    assert found.buyer_said == "***"
    assert found.redacted_at == LATER


def test_what_was_noted_of_a_group_loses_the_buyers_of_its_cases_and_no_other_group_changes(
    session: Session, made: Planted
) -> None:
    lead, other, third = acting(session, Role.LEAD, "group-lead"), make_incident(session), make_incident(session)
    mine, theirs = (
        clusters.open_group(
            session,
            actor=lead,
            name=name,
            references=[one.reference, other.reference],
            note=f"{USERNAME} called. Pallets fell.",
            now=NOW,
        ).id
        for name, one in (("Wet pallets", made.incident), ("Elsewhere", third))
    )
    clusters.close_group(session, mine, actor=lead, conclusion=f"{USERNAME} was told; the hub pays.", now=NOW)
    run(session)
    session.expire_all()
    found = session.get_one(IncidentGroup, mine)
    assert (found.note, found.conclusion, found.name) == (
        "*** called. Pallets fell.",
        "*** was told; the hub pays.",
        "Wet pallets",
    )
    closed = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.GROUP_CLOSED)).one()
    assert closed.after["conclusion"] == "*** was told; the hub pays."
    assert session.get_one(IncidentGroup, theirs).note.startswith(USERNAME)


def test_every_column_of_a_buyer_is_reached_by_the_redaction() -> None:
    """A new table with such a column belongs to a case by its keys; what belongs to none is named here, with how it is done."""
    assert set(unreached()) == {
        "import_row",  # with its file
        "settlement_line",  # with its file
    }
    assert {one.table.name for one in reached()} >= {"comment", "contact", "message", "dispute_version", "remedy"}


def test_a_new_column_of_free_text_says_whether_a_buyer_may_stand_in_it() -> None:
    """Prose has telling names: such a column takes one of the types of `foundation.buyers`, or stands here with its reason."""
    prose = (
        "note",
        "text",
        "said",
        "summary",
        "comment",
        "reason",
        "words",
        "message",
        "description",
        "username",
        "email",
        "reading",
    )
    team = {
        "person",
        "web_session",
        "sign_in_try",
        "rule_card",
        "platform_rule",
        "tier_policy",
        "authority_policy",
        "stand_in",
        "claim_template",
    }
    of_nobody = {
        "channel_decision.reason",  # about a carrier
        "message_template.text",  # a text for all buyers
        "redaction.note",  # masked when it is written
        "tracking_event.text",  # people are taken out before it is stored
        "claim.cap_text",  # what a rule says
        "shipment.carrier_text", "shipment.status_text", "shipment.return_status_text", "shipment.cancel_reason",
        "dispute.reason_text", "dispute.reassessed_text", "dispute.status_text", "dispute.return_carrier_text",
        "dispute.return_status_text", "dispute_module.reason_text",
        "incident.search_text",  # worked out anew; searched by its public words alone
        "incident_group.key_text",
        "evidence.taken_text",  # the camera's clock
        "answer_draft.reading_language", "dispute_answer.reading_language",
        "answer_draft.reason_code", "dispute_answer.reason_code",
    }  # fmt: skip
    open_ones = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if table.name not in team
        for column in table.columns
        if type(column.type) is Text
        if any(word in column.name for word in prose)
    }
    assert open_ones - of_nobody == set()
