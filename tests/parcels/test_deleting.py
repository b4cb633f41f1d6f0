"""An import taken away: everything is as it was before, or a sentence says what stands on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.errors import NotAllowed, NotFound, WrongState
from core.foundation.permissions import SYSTEM, Role
from core.models import ImportBlock, ImportRun, IncidentOffer, Shipment, Tag
from core.models.imports import OfferState
from core.models.incident import IncidentType
from core.parcels.importers import KINDS, FileResult, delete_import, import_file
from tests.factories import NOW, make_incident
from tests.parcels import exports
from tests.parcels.exports import lost, shipping, vn
from tests.people import acting


def bring(session: Session, *rows: dict[str, Any]) -> FileResult:
    return import_file(session, exports.vn_file(*rows), actor=SYSTEM, shop="Lion", file_name="Order.all.xlsx", now=NOW)


def take_away(session: Session, result: FileResult) -> None:
    delete_import(session, result.run_id or 0, actor=SYSTEM, kinds=KINDS, now=NOW)


def everything(session: Session) -> list[Any]:
    """Shipments with lines and offers as stored, but for what counts writings."""
    session.flush()
    tables = (
        "select to_jsonb(s) - 'version' - 'updated_at' from shipment s order by id",
        "select to_jsonb(l) from shipment_line l order by shipment_id, line",
        "select to_jsonb(o) from incident_offer o order by id",
        "select to_jsonb(c) from import_change c order by import_id, shipment_id",
        "select count(*) from import_block",
        "select count(*) from import_row",
    )
    return [session.execute(text(one)).all() for one in tables]


def test_a_first_import_goes_with_all_it_brought(session: Session) -> None:
    before = everything(session)
    result = bring(session, vn(), vn(name="Khăn giấy"), lost(order="2", package="2"), vn(order="3", quantity="x"))
    take_away(session, result)
    assert everything(session) == before
    run = session.scalars(select(ImportRun)).one()
    assert run.deleted_at == NOW and not session.scalars(select(ImportBlock)).all()


def test_what_an_import_changed_is_as_it_was(session: Session) -> None:
    bring(session, shipping(), shipping(order="2", package="2"), lost(order="4", package="4"))
    before = everything(session)
    later = bring(
        session,
        vn(name="Khăn giấy", price="80000.00", tracking="OTHER"),
        vn(name="Khăn", tracking="OTHER"),
        vn(order="3", package="3"),
        vn(order="4", package="4"),
    )
    assert (later.new, later.updated) == (1, 2)
    assert session.scalars(select(IncidentOffer)).one().state is OfferState.DISMISSED
    take_away(session, later)
    assert everything(session) == before


def test_after_deletion_the_same_file_comes_in_again(session: Session) -> None:
    first = bring(session, vn(), lost(order="2", package="2"))
    take_away(session, first)
    again = bring(session, vn(), lost(order="2", package="2"))
    assert (again.new, again.offers) == (2, 1) and again.run_id != first.run_id


def test_what_something_else_changed_meanwhile_stays(session: Session) -> None:
    bring(session, shipping())
    later = bring(session, vn())
    scanned = datetime(2026, 2, 5, tzinfo=UTC)
    session.execute(text("update shipment set delivered_at = :at, completed_at = :at"), {"at": scanned})
    take_away(session, later)
    parcel = session.scalars(select(Shipment)).one()
    assert parcel.status == "shipped" and parcel.completed_at == parcel.delivered_at == scanned


def test_a_later_import_of_the_same_parcels_stands_on_it_even_if_it_changed_nothing(session: Session) -> None:
    first = bring(session, vn())
    other = bring(session, vn(order="7", package="7"))
    later = bring(session, vn(**{"Ghi chú": "the same facts"}))
    assert later.unchanged == 1
    before = everything(session)
    with pytest.raises(WrongState, match=r"Order\.all\.xlsx.*first"):
        take_away(session, first)
    assert everything(session) == before
    take_away(session, other)
    take_away(session, later)
    take_away(session, first)
    assert not session.scalar(select(func.count()).select_from(Shipment))


def test_an_import_with_a_case_stays(session: Session) -> None:
    result = bring(session, lost())
    parcel = session.scalars(select(Shipment)).one()
    incident = make_incident(session, parcel, type=IncidentType.LOST)
    with pytest.raises(WrongState, match=incident.reference):
        take_away(session, result)


def test_an_update_goes_though_its_parcel_has_a_case_but_not_where_its_offer_was_taken(session: Session) -> None:
    bring(session, shipping())
    parcel = session.scalars(select(Shipment)).one()
    later = bring(session, lost())
    incident = make_incident(session, parcel, type=IncidentType.LOST)
    offer = session.scalars(select(IncidentOffer)).one()
    offer.state, offer.incident_id = OfferState.TAKEN, incident.id
    session.flush()
    with pytest.raises(WrongState, match=incident.reference):
        take_away(session, later)
    offer.state, offer.incident_id = OfferState.DISMISSED, None
    session.flush()
    take_away(session, later)
    assert session.scalars(select(Shipment)).one().status == "shipped"


def test_an_import_is_deleted_once_and_by_those_who_may(session: Session) -> None:
    result = bring(session, vn())
    with pytest.raises(NotAllowed):
        delete_import(session, result.run_id or 0, actor=acting(session, Role.AGENT), kinds=KINDS, now=NOW)
    take_away(session, result)
    with pytest.raises(NotFound):
        take_away(session, result)
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.IMPORT_DELETED)).one()
    assert event.subject_id == result.run_id and event.after["name"] == "Order.all.xlsx"


def test_an_import_of_an_older_recoup_says_that_it_cannot_be_taken_back(session: Session) -> None:
    result = bring(session, vn())
    session.execute(text("update import_run set undo = '{\"before\": true}'"))
    session.expire_all()
    with pytest.raises(WrongState, match="older Recoup"):
        take_away(session, result)


def test_an_import_that_somebody_deletes_at_the_same_moment_is_no_longer_there(session: Session) -> None:
    result = bring(session, vn())
    # The row as this session read it before the other one was done.
    assert session.get_one(ImportRun, result.run_id).deleted_at is None
    session.connection().execute(text("update import_run set deleted_at = now()"))
    with pytest.raises(NotFound):
        take_away(session, result)
