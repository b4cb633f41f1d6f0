"""A lead, a shop and a lost parcel, for whoever tests what becomes of its claims and of what its buyer asks for."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from core.cases import incidents
from core.foundation.permissions import Actor, Role
from core.models import Incident, Shop
from core.models.incident import IncidentType, NoticedBy, Stage
from tests.factories import NOW, make_policy, make_rates, make_shipment, make_shop
from tests.people import acting


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    make_rates(session)
    return acting(session, Role.LEAD, "mei")


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session)


@pytest.fixture
def incident(session: Session, mei: Actor) -> Incident:
    return incidents.register(
        session,
        actor=mei,
        shipment_id=make_shipment(session).id,
        type=IncidentType.LOST,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )
