"""A pack: one click, everything in it, nothing changed on the way, and refused where it would not stand."""

from __future__ import annotations

import io
import json
import shutil
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import evidence, incidents
from core.foundation import audit, config, documents, files, pictures
from core.foundation.audit import AuditEvent, check_chain
from core.foundation.errors import GuardFailed, NotAllowed, NotFound, Unavailable, WrongState
from core.foundation.permissions import Role
from core.models import StoredFile, Tag
from core.recovery import claims, packs
from core.recovery.packs import PackFile, build, manifest
from core.recovery.verify import verify_pack
from tests.factories import NOW
from tests.packing import PackCase, make_pack_case, phone_photo
from tests.people import OUT, acting


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


@pytest.fixture
def case(session: Session) -> PackCase:
    return make_pack_case(session)


def built(session: Session, case: PackCase, **more: Any) -> PackFile:
    return packs.build_pack(session, case.claim.id, actor=case.actor, **{"now": NOW, **more})


def members(pack: PackFile) -> dict[str, bytes]:
    with zipfile.ZipFile(pack.path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def about(pack: PackFile) -> dict[str, Any]:
    found = json.loads(members(pack)["manifest.json"])
    assert isinstance(found, dict)
    return found


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the template of the archive's paper was given, the last time; `payer`: that of the payer's."""
    seen: dict[str, Any] = {}
    render = documents.render

    def watch(template: str, data: Any, pictures: Any, *, at: Any) -> bytes:
        if template == "pack" and data["payer"]:
            seen.update(payer=data)
        elif template == "pack":
            seen.update(data=data, pictures=pictures)
        return render(template, data, pictures, at=at)

    monkeypatch.setattr(documents, "render", watch)
    return seen


def section(told: dict[str, Any], heading: str) -> dict[str, Any]:
    (found,) = [one for one in told["data"]["sections"] if one["heading"] == heading]
    assert isinstance(found, dict)
    return found


def test_a_pack_holds_pdf_sheet_manifest_and_the_untouched_files(session: Session, case: PackCase) -> None:
    inside = members(built(session, case))
    assert list(inside) == [
        "CL-2026-00001.pdf",
        "CL-2026-00001-claim-sheet.xlsx",
        "custody.json",
        "evidence/01_outer_box_photo_IMG_0001.jpg",
        "evidence/02_outer_box_photo_箱子 2_.jpg",
        "evidence/03_proof_of_value_invoice.csv",
        "manifest.json",
    ]
    assert inside["evidence/01_outer_box_photo_IMG_0001.jpg"] == phone_photo("red")
    assert inside["evidence/02_outer_box_photo_箱子 2_.jpg"] == phone_photo("blue")
    assert inside["CL-2026-00001.pdf"].startswith(b"%PDF-")


def test_the_manifest_names_every_file_with_its_hash_and_where_the_case_stood(session: Session, case: PackCase) -> None:
    length, head = audit.head(session, case.incident.id)
    pack = built(session, case)
    inside, found = members(pack), about(pack)
    assert {row["path"] for row in found["files"]} == set(inside) - {"manifest.json"}
    for row in found["files"]:
        content = inside[row["path"]]
        assert (row["sha256"], row["size"]) == (files.sha256_of(content), len(content))
    assert found["schema"] == "recoup.pack/1"
    assert found["digest"] == manifest.digest_of(found) == pack.manifest_digest
    assert found["claim"]["reference"] == case.claim.reference
    assert found["claim"]["demand"] == "300"
    assert found["incident"]["reference"] == case.incident.reference
    assert found["rule_card"] == {
        "code": case.card.code,
        "version": 1,
        "title": "Test carrier, loss",
        "source": "a test",
    }
    assert found["audit_chain"] == {"length": length, "head": head}
    kinds = [row["kind"] for row in found["files"] if row["role"] == "evidence"]
    assert kinds == ["outer_box_photo", "outer_box_photo", "proof_of_value"]


def test_a_pack_stands_in_the_store_and_in_the_history(session: Session, case: PackCase) -> None:
    pack = built(session, case)
    assert files.store().verify(pack.sha256) is None
    assert files.store().verify(pack.pdf_sha256) is None
    assert session.get_one(StoredFile, pack.sha256).media_type == "application/zip"
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.PACK_BUILT)).one()
    assert event.after["zip_sha256"] == pack.sha256
    assert event.after["manifest_digest"] == pack.manifest_digest
    assert check_chain(session, case.incident.id) is None
    assert packs.list_packs(session, case.claim.id, actor=case.actor) == [pack]
    assert packs.get_pack(session, pack.id, actor=case.actor) == pack
    assert pack.path.stat().st_size == pack.size


def test_a_draft_gives_a_draft_even_with_documents_missing(session: Session, told: dict[str, Any]) -> None:
    case = make_pack_case(session, proof=False)
    pack = built(session, case)
    assert pack.draft
    assert pack.file_name == "CL-2026-00001_Ninja-Van-Test_draft.zip"
    assert told["data"]["draft"] == "DRAFT"
    assert about(pack)["draft"] is True


def test_a_ready_claim_gives_the_final_pack(session: Session, case: PackCase, told: dict[str, Any]) -> None:
    claims.mark_ready(session, case.claim.id, actor=case.actor, now=NOW)
    pack = built(session, case)
    assert not pack.draft
    assert pack.file_name == "CL-2026-00001_Ninja-Van-Test.zip"
    assert told["data"]["draft"] is None
    assert about(pack)["claim"]["state"] == "ready"


def test_a_pack_that_lost_a_document_is_refused_by_name(session: Session, case: PackCase) -> None:
    claims.mark_ready(session, case.claim.id, actor=case.actor, now=NOW)
    proof = evidence.list_evidence(session, case.incident.id, actor=case.actor)[2]
    evidence.withdraw_evidence(session, proof.id, actor=case.actor, reason="wrong invoice", now=NOW)
    with pytest.raises(GuardFailed, match=r"still missing: Proof of value \(invoice\)\.") as refused:
        built(session, case)
    assert refused.value.missing == ("proof_of_value",)
    assert packs.list_packs(session, case.claim.id, actor=case.actor) == []


def test_a_withdrawn_claim_gets_no_pack(session: Session, case: PackCase) -> None:
    claims.withdraw(session, case.claim.id, actor=case.actor, reason="the parcel came", now=NOW)
    with pytest.raises(WrongState, match="has ended"):
        built(session, case)


def test_withdrawn_evidence_stays_out(session: Session, case: PackCase) -> None:
    first = evidence.list_evidence(session, case.incident.id, actor=case.actor)[0]
    evidence.withdraw_evidence(session, first.id, actor=case.actor, reason="blurred", now=NOW)
    assert [row["number"] for row in about(built(session, case))["files"] if row["role"] == "evidence"] == [1, 2]


def test_rights_are_asked(session: Session, case: PackCase) -> None:
    pack = built(session, case)
    viewer = acting(session, Role.VIEWER)
    for look in (
        lambda: packs.build_pack(session, case.claim.id, actor=viewer, now=NOW),
        lambda: packs.list_packs(session, case.claim.id, actor=OUT),
        lambda: packs.get_pack(session, pack.id, actor=OUT),
    ):
        with pytest.raises(NotAllowed):
            look()


def test_what_is_not_there_is_said(session: Session, case: PackCase) -> None:
    with pytest.raises(NotFound):
        packs.build_pack(session, 0, actor=case.actor, now=NOW)
    with pytest.raises(NotFound):
        packs.get_pack(session, 0, actor=case.actor)


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_a_file_that_was_harmed_in_the_store_is_never_packed(session: Session, case: PackCase, harm: str) -> None:
    item = evidence.list_evidence(session, case.incident.id, actor=case.actor)[2]
    path = files.store().path(item.sha256)
    path.chmod(0o644)
    if harm == "changed":
        path.write_bytes(b"ITEM" + path.read_bytes()[4:])
    else:
        path.unlink()
    with pytest.raises((Unavailable, NotFound), match="Bring it back from the backup"):
        built(session, case)
    assert list((files.store().root / "incoming").iterdir()) == []


def test_the_pdf_tells_the_whole_story(session: Session, case: PackCase, told: dict[str, Any]) -> None:
    built(session, case)
    headings = [one["heading"] for one in told["data"]["sections"]]
    assert headings == [
        "The claim",
        "What happened",
        "The parcel",
        "Contents",
        "Timeline",
        "Contact log",
        "Evidence index",
        "Pictures",
    ]
    cover = told["data"]["cover"]
    assert cover["heading"] == "Total loss: claim on Ninja Van/Test"
    assert cover["amount"] == "SGD 300.00"
    assert [row[1:] for row in cover["documents"]["rows"]] == [("2 of 2", "1–2"), ("1 of 1", "3")]
    assert cover["digest"] == about(packs.list_packs(session, case.claim.id, actor=case.actor)[0])["evidence_digest"]
    talk = section(told, "Contact log")["rows"][0]
    assert talk == (
        "23 Nov 2026 09:00",
        "Carrier, Phone",
        "Ana Cruz\nstaff no. NV-4471",
        "The parcel is lost in the hub.\nPromised: an answer in writing (25 Nov 2026 12:00)",
    )
    moments = [what for _when, what in section(told, "Timeline")["rows"]]
    assert moments[0] == "Order placed"
    assert "Evidence nos. 1–3 collected" in moments
    assert "Talk with the carrier: The parcel is lost in the hub." in moments
    index = section(told, "Evidence index")["rows"]
    assert [row[0] for row in index] == ["1", "2", "3"]
    assert index[0][1] == "Outer box, all sides\ntaken 2026-11-20 09:15:00"
    assert index[0][4] == files.sha256_of(phone_photo("red"))


def test_pictures_in_the_pdf_stand_upright_and_tell_no_place(
    session: Session, case: PackCase, told: dict[str, Any]
) -> None:
    pack = built(session, case)
    assert sorted(told["pictures"]) == ["1.jpg", "2.jpg"]
    for content in told["pictures"].values():
        facts = pictures.facts(content)
        assert (facts.width, facts.height) == (300, 400)
        assert not facts.located
        assert content in files.store().read(pack.pdf_sha256)


def test_a_pack_speaks_the_language_it_is_asked_for(session: Session, case: PackCase, told: dict[str, Any]) -> None:
    pack = built(session, case, language="zh-CN")
    assert pack.language == "zh-CN"
    assert (told["data"]["lang"], told["data"]["region"]) == ("zh", "cn")
    assert "外箱各面照片" in json.dumps(told["data"], ensure_ascii=False)
    assert about(pack)["language"] == "zh-CN"
    assert built(session, case, language="en").pdf_sha256 != pack.pdf_sha256


def test_a_case_without_any_evidence_has_a_pack_too(session: Session) -> None:
    case = make_pack_case(session, proof=False)
    for item in evidence.list_evidence(session, case.incident.id, actor=case.actor):
        evidence.withdraw_evidence(session, item.id, actor=case.actor, reason="none", now=NOW)
    pack = built(session, case)
    assert verify_pack(pack.path).ok


def test_what_people_wrote_can_neither_run_in_the_pdf_nor_in_the_sheet(session: Session, case: PackCase) -> None:
    inside = members(built(session, case))
    book = openpyxl.load_workbook(io.BytesIO(inside["CL-2026-00001-claim-sheet.xlsx"]))
    form = {row[0].value: row[1] for row in book["Claim"].iter_rows()}
    assert form["Our reference"].value == f"CL-2026-00001 / {case.incident.reference}"
    assert str(form["Circumstances"].value).startswith("箱子是湿的，=1+1。")
    assert form["Amount claimed"].value == 300
    assert form["Photos, evidence no."].value == "1–2"
    assert form["Shipper's address and phone"].value is None
    assert [row[0].value for row in book["Evidence"].iter_rows(min_row=2)] == [1, 2, 3]
    assert book["Contents"]["B2"].value == "Desk lamp"
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\x0bodd"])
def test_cells_that_look_like_formulas_are_text(words: str) -> None:
    from core.recovery.packs.sheet import put

    book = openpyxl.Workbook()
    cell = book.worksheets[0]["A1"]
    put(cell, words)
    out = io.BytesIO()
    book.save(out)
    back = openpyxl.load_workbook(io.BytesIO(out.getvalue())).worksheets[0]["A1"]
    assert back.data_type == "s"
    assert back.value == words.replace("\x0b", "")


def test_the_zip_is_the_same_for_the_same_case_but_for_the_sheet(session: Session, case: PackCase) -> None:
    one, two = built(session, case), built(session, case, now=NOW + timedelta(minutes=1))
    assert about(one)["evidence_digest"] == about(two)["evidence_digest"]
    assert one.manifest_digest != two.manifest_digest
    assert [pack.id for pack in packs.list_packs(session, case.claim.id, actor=case.actor)] == [two.id, one.id]


def test_a_change_while_the_pack_is_built_is_in_the_pack(
    session: Session, case: PackCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, calls = build._make, []

    def slow(facts: Any, *rest: Any) -> Any:
        calls.append(facts)
        if len(calls) == 1:
            case.add(session, "late.jpg", phone_photo("green"), "item_photo")
        return make(facts, *rest)

    monkeypatch.setattr(build, "_make", slow)
    pack = built(session, case)
    assert len(calls) == 2
    assert any(row.get("name") == "late.jpg" for row in about(pack)["files"])


def test_a_comment_of_the_team_never_leaves_the_house(session: Session, case: PackCase, told: dict[str, Any]) -> None:
    incidents.comment(session, case.incident.id, actor=case.actor, text="our own margin is 40 %", now=NOW)
    built(session, case)
    assert "margin" not in json.dumps(told["data"], ensure_ascii=False)


@pytest.mark.alone
def test_a_pack_of_twenty_phone_photos_takes_no_longer_than_three_times_zipping_them(
    session: Session, case: PackCase, data_folder: Path
) -> None:
    out = io.BytesIO()
    Image.effect_noise((500, 375), 60).convert("RGB").resize((4000, 3000)).save(out, "JPEG", quality=90)
    photos = [out.getvalue() + bytes(n) for n in range(20)]
    for n, photo in enumerate(photos):
        case.add(session, f"IMG_{n}.jpg", photo, "item_photo")
    start = time.perf_counter()
    with zipfile.ZipFile(data_folder / "plain.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n, photo in enumerate(photos):
            archive.writestr(f"IMG_{n}.jpg", photo)
    zipping = time.perf_counter() - start
    shutil.rmtree(data_folder / "previews")  # the slower way: no small copies are there yet
    start = time.perf_counter()
    built(session, case)
    assert time.perf_counter() - start < 3 * zipping
