from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import orjson
import pytest
from sqlalchemy.orm import Session

from core.desk import import_runs
from core.desk.standing import standing_many
from core.foundation.errors import NotAllowed, NotFound
from core.foundation.language import using
from core.foundation.permissions import SYSTEM, Role
from core.models import ImportRow, ImportRun, IncidentOffer, Shop
from core.models.imports import OfferState
from core.models.incident import IncidentType
from tests.factories import NOW, make_incident, make_shipment, make_shop
from tests.people import OUT, acting


def a_run(session: Session, shop: Shop | None = None, **more: object) -> ImportRun:
    values = {
        "shop_id": (shop or make_shop(session)).id,
        "file_name": "Order.all.xlsx",
        "sha256": b"1",
        "report": "order_all",
        "market": "VN",
        "at": NOW,
        "counts": {"rows": 2, "refused": 1},
        "headings": ["Mã đơn hàng", "=Ghi chú"],
        "unknown_headings": ["=Ghi chú"],
        **more,
    }
    run = ImportRun(**values)
    session.add(run)
    session.flush()
    return run


def an_offer(session: Session, **more: object) -> IncidentOffer:
    values = {"shipment_id": make_shipment(session).id, "type": IncidentType.LOST, "reason": "mất", "created_at": NOW}
    offer = IncidentOffer(**{**values, **more})
    session.add(offer)
    session.flush()
    return offer


def test_runs_are_listed_latest_first_with_who_and_what(session: Session) -> None:
    agent = acting(session, Role.AGENT)
    first = a_run(session)
    second = a_run(session, at=NOW + timedelta(hours=1), person_id=agent.person_id)
    found = import_runs.list_runs(session, actor=agent)
    assert [(one.id, one.by) for one in found] == [(second.id, agent.name), (first.id, None)]
    assert found[0].unknown_headings == ("=Ghi chú",)


def test_refused_rows_come_with_number_reason_and_harmless_cells(session: Session) -> None:
    run = a_run(session)
    reason = orjson.dumps(["There is no such shop.", {}]).decode()
    session.add(ImportRow(import_id=run.id, row=7, raw=["2611A", "=1+1"], refused=reason))
    session.flush()
    with using("zh-CN"):
        text = import_runs.refused_csv(session, run.id, actor=SYSTEM).decode("utf-8-sig")
        heading, row = text.splitlines()
        assert "'=Ghi chú" in heading
        assert row.startswith("7,") and "There is" not in row and "'=1+1" in row
    with pytest.raises(NotFound):
        import_runs.refused_rows(session, 0, actor=SYSTEM)


def test_refused_rows_of_several_files_come_as_an_archive_of_harmless_names(session: Session) -> None:
    first = a_run(session, file_name="../=Tháng 1.xlsx")
    second, third = a_run(session, file_name="2.xlsx"), a_run(session, file_name="2.xlsx")
    for run in (first, second):
        session.add(ImportRow(import_id=run.id, row=7, raw=["2611A", "=1+1"], refused="no"))
    session.flush()
    made = import_runs.refused_archive(session, [first.id, second.id, third.id], actor=SYSTEM)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == [f"{first.id}-.._Tháng_1.xlsx.csv", f"{second.id}-2.xlsx.csv"]
        assert "'=1+1" in archive.read(archive.namelist()[0]).decode("utf-8-sig")
    with pytest.raises(NotFound):
        import_runs.refused_archive(session, [0], actor=SYSTEM)


def test_a_reason_that_is_no_sentence_is_shown_as_it_is() -> None:
    assert import_runs.reason("plain words") == "plain words"


def test_offers_wait_until_they_are_dismissed_once(session: Session) -> None:
    agent, one, two = acting(session, Role.AGENT), an_offer(session), an_offer(session)
    an_offer(session, state=OfferState.TAKEN)
    assert import_runs.count_offers(session, actor=agent) == 2
    assert [offer.id for offer in import_runs.open_offers(session, actor=agent)] == [two.id, one.id]
    assert import_runs.dismiss_offers(session, [one.id], actor=agent, now=NOW) == 1
    assert import_runs.dismiss_offers(session, [one.id], actor=agent, now=NOW) == 0
    assert [offer.id for offer in import_runs.open_offers(session, actor=agent)] == [two.id]
    with pytest.raises(NotAllowed):
        import_runs.dismiss_offers(session, [two.id], actor=acting(session, Role.VIEWER), now=NOW)


def test_offers_of_one_import_only(session: Session) -> None:
    run = a_run(session)
    mine = an_offer(session, import_id=run.id)
    an_offer(session)
    assert [one.id for one in import_runs.open_offers(session, actor=SYSTEM, run_id=run.id)] == [mine.id]


def test_parcels_with_their_incident_are_named(session: Session) -> None:
    with_case, without = make_shipment(session), make_shipment(session)
    case = make_incident(session, with_case)
    ids = [with_case.id, without.id]
    assert standing_many(session, ids, IncidentType.LOST, actor=SYSTEM) == {with_case.id: case.reference}
    assert standing_many(session, ids, IncidentType.DAMAGED, actor=SYSTEM) == {}
    with pytest.raises(NotAllowed):
        standing_many(session, ids, IncidentType.LOST, actor=OUT)
