"""The tracking state is frozen into evidence by itself when a case opens: what is known, as of when, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import evidence, proof
from core.cases.checklist import lacking, needs
from core.cases.incidents import NewIncident
from core.foundation import audit, config, files
from core.foundation.audit import AuditEvent
from core.foundation.permissions import Actor, Role
from core.models import Evidence, ImportRun, Incident, Shipment, ShipmentLine, Tag
from core.models.incident import IncidentState, IncidentType, NoticedBy, Stage
from core.recovery.intake import take_in, take_in_many
from tests.factories import NOW, make_incident, make_policy, make_rates, make_rule_card, make_shipment, make_shop
from tests.people import acting


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[None]:
    with config.override(data_dir=tmp_path):
        yield


@pytest.fixture
def lead(session: Session) -> Actor:
    make_rates(session)
    make_policy(session)
    return acting(session, Role.LEAD)


def snapshots(session: Session, incident: Incident) -> list[Evidence]:
    return list(session.scalars(select(Evidence).where(Evidence.incident_id == incident.id).order_by(Evidence.id)))


def text_of(session: Session, incident: Incident) -> str:
    [_picture, words] = snapshots(session, incident)[:2]
    return files.store().read(words.sha256).decode()


def imported(session: Session) -> Incident:
    """A case of a parcel that a file brought."""
    shop = make_shop(session)
    run = ImportRun(
        shop_id=shop.id,
        file_name="Order.all.20261101_20261123.xlsx",
        sha256=bytes(32),
        report="orders",
        market="SG",
        at=NOW - timedelta(hours=5),
        counts={},
        headings=[],
        unknown_headings=[],
    )
    session.add(run)
    session.flush()
    shipment = make_shipment(
        session,
        shop,
        import_id=run.id,
        source_at=NOW - timedelta(hours=6),
        status_text="Đang giao",
        carrier_text="SPX Express",
        service="Standard",
        last_scan_at=NOW - timedelta(days=5),
        buyer_username="secret_buyer_77",
        last_mile_number="LM123",
    )
    session.scalars(select(ShipmentLine).where(ShipmentLine.shipment_id == shipment.id)).one().source_row = 42
    session.flush()
    return make_incident(session, shipment, buyer_said="call me at 81234567")


def test_a_case_that_opens_keeps_what_is_known_of_its_parcel_as_text_and_as_a_picture(
    session: Session, lead: Actor
) -> None:
    card = make_rule_card(session, documents=[{"code": "tracking_snapshot"}])
    shipment = make_shipment(session, status_text="Đang giao")
    incident = take_in(
        session,
        actor=lead,
        shipment_id=shipment.id,
        type=IncidentType.LOST,
        stage=Stage.UNKNOWN,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW - timedelta(hours=1),
        now=NOW,
    )
    picture, words = snapshots(session, incident)
    assert (picture.kind, picture.added_by, picture.added_at) == ("tracking_snapshot", None, NOW)
    assert words.name == picture.name.replace(".png", ".txt")
    with Image.open(io.BytesIO(files.store().read(picture.sha256))) as drawn:
        assert (drawn.format, *drawn.size) == ("PNG", picture.width, picture.height)
        assert drawn.width > 600
    assert lacking(needs(session, incident.id, card)) == ()
    assert incident.state is IncidentState.REGISTERED
    told = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.EVIDENCE_FROZEN)).all()
    assert [(one.subject_id, one.after["sha256"]) for one in told] == [
        (picture.id, picture.sha256),
        (words.id, words.sha256),
    ]
    assert audit.check_chain(session, incident.id) is None


def test_it_says_what_the_source_said_where_it_came_from_and_as_of_when(session: Session) -> None:
    incident = imported(session)
    proof.freeze(session, [incident], now=NOW)
    said = text_of(session, incident)
    for words in (
        incident.reference,
        "Đang giao",
        "SPX Express",
        "Standard",
        "LM123",
        "Order.all.20261101_20261123.xlsx",
        "42",
        "00" * 32,
        "2026-11-18 12:00 Asia/Singapore (UTC+08:00) = 2026-11-18 04:00 UTC",
        "2026-11-23 06:00 Asia/Singapore (UTC+08:00)",
        "Tracking number / 运单号",
    ):
        assert words in said, words


def test_it_says_nothing_about_the_buyer(session: Session) -> None:
    incident = imported(session)
    proof.freeze(session, [incident], now=NOW)
    said = text_of(session, incident)
    assert "secret_buyer_77" not in said
    assert "81234567" not in said


def test_where_nothing_is_known_it_says_so_and_proves_nothing(session: Session) -> None:
    card = make_rule_card(session, documents=[{"code": "tracking_snapshot"}])
    shipment = make_shipment(session, tracking_number=None, accepted_at=None, shipped_at=None)
    incident = make_incident(session, shipment)
    proof.freeze(session, [incident], now=NOW)
    assert "No tracking is known." in text_of(session, incident)
    [need] = needs(session, incident.id, card)
    assert (need.met, need.there) == (False, 2)
    assert {fault.reason for fault in need.faults} == {"it says that no tracking is known"}


def test_the_same_state_is_kept_once_and_a_new_one_beside_it(session: Session) -> None:
    incident = imported(session)
    assert len(proof.freeze(session, [incident], now=NOW)) == 2
    assert proof.freeze(session, [incident], now=NOW + timedelta(days=1)) == []
    session.get_one(Shipment, incident.shipment_id).status_text = "Thất lạc"
    session.flush()
    assert len(proof.freeze(session, [incident], now=NOW + timedelta(days=1))) == 2
    assert audit.check_chain(session, incident.id) is None


def test_a_state_that_was_withdrawn_is_kept_again(session: Session) -> None:
    incident, lead = imported(session), acting(session, Role.LEAD)
    for row in proof.freeze(session, [incident], now=NOW):
        evidence.withdraw_evidence(session, row.id, actor=lead, reason="of another case", now=NOW)
    assert len(proof.freeze(session, [incident], now=NOW + timedelta(minutes=1))) == 2


def test_a_batch_is_frozen_in_few_statements(session: Session, lead: Actor) -> None:
    shop = make_shop(session)
    rows = [NewIncident(make_shipment(session, shop).id, str(n), IncidentType.LOST) for n in range(60)]
    done = take_in_many(session, rows, actor=lead, now=NOW)
    assert len(done.made) == 60
    assert session.scalar(select(func.count()).select_from(Evidence)) == 120
    for incident in session.scalars(select(Incident)).all():
        assert audit.check_chain(session, incident.id) is None


def test_nothing_to_freeze_is_nothing(session: Session) -> None:
    assert proof.freeze(session, [], now=NOW) == []
