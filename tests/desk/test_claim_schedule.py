"""The schedule for the payer: one line for each tracking number, sums by currency, nothing that runs."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy.orm import Session

from core.desk.claim_schedule import COLUMNS, file_stem, schedule, schedule_xlsx, schedule_zip
from core.foundation import config, files
from core.foundation.errors import Invalid, NotAllowed, NotFound, TooLarge
from core.foundation.permissions import Actor, Role
from core.models import Claim, Evidence, Pack, ShipmentLine, StoredFile
from core.models.claim import ClaimState
from tests.desk.builders import make_claim
from tests.factories import NOW, make_carrier, make_incident, make_shipment, make_shop
from tests.people import OUT, acting


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT, "mei")


def claim(session: Session, tracking: str | None, demand: str = "100", **more: Any) -> Claim:
    parcel = make_shipment(session, tracking_number=tracking, **more.pop("parcel", {}))
    return make_claim(session, make_incident(session, parcel), demand=Decimal(demand), **more)


def sheet(session: Session, actor: Actor, claims: list[Claim], language: str = "en") -> Any:
    out = io.BytesIO()
    schedule_xlsx(session, [one.id for one in claims], out, actor=actor, language=language, now=NOW)
    return openpyxl.load_workbook(out).active


def cells(page: Any, heading: str) -> list[Any]:
    """What stands under a heading."""
    headings = {cell.value: cell.column for cell in page[4]}
    return [page.cell(row, headings[heading]).value for row in range(5, page.max_row + 1)]


def test_each_parcel_has_a_line_with_what_forms_ask_for(session: Session, mei: Actor) -> None:
    carrier = make_carrier(session, name="Ninja Van")
    parcel = make_shipment(
        session,
        make_shop(session, name="Lion Store"),
        carrier,
        tracking_number="NVSG1",
        service="Standard",
        weight_kg=Decimal("1.250"),
        delivered_at=datetime(2026, 11, 20, 17, tzinfo=UTC),
    )
    incident = make_incident(session, parcel)
    for number, kind in enumerate(("proof_of_value", "proof_of_value", "packing_video")):
        digest = f"{number}".ljust(64, "0")
        session.add(StoredFile(sha256=digest, size=1, media_type="image/jpeg", stored_at=NOW))
        session.flush()
        session.add(Evidence(incident_id=incident.id, sha256=digest, name="a.jpg", kind=kind, added_at=NOW))
    made = make_claim(session, incident, state=ClaimState.SUBMITTED, case_number="NV-77", note="box was wet")
    page = sheet(session, mei, [made])
    row = {column.heading: cells(page, column.heading)[0] for column in COLUMNS}
    assert row["Tracking number"] == "NVSG1"
    assert row["Our reference"] == made.reference
    assert row["Payer's case number"] == "NV-77"
    assert (row["Carrier"], row["Service"], row["Sender"]) == ("Ninja Van", "Standard", "Lion Store")
    assert row["Delivered"] == datetime(2026, 11, 21)
    assert (row["Contents"], row["Pieces"], row["Weight, kg"]) == ("Desk lamp × 1", 1, 1.25)
    assert (row["Declared value"], row["Demand"], row["Currency"]) == (318, 100, "SGD")
    assert row["Documents enclosed"] == "Packing video, Proof of value (invoice) × 2"
    assert row["Remarks"] == "box was wet"
    assert page["A1"].value == "Schedule of claims: Ninja Van"


def test_a_tracking_number_stands_once_and_the_other_claim_is_named_with_the_reason(
    session: Session, mei: Actor
) -> None:
    small, large = claim(session, "nvsg1 ", "40"), claim(session, "NVSG1", "90")
    other = claim(session, "AAA1", "10")
    made = schedule(session, [small.id, large.id, other.id], actor=mei)
    assert [line.reference for line in made.lines] == [other.reference, large.reference]
    (left,) = made.left_out
    assert left.reference == small.reference
    assert left.said.startswith(f"NVSG1 stands in the schedule already, with {large.reference}")
    assert [one.amount for one in made.demands] == [Decimal(100)]


def test_claims_given_up_and_parcels_without_a_number_are_left_out(session: Session, mei: Actor) -> None:
    gone, bare = claim(session, "A1", state=ClaimState.EXPIRED), claim(session, None)
    fine = claim(session, "A2")
    made = schedule(session, [gone.id, bare.id, fine.id], actor=mei)
    assert [line.reference for line in made.lines] == [fine.reference]
    assert {one.reference: one.said for one in made.left_out} == {
        gone.reference: "The claim is expired.",
        bare.reference: "The parcel has no tracking number. Enter it on the parcel first.",
    }
    with pytest.raises(Invalid, match="None of these claims"):
        schedule(session, [gone.id, bare.id], actor=mei)


def test_sums_are_by_currency_with_its_own_decimals(session: Session, mei: Actor) -> None:
    manila = make_shop(session, market="PH", currency="PHP", zone="Asia/Manila")
    hanoi = make_shop(session, market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")
    made = [claim(session, "A1", "100.50"), claim(session, "A2", "200")]
    for number, shop in (("B1", manila), ("C1", hanoi)):
        made.append(make_claim(session, make_incident(session, make_shipment(session, shop, tracking_number=number))))
    page = sheet(session, mei, made)
    assert [one for one in cells(page, "Tracking number") if one][-3:] == ["Total, PHP", "Total, SGD", "Total, VND"]
    assert cells(page, "Demand")[-3:] == [100, 300.5, 100]
    place = next(cell.column for cell in page[4] if cell.value == "Demand")
    assert [page.cell(page.max_row - up, place).number_format for up in (0, 1)] == ["#,##0", "#,##0.00"]


@pytest.mark.parametrize("text", ["=1+1", "+A1", "@SUM(A1)", "＝cmd", "\t=1"])
def test_nothing_people_wrote_becomes_a_formula(session: Session, mei: Actor, text: str) -> None:
    made = claim(session, "A1", note=text, payer_name="=Payer()")
    line = session.query(ShipmentLine).order_by(ShipmentLine.shipment_id.desc()).first()
    assert line is not None
    line.name = text
    session.flush()
    page = sheet(session, mei, [made])
    for row in page.iter_rows():
        for cell in row:
            assert cell.data_type != "f", cell.coordinate
            assert not str(cell.value or "").startswith(("=", "+", "@", "＝", "\t")), cell.coordinate


def test_headings_speak_the_chosen_language(session: Session, mei: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.foundation import language

    seen: list[str] = []
    using = language.using

    def watched(tag: str) -> Any:
        seen.append(tag)
        return using(tag)

    monkeypatch.setattr("core.desk.claim_schedule.using", watched)
    sheet(session, mei, [claim(session, "A1")], "zh-CN")
    sheet(session, mei, [claim(session, "A2")], "xx")
    assert seen == ["zh-CN", "en"]


def test_the_archive_holds_the_schedule_and_the_latest_complete_pack_of_each_claim(
    session: Session, mei: Actor, tmp_path: Path
) -> None:
    with config.override(data_dir=tmp_path):
        one, two = claim(session, "A1"), claim(session, "A2")
        for name, draft, hour in (("old", False, 1), ("CL-one", False, 2), ("later-draft", True, 3)):
            stored = files.store().put(io.BytesIO(name.encode()), limit=100)
            session.add(StoredFile(sha256=stored.sha256, size=9, media_type="application/zip", stored_at=NOW))
            session.flush()
            session.add(
                Pack(
                    claim_id=one.id,
                    file_name=f"{name}.zip",
                    zip_sha256=stored.sha256,
                    pdf_sha256=stored.sha256,
                    manifest_digest="0" * 64,
                    chain_length=1,
                    chain_head="0" * 64,
                    language="en",
                    draft=draft,
                    built_at=NOW + timedelta(hours=hour),
                )
            )
        session.flush()
        out = io.BytesIO()
        made = schedule_zip(session, [one.id, two.id], out, actor=mei, now=NOW)
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["claims-Ninja-Van-2026-11-23.xlsx", "packs/CL-one.zip"]
        assert archive.read("packs/CL-one.zip") == b"CL-one"
    assert made.without_pack == (two.reference,)


def test_a_schedule_is_for_one_payer_of_claims_that_are_there(session: Session, mei: Actor) -> None:
    one, other = claim(session, "A1"), claim(session, "A2", payer_name="Ping An")
    with pytest.raises(Invalid, match="one payer"):
        schedule(session, [one.id, other.id], actor=mei)
    with pytest.raises(NotFound):
        schedule(session, [one.id, 987654], actor=mei)
    with pytest.raises(TooLarge):
        schedule(session, list(range(201)), actor=mei)
    with pytest.raises(Invalid, match="Choose the claims first"):
        schedule(session, [], actor=mei)


def test_who_may_not_export_gets_none(session: Session) -> None:
    viewer = acting(session, Role.VIEWER, "eva")
    for actor in (OUT, viewer):
        with pytest.raises(NotAllowed):
            schedule(session, [1], actor=actor)


def test_the_files_name_says_whose_and_when() -> None:
    assert file_stem("J&T / Express (PH)", NOW, "Asia/Shanghai") == "claims-J-T-Express-PH-2026-11-23"
    assert file_stem("///", NOW, "UTC").endswith(date(2026, 11, 23).isoformat())
