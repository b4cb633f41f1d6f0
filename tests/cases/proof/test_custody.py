"""Whatever is done to a case behind our back is found and named: which event, which file, what is missing."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.cases import evidence, incidents, proof
from core.cases.proof import CaseCustody, check_log
from core.foundation import audit, config, files
from core.foundation.errors import NotAllowed, NotFound
from core.foundation.permissions import Actor, Role
from core.models import Evidence, Incident, Pack, StoredFile
from core.recovery import claims
from tests.factories import NOW, make_incident, make_policy, make_rates, make_rule_card
from tests.people import OUT, acting


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[None]:
    with config.override(data_dir=tmp_path):
        yield


def photo(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(out, "JPEG")
    return out.getvalue()


@dataclass(frozen=True)
class Case:
    """A case with three files, one of them withdrawn, a talk among its own people, and a pack built on its chain."""

    session: Session
    incident: Incident
    actor: Actor
    files: tuple[Evidence, ...]
    claim: str

    def look(self) -> CaseCustody:
        return proof.check_case(self.session, self.incident.reference, files.store(), actor=self.actor)

    def found(self) -> list[tuple[str, int | None, str | None]]:
        return [(one.kind, one.event, one.file) for one in self.look().findings]

    def tamper(self, statement: str, **values: Any) -> None:
        """Change the database as somebody with full rights on the server could: with every trigger off."""
        self.session.flush()
        self.session.execute(text("set local session_replication_role = replica"))
        self.session.execute(text(statement), values)
        self.session.execute(text("set local session_replication_role = origin"))
        self.session.expire_all()

    def events(self) -> list[tuple[int, str]]:
        rows = self.session.execute(text("select sequence, tag from audit_event where chain is not null order by id"))
        return [(row[0], row[1]) for row in rows]

    def log(self) -> dict[str, Any]:
        ids = {one.id for one in self.files if one.withdrawn_at is None}
        log = proof.custody(self.session, self.incident.id, ids, claim=self.claim)
        return dict(json.loads(json.dumps(log)))


@pytest.fixture
def case(session: Session) -> Case:
    make_rates(session)
    make_policy(session)
    lead = acting(session, Role.LEAD)
    incident = make_incident(session, gross_loss=318)
    made = [
        evidence.add_evidence(
            session, incident.id, actor=lead, name=f"{colour}.jpg", data=photo(colour), kind="label_photo", now=NOW
        )
        for colour in ("red", "green", "blue")
    ]
    incidents.comment(session, incident.id, actor=lead, text="between ourselves: the buyer is rude", now=NOW)
    evidence.withdraw_evidence(session, made[2].id, actor=lead, reason="of another parcel", now=NOW)
    claim = claims.draft_claim(session, incident.id, actor=lead, rule_card_id=make_rule_card(session).id, now=NOW)
    length, head = audit.head(session, incident.id)
    session.add(StoredFile(sha256=files.store().put(b"a pack").sha256, size=6, media_type="x/x", stored_at=NOW))
    session.flush()
    session.add(
        Pack(
            claim_id=claim.id,
            file_name="CL.zip",
            zip_sha256=files.sha256_of(b"a pack"),
            pdf_sha256=files.sha256_of(b"a pack"),
            manifest_digest="0" * 64,
            chain_length=length,
            chain_head=head,
            language="en",
            draft=True,
            built_at=NOW,
        )
    )
    session.flush()
    evidence.hand_out_evidence(session, made[0].id, actor=lead, now=NOW + timedelta(hours=1))
    return Case(session, incident, lead, tuple(made), claim.reference)


def test_an_untouched_case_holds(case: Case) -> None:
    looked = case.look()
    assert looked.ok and looked.findings == ()
    assert (looked.files, looked.witnesses) == (3, 1)
    assert looked.events == len(case.events())


def test_a_flipped_byte_of_a_file_is_named(case: Case) -> None:
    path = files.store().path(case.files[1].sha256)
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert case.found() == [("file_changed", None, "green.jpg")]
    assert "“green.jpg” was changed" in case.look().findings[0].sentence


def test_a_file_that_is_gone_is_named(case: Case) -> None:
    files.store().path(case.files[0].sha256).unlink()
    assert case.found() == [("file_missing", None, "red.jpg")]


def test_a_flipped_byte_of_an_event_is_named_with_what_it_was_about(case: Case) -> None:
    number = next(n for n, tag in case.events() if tag == "evidence.added")
    case.tamper(
        "update audit_event set after = jsonb_set(after, '{size}', '1') where tag = 'evidence.added' and sequence = :n",
        n=number,
    )
    assert case.found() == [("changed", number, "red.jpg")]
    sentence = case.look().findings[0].sentence
    assert sentence.startswith(f"Event {number} is not as it was written (evidence.added, Label, readable, red.jpg")


def test_a_dropped_event_is_named_and_the_file_it_brought(case: Case) -> None:
    number = [n for n, tag in case.events() if tag == "evidence.added"][1]
    case.tamper("delete from audit_event where chain is not null and sequence = :n", n=number)
    assert case.found() == [("missing", number, None), ("unrecorded", None, "green.jpg")]


def test_a_truncated_chain_is_named_event_by_event(case: Case) -> None:
    last = len(case.events())
    case.tamper("delete from audit_event where chain is not null and sequence > :n", n=last - 2)
    assert [one[:2] for one in case.found() if one[0] == "cut"] == [("cut", last - 1), ("cut", last)]


def test_a_truncated_chain_whose_head_was_cut_too_is_told_by_the_pack(case: Case) -> None:
    length = case.session.scalars(select(Pack.chain_length)).one()
    case.tamper("delete from audit_event where chain is not null and sequence >= :n", n=length)
    case.tamper("delete from chain_head")
    assert [one[:2] for one in case.found() if one[0] == "cut"] == [("cut", length)]


def test_a_chain_written_anew_from_the_start_is_told_by_the_pack(case: Case) -> None:
    rows = case.session.scalars(
        select(audit.AuditEvent).where(audit.AuditEvent.chain == case.incident.id).order_by(audit.AuditEvent.sequence)
    ).all()
    previous = audit.GENESIS
    for row in rows:
        if row.tag == "incident.commented":
            row.after = {"text": "something kinder"}
        row.previous = previous
        row.hash = previous = audit.digest_of(row)
    values = [{"i": row.id, "p": row.previous, "h": row.hash, "a": json.dumps(row.after)} for row in rows]
    case.session.expunge_all()
    for one in values:
        case.tamper("update audit_event set previous = :p, hash = :h, after = cast(:a as jsonb) where id = :i", **one)
    case.tamper("update chain_head set head = :h", h=values[-1]["h"])
    found = [(kind, event) for kind, event, _file in case.found()]
    length = case.session.scalars(select(Pack.chain_length)).one()
    assert found == [("witness", length)]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "update evidence set sha256 = (select sha256 from evidence where name = 'green.jpg') where name = 'blue.jpg'",
            ("rewritten", "blue.jpg"),
        ),
        ("delete from evidence where name = 'green.jpg'", ("unkept", "green.jpg")),
        (
            "update evidence set withdrawn_at = null, withdrawn_by = null, withdrawn_reason = null",
            ("rewritten", "blue.jpg"),
        ),
        (
            "update evidence set withdrawn_at = now(), withdrawn_reason = 'x' where name = 'red.jpg'",
            ("unrecorded", "red.jpg"),
        ),
    ],
    ids=["another file put in its place", "row deleted", "withdrawal undone", "withdrawn without a word"],
)
def test_a_row_changed_in_the_database_is_held_against_the_chain(
    case: Case, statement: str, found: tuple[str, str]
) -> None:
    case.tamper(statement)
    assert [(kind, file) for kind, _event, file in case.found()] == [found]


def test_a_case_that_is_not_there_and_somebody_without_the_right_are_refused(case: Case) -> None:
    with pytest.raises(NotFound):
        proof.check_case(case.session, "INC-2020-00001", None, actor=case.actor)
    with pytest.raises(NotAllowed):
        proof.check_case(case.session, case.incident.reference, None, actor=OUT)


# --- the log that leaves the house ----------------------------------------------------------------------------------------


def test_the_log_tells_all_about_its_files_and_nothing_else(case: Case) -> None:
    log = case.log()
    assert check_log(log, files={case.files[0].sha256: "a", case.files[1].sha256: "b"}) == []
    assert log["length"] == len(log["hashes"]) == len(case.events())
    assert {event["tag"] for event in log["events"]} == {"evidence.added", "evidence.opened"}
    whole = json.dumps(log)
    for private in ("between ourselves", "blue.jpg", "of another parcel"):
        assert private not in whole


def changed(log: dict[str, Any]) -> None:
    log["events"][0]["after"]["name"] = "other.jpg"


def dropped(log: dict[str, Any]) -> None:
    log["events"].pop(1)


def cut(log: dict[str, Any]) -> None:
    log["hashes"].pop()


def rehashed(log: dict[str, Any]) -> None:
    log["hashes"][-1] = "0" * 64


def dated(log: dict[str, Any]) -> None:
    log["events"][0]["at"] = "2026-11-22T00:00:00+00:00"


@pytest.mark.parametrize(
    ("damage", "kind"),
    [(changed, "changed"), (dropped, "missing"), (cut, "cut"), (rehashed, "changed"), (dated, "changed")],
)
def test_damage_to_the_log_is_named_offline(case: Case, damage: Callable[[dict[str, Any]], None], kind: str) -> None:
    log = case.log()
    length, head = log["length"], log["head"]
    told = {event["sequence"] for event in log["events"]}
    damage(log)
    found = check_log(log, length=length, head=head)
    assert kind in {one.kind for one in found}
    assert all(one.event in told or one.event == length for one in found)


def test_a_file_without_its_arrival_is_named(case: Case) -> None:
    log = case.log()
    number = log["events"].pop(0)["sequence"]
    log["told"].remove(number)
    [found] = check_log(log, files={case.files[0].sha256: "evidence/01.jpg"})
    assert (found.kind, found.file) == ("unrecorded", "evidence/01.jpg")


def test_a_log_longer_than_its_pack_is_named(case: Case) -> None:
    log = case.log()
    assert [one.kind for one in check_log(log, length=log["length"] - 1, head=log["hashes"][-2])] == ["unlinked"]


@pytest.mark.parametrize("log", [None, [], {}, {"schema": "x"}, {"schema": "recoup.custody/1", "chain": 1}, "text"])
def test_what_is_no_log_is_said(log: Any) -> None:
    assert [one.kind for one in check_log(log)] == ["unreadable"]


words: st.SearchStrategy[Any] = (
    st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2) | st.just({})
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_put_into_a_log_is_found_and_never_a_crash(case: Case, data: st.DataObject) -> None:
    log = deepcopy(case.log())
    length, head = log["length"], log["head"]
    event = data.draw(st.sampled_from(range(len(log["events"]))))
    name = data.draw(st.sampled_from(["at", "person", "tag", "subject", "subject_id", "before", "after", "sequence"]))
    value = data.draw(words)
    was = log["events"][event][name]
    log["events"][event][name] = value
    if value != was:
        assert check_log(log, length=length, head=head)
