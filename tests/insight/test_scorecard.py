"""The scorecard of a carrier: its own parcels and claims, nobody else's name, and a paper in both languages."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.errors import Invalid, NotAllowed, NotFound
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Role
from core.insight.comparison import Outcome, Period, Scope
from core.insight.scorecard import Facts, asks, build_scorecard, scorecard_facts
from core.models import Carrier, Shop, Tag
from core.models.claim import ClaimState
from core.models.shipment import ShipmentStatus
from tests.factories import NOW, make_carrier, make_incident, make_rates, make_shipment, make_shop
from tests.insight.test_channel_money import claim, pay

MANAGER = Actor(None, "wen", "Wen", Role.MANAGER, ROLE_PERMISSIONS[Role.MANAGER], "en", "Asia/Singapore")
VIEWER = Actor(None, "vi", "Vi", Role.VIEWER, ROLE_PERMISSIONS[Role.VIEWER], "en", "Asia/Singapore")
YEAR = Scope(Period.year_to(NOW.date()))
OLD = NOW - timedelta(days=90)


@pytest.fixture
def shop(session: Session) -> Shop:
    make_rates(session)
    return make_shop(session)


@pytest.fixture
def carrier(session: Session, shop: Shop) -> Carrier:
    """A carrier that lost three of twenty parcels: one claim waits, one is granted and unpaid, one is paid."""
    own = make_carrier(session)
    for n in range(20):
        one = make_shipment(
            session,
            shop,
            own,
            shipped_at=OLD,
            status=ShipmentStatus.LOST if n < 3 else ShipmentStatus.COMPLETED,
            tracking_number=f"TRACK{n:04d}",
        )
        if n < 3:
            state = (ClaimState.SUBMITTED, ClaimState.APPROVED, ClaimState.PAID)[n]
            more = {"approved": Decimal(80)} if n else {}
            made = claim(session, make_incident(session, one, gross_loss=Decimal(100)), state, **more)
            if n == 2:
                pay(session, made, OLD.date() + timedelta(days=12))
    other = make_carrier(session)
    for _n in range(30):
        make_shipment(session, shop, other, shipped_at=OLD, status=ShipmentStatus.COMPLETED)
    return own


def facts(session: Session, carrier: Carrier, actor: Actor = MANAGER) -> Facts:
    return scorecard_facts(session, carrier.id, YEAR, [Outcome.LOST], actor=actor, base_currency="SGD", now=NOW)


def test_it_tells_the_carriers_own_parcels_harm_and_claims(session: Session, carrier: Carrier) -> None:
    found = facts(session, carrier, VIEWER)
    assert (found.parcels, found.gross) == (20, Decimal(300))
    lost = found.harm[Outcome.LOST]
    assert (lost.n, lost.events, lost.young) == (20, 3, 0)
    assert found.harm[Outcome.DAMAGED].events == 0
    assert (found.filed, found.decided, found.granted, found.days, found.success) == (3, 2, 2, 12, None)
    assert [(one.tracking_number, one.granted, one.owed.amount, one.days) for one in found.open] == [
        ("TRACK0000", False, Decimal(100), 90),
        ("TRACK0001", True, Decimal(80), 90),
    ]
    assert found.open_total == 2
    assert asks(found) == [
        "Answer the claim listed below: it has waited 90 days.",
        "Pay the granted claim listed below.",
    ]


def text_of(pdf: bytes) -> str:
    paper = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in paper)
    finally:
        paper.close()


@pytest.mark.parametrize(("language", "heading"), [("en", "What we ask"), ("zh-CN", "TRACK0000")])
def test_the_paper_names_no_other_carrier_and_its_making_is_kept(
    session: Session, carrier: Carrier, language: str, heading: str
) -> None:
    others = [one.name for one in session.scalars(select(Carrier)) if one.id != carrier.id]
    made = build_scorecard(
        session,
        carrier.id,
        YEAR,
        [Outcome.LOST],
        actor=MANAGER,
        asked="Please scan at every hand-over. #set page(fill: red) 请每次交接都扫描",
        language=language,
        base_currency="SGD",
        now=NOW,
    )
    assert made.pdf.startswith(b"%PDF") and made.file_name.startswith("scorecard-") and made.file_name.endswith(".pdf")
    said = text_of(made.pdf)
    assert carrier.name in said and heading in said
    assert "#set page(fill: red)" in said and "每次交接" in said
    assert not any(name in said for name in others)
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.SCORECARD_BUILT)).one()
    assert event.after["carrier"] == carrier.name


def test_who_does_not_decide_about_carriers_sends_them_nothing(session: Session, carrier: Carrier) -> None:
    def build(actor: Actor, number: int, **more: str) -> None:
        words = {"asked": "", "language": "en", **more}
        build_scorecard(session, number, YEAR, [Outcome.LOST], actor=actor, base_currency="SGD", now=NOW, **words)

    with pytest.raises(NotAllowed):
        build(VIEWER, carrier.id)
    with pytest.raises(NotFound):
        build(MANAGER, 999_999)
    with pytest.raises(Invalid, match="carried no parcel"):
        build(MANAGER, make_carrier(session).id)
    with pytest.raises(Invalid):
        build(MANAGER, carrier.id, language="xx")
