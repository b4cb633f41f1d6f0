from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.foundation import buyers
from core.foundation.together import Ask, together
from core.models import Incident, Shipment
from core.models.incident import IncidentState, IncidentType
from tests.factories import make_incident

CASES = (
    select(
        Incident.id,
        Incident.type,
        Incident.value_at_risk,
        Incident.noticed_at,
        Incident.rate_on,
        Incident.currency,
        Incident.buyer_said,
    )
    .where(Incident.id == bindparam("id"), Incident.state != IncidentState.CLOSED)
    .order_by(Incident.id)
)
PARCELS = select(Shipment.id, Shipment.order_number).where(Shipment.id == bindparam("id"))
BROKEN = select(func.length(Shipment.order_number) / (Shipment.id - Shipment.id)).where(Shipment.id == bindparam("id"))


@pytest.fixture
def case(session: Session) -> Incident:
    made = make_incident(session, type=IncidentType.LOST)
    made.buyer_said = "没有收到"
    session.flush()
    return made


def test_rows_are_what_each_statement_gives_by_itself(session: Session, case: Incident) -> None:
    asked: list[Ask] = [(CASES, {"id": case.id}), (PARCELS, {"id": case.shipment_id}), (CASES, {"id": -1})]
    for _again in range(8):  # from the sixth time on the driver has prepared them
        alone = [[tuple(row) for row in session.execute(statement, values)] for statement, values in asked]
        assert together(session, asked) == alone
    row: Any = alone[0][0]
    assert len(alone[0]) == 1
    assert row[1] is IncidentType.LOST and row[3].tzinfo is UTC and isinstance(row[3], datetime)
    assert alone[2] == []


def test_nothing_asked_is_nothing_told(session: Session) -> None:
    assert together(session, []) == []


def test_what_is_not_written_yet_is_seen(session: Session, case: Incident) -> None:
    case.buyer_said = "kept waiting"
    assert together(session, [(CASES, {"id": case.id})])[0][0][-1] == "kept waiting"


def test_whoever_listens_for_statements_hears_of_each(session: Session, case: Incident) -> None:
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        heard.append((statement, values))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", hear)
    try:
        together(session, [(CASES, {"id": case.id}), (PARCELS, {"id": 7})])
    finally:
        event.remove(connection, "before_cursor_execute", hear)
    assert [statement.split()[0] for statement, _values in heard] == ["SELECT", "SELECT"]
    assert heard[1][1] == {"id": 7}


def test_what_hides_a_buyer_hides_it_here_too(session: Session, case: Incident) -> None:
    case.buyer_said = "write to wulan@mail.example"
    session.flush()
    with buyers.blind(session):
        told = together(session, [(CASES, {"id": case.id})])[0][0][-1]
    assert "wulan" not in told and "write to" in told


def test_one_that_fails_is_a_database_error_and_the_session_goes_on(session: Session, case: Incident) -> None:
    with pytest.raises(DBAPIError, match="division by zero"), session.begin_nested():
        together(session, [(PARCELS, {"id": case.shipment_id}), (BROKEN, {"id": case.shipment_id})])
    assert together(session, [(PARCELS, {"id": case.shipment_id})])[0][0][0] == case.shipment_id


def test_a_list_of_values_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="IN list"):
        together(session, [(select(Incident.id).where(Incident.id.in_([1, 2])), {})])
