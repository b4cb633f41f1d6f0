"""Files over HTTP: shown or handed out by right, kept by no cache, noted when they leave."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from pillow_heif import register_heif_opener
from sqlalchemy import select
from starlette.testclient import TestClient

from core.cases import evidence
from core.foundation import config, database, files, sniff
from core.foundation.audit import AuditEvent
from core.foundation.permissions import SYSTEM, Permission, Role
from core.models import Claim, Pack, StoredFile, Tag
from core.recovery import packs
from core.team import sessions
from core.web.files import SHOWN
from tests.cases.test_evidence import film, photo
from tests.factories import NOW, make_incident, make_rule_card
from tests.web.conftest import PAGE, add, sign_in


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def _evidence(data: bytes, name: str, kind: str = "label_photo") -> int:
    with database.transaction() as session:
        incident = make_incident(session)
        row = evidence.add_evidence(session, incident.id, actor=SYSTEM, name=name, data=data, kind=kind, now=NOW)
        return row.id


def _handed_out() -> list[dict[str, object]]:
    with database.reading() as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.EVIDENCE_OPENED).order_by(AuditEvent.id))
        return [dict(row.after) for row in rows]


def test_a_picture_is_shown_in_place_and_kept_by_no_cache(client: TestClient) -> None:
    data = photo()
    found = _evidence(data, '包裹 "1".jpg', "item_photo")
    sign_in(client, add("viewer", Role.VIEWER))
    answer = client.get(f"/files/evidence/{found}")
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"].startswith("inline; filename*=utf-8''%E5%8C%85")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert _handed_out() == []


def test_a_video_can_be_wound_forward(client: TestClient) -> None:
    data = film()
    found = _evidence(data, "packing.mp4")
    sign_in(client, add())
    answer = client.get(f"/files/evidence/{found}", headers={"range": "bytes=8-15"})
    assert (answer.status_code, answer.content) == (206, data[8:16])
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_small_picture_is_a_jpeg_and_only_of_pictures(client: TestClient) -> None:
    picture, video = _evidence(photo(), "a.jpg"), _evidence(film(), "b.mp4")
    sign_in(client, add())
    small = client.get(f"/files/evidence/{picture}/small")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    assert small.headers["cache-control"] == "private, no-store"
    assert client.get(f"/files/evidence/{video}/small").status_code == 404


def test_what_leaves_the_house_is_noted_and_the_shared_copy_tells_no_place(client: TestClient) -> None:
    data = photo()
    found = _evidence(data, "a.jpg")
    sign_in(client, add())
    original, shared = client.get(f"/files/evidence/{found}/original"), client.get(f"/files/evidence/{found}/shared")
    assert original.content == data
    assert shared.content != data
    assert b"Xiaomi" not in shared.content
    for answer in (original, shared):
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["cache-control"] == "private, no-store"
    assert [row["shared"] for row in _handed_out()] == [False, True]


def test_what_a_browser_cannot_show_is_a_download_and_noted(client: TestClient) -> None:
    csv = b"order,tracking\n1,SPXMY0388120417\n"
    found = _evidence(csv, "list.csv")
    sign_in(client, add())
    answer = client.get(f"/files/evidence/{found}")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert len(_handed_out()) == 1


def test_a_photo_of_an_iphone_is_shown_as_a_jpeg_and_handed_out_as_it_came(client: TestClient) -> None:
    register_heif_opener()
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "HEIF")
    found = _evidence(out.getvalue(), "IMG_1.HEIC")
    sign_in(client, add())
    answer = client.get(f"/files/evidence/{found}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["content-disposition"].startswith("inline;")
    assert _handed_out() == []
    assert client.get(f"/files/evidence/{found}/original").content == out.getvalue()


@pytest.mark.parametrize("tail", ["", "/small", "/original", "/shared"])
def test_a_file_that_is_not_there_is_a_sentence(client: TestClient, tail: str) -> None:
    sign_in(client, add())
    for number in (999, 2**63, 10**40):
        answer = client.get(f"/files/evidence/{number}{tail}")
        assert answer.status_code == 404
        assert answer.text.startswith("There is no such")
    assert 'role="alert"' in client.get("/files/evidence/999", headers=PAGE).text


@pytest.mark.parametrize("tail", ["", "/small", "/original", "/shared"])
def test_without_the_right_it_is_refused_before_the_file_is_touched(
    client: TestClient, tail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _evidence(photo(), "a.jpg")
    sign_in(client, add())
    monkeypatch.setattr(sessions, "ROLE_PERMISSIONS", dict.fromkeys(Role, frozenset()))
    answer = client.get(f"/files/evidence/{found}{tail}")
    assert answer.status_code == 403
    assert answer.text == "You may not see evidence. Ask an admin if you need to."
    assert _handed_out() == []


def test_signed_out_there_is_no_file_and_no_hint_whether_it_exists(client: TestClient) -> None:
    found = _evidence(photo(), "a.jpg")
    add()
    for number in (found, 999):
        assert client.get(f"/files/evidence/{number}").status_code == 401
        assert client.get(f"/files/packs/{number}").status_code == 401


def test_a_file_missing_from_the_store_is_a_sentence_not_a_bug(client: TestClient) -> None:
    data = photo()
    found = _evidence(data, "a.jpg")
    files.store().path(files.sha256_of(data)).unlink()
    sign_in(client, add())
    answer = client.get(f"/files/evidence/{found}")
    assert (answer.status_code, "missing from the store" in answer.text) == (404, True)


def _pack(archive: bytes, paper: bytes) -> int:
    with database.transaction() as session:
        rule = make_rule_card(session)
        claim = Claim(
            reference="CLM-2026-00001",
            incident_id=make_incident(session).id,
            payer_kind=rule.payer_kind,
            payer_name=rule.payer_name,
            channel=rule.channel,
            rule_card_id=rule.id,
            currency="SGD",
            demand=Decimal(10),
            zone="Asia/Singapore",
            created_at=NOW,
        )
        session.add(claim)
        kept = [files.store().put(data) for data in (archive, paper)]
        for one, kind in zip(kept, ("application/zip", "application/pdf"), strict=True):
            session.add(StoredFile(sha256=one.sha256, size=one.size, media_type=kind, stored_at=NOW))
        session.flush()
        pack = Pack(
            claim_id=claim.id,
            file_name="INC-2026-00001 claim.zip",
            zip_sha256=kept[0].sha256,
            pdf_sha256=kept[1].sha256,
            manifest_digest="0" * 64,
            chain_length=1,
            chain_head="0" * 64,
            language="en",
            draft=False,
            built_at=NOW,
        )
        session.add(pack)
        session.flush()
        return packs.get_pack(session, pack.id, actor=SYSTEM).id


@pytest.mark.parametrize("rights", [{Permission.CLAIM_READ}, {Permission.EVIDENCE_READ}])
def test_a_pack_needs_the_rights_to_claims_and_to_evidence(
    client: TestClient, rights: set[Permission], monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = _pack(b"PK\x05\x06" + bytes(18), b"%PDF-1.7\n%%EOF\n")
    sign_in(client, add())
    monkeypatch.setattr(sessions, "ROLE_PERMISSIONS", dict.fromkeys(Role, frozenset(rights)))
    for place in (f"packs/{pack}", f"packs/{pack}/pdf", f"packs/{pack}/parts", "parts/1"):
        assert client.get(f"/files/{place}").status_code == 403


def test_a_pack_is_a_download_and_its_paper_is_shown(client: TestClient) -> None:
    archive, paper = b"PK\x05\x06" + bytes(18), b"%PDF-1.7\n%%EOF\n"
    found = _pack(archive, paper)
    sign_in(client, add())
    whole, sheet = client.get(f"/files/packs/{found}"), client.get(f"/files/packs/{found}/pdf")
    assert (whole.content, whole.headers["content-type"]) == (archive, "application/zip")
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert (sheet.content, sheet.headers["content-type"]) == (paper, "application/pdf")
    assert sheet.headers["content-disposition"].startswith("inline;")
    assert client.get("/files/packs/999").status_code == 404
    # A pack of before has no files for a receiver.
    assert client.get(f"/files/packs/{found}/parts").status_code == 404
    assert client.get("/files/parts/999").status_code == 404


def test_what_shows_the_buyer_is_not_for_who_may_not_see_buyers(client: TestClient) -> None:
    label, pack = _evidence(photo(), "label.jpg"), _pack(b"PK\x05\x06" + bytes(18), b"%PDF-1.7\n%%EOF\n")
    sign_in(client, add("viewer", Role.VIEWER))
    for place in ("", "/small", "/original", "/shared"):
        assert client.get(f"/files/evidence/{label}{place}").status_code == 403
    for place in (f"packs/{pack}", f"packs/{pack}/pdf", f"packs/{pack}/parts"):
        assert client.get(f"/files/{place}").status_code == 403
    assert _handed_out() == []


def test_only_types_told_by_their_bytes_are_shown_in_place_and_none_that_can_hold_a_script() -> None:
    assert set(sniff.BY_MEDIA_TYPE) >= SHOWN
    assert all(kind.startswith(("image/", "video/")) or kind == "application/pdf" for kind in SHOWN)
    assert "image/svg+xml" not in SHOWN
