"""What a claim form asks: the union of the published forms, asked where the case does not know it, kept with the claim.
And what a pack says to the payer, and what it keeps to the team."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import evidence
from core.foundation import config, documents
from core.foundation.audit import AuditEvent, check_chain
from core.foundation.errors import Invalid, NotAllowed, NotFound, WrongState
from core.foundation.language import using
from core.foundation.money import Money
from core.foundation.permissions import Role
from core.models import Tag
from core.models.incident import IncidentType
from core.models.rule import Confidence
from core.recovery import claims, packs, receivers
from core.recovery.claim_states import ClaimAction
from core.recovery.packs import fields
from core.recovery.packs.facts import gather
from tests.factories import NOW
from tests.packing import PackCase, make_pack_case, phone_photo
from tests.people import acting

# What real claim forms ask for, line by line, and the fields that hold it.
UNION = {
    "carrier, service, channel": ["carrier", "service", "channel"],
    "tracking numbers": ["tracking_number", "first_mile_number", "last_mile_number", "waybill_number"],
    "waybill copy": ["waybill_copy"],
    "dates": ["shipped_on", "accepted_on", "promised_on", "delivered_on"],
    "claim type": ["claim_type"],
    "shipper and consignee": ["shipper", "shipper_contact", "consignee", "consignee_contact"],
    "contents": ["contents", "brand_model", "serials", "size_colour", "pieces"],
    "value": ["declared_value", "value", "proof_of_value"],
    "weights": ["gross_weight", "damaged_weight"],
    "packaging": ["packaging_outer", "packaging_inner", "packaging_cushioning"],
    "photos": ["outer_photos", "label_photos", "inner_photos", "item_photos", "photos"],
    "video": ["videos"],
    "circumstances": ["circumstances", "discovered_how"],
    "discovery": ["noticed_on", "noticed_by"],
    "claimant": ["claimant_role", "claimant_name", "claimant_contact", "claim_right", "signed_on"],
    "amount": ["amount", "currency"],
    "case number": ["case_number", "local_reference"],
    "filed": ["filed_on", "filed_by"],
    "answer": ["answered_on", "approved", "answer_reason"],
    "appeal": ["appeal_by"],
    "payment": ["paid_on", "paid"],
    "route and parts": ["route", "inspection_report", "refund_proof"],
}


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


@pytest.fixture
def case(session: Session) -> PackCase:
    return make_pack_case(session)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[bool, Any]:
    """What each paper was given: True the payer's, False the archive's."""
    seen: dict[bool, Any] = {}
    render = documents.render

    def watch(template: str, data: Any, pictures: Any, *, at: Any) -> bytes:
        if template == "pack":
            seen[data["payer"]] = json.loads(json.dumps(data))
        return render(template, data, pictures, at=at)

    monkeypatch.setattr(documents, "render", watch)
    return seen


def test_the_sheet_has_every_line_of_the_published_forms(session: Session, case: PackCase) -> None:
    known = fields.fields()
    assert {code for codes in UNION.values() for code in codes} <= set(known)
    facts = gather(session, case.claim.id, actor=case.actor, draft=True, now=NOW)
    values = fields.values(facts)
    assert set(values) == set(known)
    # Every field is either known to the case or asked of a person: none stays empty for want of a way to fill it.
    assert set(known) == set(fields._KNOWN) | {one.code for one in known.values() if one.ask}
    names = [name for name, value in fields.form_rows(facts) if value is not None]
    assert len(names) == len(set(names)) == len(known)
    with using("zh-CN"):
        assert dict(fields.form_rows(facts))["受损部分重量（千克）"] == ""


def test_every_form_asks_only_what_a_person_can_answer() -> None:
    for one in [None, *receivers.receivers().values()]:
        for type_ in IncidentType:
            asked = fields.asked(one, type_.value)
            assert all(field.ask for field in asked)
            if type_ is IncidentType.LOST:
                assert not {"damaged_weight", "packaging_outer"} & {field.code for field in asked}


def test_answers_are_kept_with_the_claim_and_stand_in_the_sheet(session: Session, case: PackCase) -> None:
    fedex = receivers.receiver("fedex")
    before = {one.code: one.text for one in packs.asked(session, case.claim.id, fedex, actor=case.actor)}
    assert before["claimant_role"] == ""
    typed = {"claimant_role": "Third party", "shipper_contact": " 1 Lion Road\n+65 1234 ", "pieces": ""}
    assert packs.answer(session, case.claim.id, actor=case.actor, answers=typed, now=NOW) == [
        "claimant_role",
        "shipper_contact",
    ]
    assert packs.answer(session, case.claim.id, actor=case.actor, answers=typed, now=NOW) == []
    later = {"claimant_role": "", "pieces": "=1+1"}
    assert packs.answer(session, case.claim.id, actor=case.actor, answers=later, now=NOW) == ["claimant_role", "pieces"]
    found = {one.code: one.text for one in packs.asked(session, case.claim.id, fedex, actor=case.actor)}
    assert (found["claimant_role"], found["shipper_contact"], found["pieces"]) == ("", "1 Lion Road\n+65 1234", "=1+1")
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="email", now=NOW)
    with zipfile.ZipFile(pack.path) as archive:
        book = openpyxl.load_workbook(io.BytesIO(archive.read("CL-2026-00001-claim-sheet.xlsx")))
    form = {row[0].value: row[1] for row in book["Claim"].iter_rows()}
    assert form["Shipper's address and phone"].value == "1 Lion Road\n+65 1234"
    assert (form["Number of pieces"].value, form["Number of pieces"].data_type) == ("=1+1", "s")
    assert form["Claimant's role"].value == "Shipper"
    events = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.CLAIM_EDITED)).all()
    assert [event.after["answers"] for event in events] == [
        ["claimant_role", "shipper_contact"],
        ["claimant_role", "pieces"],
    ]
    assert "Lion Road" not in str([event.after for event in events])
    assert check_chain(session, case.incident.id) is None


def test_answers_no_form_asks_for_are_refused(session: Session, case: PackCase) -> None:
    for answers in ({"tracking_number": "x"}, {"nonsense": "x"}):
        with pytest.raises(Invalid, match="There is no question"):
            packs.answer(session, case.claim.id, actor=case.actor, answers=answers, now=NOW)
    with pytest.raises(Invalid, match="too long"):
        packs.answer(session, case.claim.id, actor=case.actor, answers={"pieces": "x" * 1001}, now=NOW)
    with pytest.raises(NotFound):
        packs.answer(session, 0, actor=case.actor, answers={}, now=NOW)
    with pytest.raises(NotAllowed):
        packs.answer(session, case.claim.id, actor=acting(session, Role.VIEWER), answers={}, now=NOW)


def test_our_doubts_stand_in_the_draft_of_the_archive_and_never_in_what_the_payer_gets(
    session: Session, case: PackCase, said: dict[bool, Any]
) -> None:
    case.card.confidence, case.card.source = Confidence.LOW, "a rumour in a forum"
    packs.build_pack(session, case.claim.id, actor=case.actor, receiver="email", now=NOW)
    own = json.dumps(said[False]["own"])
    assert "a rumour in a forum" in own and "unofficial" in own
    assert said[True]["own"] is None
    for words in ("a rumour", "unofficial", "Why this window", "Payer's limit", case.card.title):
        assert words not in json.dumps(said[True])
    claims.mark_ready(session, case.claim.id, actor=case.actor, now=NOW)
    packs.build_pack(session, case.claim.id, actor=case.actor, receiver="email", now=NOW)
    assert said[False]["own"] is None
    assert "a rumour" not in json.dumps(said[False])


def denied(session: Session, case: PackCase) -> None:
    claims.mark_ready(session, case.claim.id, actor=case.actor, now=NOW)
    claims.submit(
        session, case.claim.id, actor=case.actor, case_number="NV-1", via="portal", now=NOW + timedelta(hours=1)
    )
    claims.record_answer(
        session,
        case.claim.id,
        ClaimAction.REJECT,
        actor=case.actor,
        text="No proof of the packaging.",
        denial_code="packaging",
        now=NOW + timedelta(days=1),
    )


def test_a_delta_pack_holds_only_what_is_new_under_its_old_numbers(
    session: Session, case: PackCase, said: dict[bool, Any]
) -> None:
    denied(session, case)
    later = NOW + timedelta(days=2)
    with pytest.raises(WrongState, match="Nothing new was added"):
        packs.build_pack(session, case.claim.id, actor=case.actor, delta=True, now=later)
    evidence.add_evidence(
        session,
        case.incident.id,
        actor=case.actor,
        name="cushion.jpg",
        data=phone_photo("green", (1000, 800)),
        kind="inner_packaging_photo",
        now=later,
    )
    seen = packs.preview_pack(session, case.claim.id, "email", actor=case.actor, delta=True, now=later)
    assert [step.exhibit.number for step in seen.plan.steps] == [4]
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="email", delta=True, now=later)
    assert pack.since == NOW + timedelta(hours=1)
    assert {held.number for part in pack.parts for held in part.holds} == {None, 4}
    assert "CL-2026-00001-new_04_inner-packaging-photo.jpg" in [part.file_name for part in pack.parts]
    with zipfile.ZipFile(pack.path) as archive:
        assert [name for name in archive.namelist() if name.startswith("evidence/")] == [
            "evidence/04_inner_packaging_photo_cushion.jpg"
        ]
    cover = said[True]["cover"]
    rows = {row["label"]: row["value"] for row in cover["delta"]["rows"]}
    assert rows["You wrote"] == "No proof of the packaging."
    assert rows["We read it as"] == "Packed insufficiently"
    assert rows["Enclosed now"] == "4 · Inner packaging"
    assert cover["documents"] is None


def test_before_the_payer_was_written_to_there_is_no_delta(session: Session, case: PackCase) -> None:
    with pytest.raises(WrongState, match="was sent nothing yet"):
        packs.build_pack(session, case.claim.id, actor=case.actor, delta=True, now=NOW)
    assert Money(case.claim.demand, "SGD") == Money(Decimal(300), "SGD")
