"""The scorecard of a carrier: its own parcels and claims, nobody else's name, and a paper in both languages."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.errors import Invalid, NotAllowed, NotFound
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Role
from core.insight.comparison import Outcome, Period, Scope, Verdict
from core.insight.scorecard import Facts, asks, build_scorecard, scorecard_facts
from core.insight.standardise import Standardised
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


@pytest.mark.parametrize("state", ClaimState)
def test_the_carrier_is_asked_about_what_waits_for_it_and_nothing_else(
    session: Session, shop: Shop, state: ClaimState
) -> None:
    own = make_carrier(session)
    parcel = make_shipment(session, shop, own, shipped_at=OLD, status=ShipmentStatus.LOST)
    granted = state in (ClaimState.APPROVED, ClaimState.PARTLY_APPROVED)
    claim(session, make_incident(session, parcel), state, **({"approved": Decimal(80)} if granted else {}))
    found = facts(session, own)
    waits = state in (ClaimState.SUBMITTED, ClaimState.IN_REVIEW, ClaimState.APPEALED)
    assert [(one.state, one.granted) for one in found.open] == ([(state, granted)] if waits or granted else [])


def test_a_lane_that_is_worse_is_asked_about_with_how_much_and_no_other_is(session: Session, carrier: Carrier) -> None:
    found = replace(facts(session, carrier), open=())
    lane = found.lanes[0]

    def judged(verdict: Verdict, standardised: Standardised | None = lane.compared.standardised) -> Facts:
        compared = replace(lane.compared, verdict=verdict, standardised=standardised)
        return replace(found, lanes=(replace(lane, compared=compared),))

    assert asks(judged(Verdict.WORSE)) == [
        "Say what is done about SG: harm there is 2.5 times what others' rates on the lane would bring."
    ]
    for verdict in set(Verdict) - {Verdict.WORSE}:
        assert asks(judged(verdict)) == []
    assert asks(judged(Verdict.WORSE, standardised=None)) == []


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


def printed(session: Session, carrier: Carrier) -> str:
    made = build_scorecard(
        session,
        carrier.id,
        YEAR,
        [Outcome.LOST],
        actor=MANAGER,
        asked="",
        language="en",
        base_currency="SGD",
        now=NOW,
    )
    # The paper marks where its columns may break a long number.
    return text_of(made.pdf).replace("\u200b", "").replace("\r", "")


def test_the_paper_says_the_figures_as_they_are(session: Session, carrier: Carrier) -> None:
    said = printed(session, carrier)
    # 3 of 20: Clopper and Pearson's interval is .0321 to .3789.
    assert "Lost 20 3 150.00 32.07 – 378.93 0" in said
    assert "Damaged 20 0 0.00 0.00 – 168.43 0" in said and "Late 0 0 — — 0" in said
    # Both carriers together lost 3 of 50: 1.2 of 20 were to be expected.
    assert "SG 20 3 150.00 32.07 – 378.93 × 2.50 (0.5 – 7.3) Too few parcels" in said
    assert "Still lost\nSGD 300.00" in said
    assert "Granted, with its 95 % interval —" in said, "nothing is said about a share of two"
    assert "(median) 12" in said and "TRACK0001" in said and "25 Aug 2026 90 Approved SGD 80.00" in said


def test_the_share_of_granted_claims_is_told_from_five_decided_ones(session: Session, shop: Shop) -> None:
    own = make_carrier(session)
    for state, grant in [(ClaimState.PAID, 80)] * 4 + [(ClaimState.REJECTED, None)]:
        parcel = make_shipment(session, shop, own, shipped_at=OLD, status=ShipmentStatus.LOST)
        claim(
            session,
            make_incident(session, parcel),
            state,
            approved=None if grant is None else Decimal(grant),
            paid=Decimal(grant or 0),
        )
    said = printed(session, own)
    # 4 of 5: Clopper and Pearson's interval is .2836 to .9949.
    assert "Granted, with its 95 % interval 80 % (28 – 99 %)" in said
    assert "Paid SGD 320.00" in said


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
