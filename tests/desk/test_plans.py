"""With many rows, the lists have to come off indexes: no plan may read a large table from end to end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.desk.claims_list import (
    ClaimFilter,
    Group,
    Moment,
    claim_details,
    claims_choices,
    claims_count,
    claims_page,
)
from core.desk.register import NOBODY, Filter, Sort, register_count, register_page
from core.desk.story import story
from core.desk.worklist import Kind, worklist
from core.foundation.permissions import Actor, Role
from core.models.incident import IncidentState, IncidentType
from core.models.rule import FilingChannel
from tests.desk.plans import explained, scanned
from tests.factories import NOW
from tests.people import acting

LARGE = {"incident", "shipment", "clock", "claim"}
Read = Callable[[Session, Actor], Any]


def _claims(wanted: ClaimFilter, session: Session, actor: Actor) -> Any:
    claims_page(session, wanted, actor=actor, now=NOW)
    return claims_count(session, wanted, actor=actor, now=NOW)


READS: dict[str, Read] = {
    "worklist": lambda session, actor: worklist(session, actor=actor, now=NOW),
    "worklist, mine": lambda session, actor: worklist(session, actor=actor, now=NOW, mine=True),
    "worklist, unassigned": lambda session, actor: worklist(session, actor=actor, now=NOW, kinds=[Kind.UNASSIGNED]),
    "worklist, silent": lambda session, actor: worklist(session, actor=actor, now=NOW, kinds=[Kind.SILENT]),
    "worklist, escalated": lambda session, actor: worklist(session, actor=actor, now=NOW, escalated=True),
    "worklist, ended": lambda session, actor: worklist(session, actor=actor, now=NOW, kinds=[Kind.ENDED]),
    "register": lambda session, actor: register_page(session, Filter(), actor=actor),
    "register, last page": lambda session, actor: register_page(session, Filter(), actor=actor, page=20),
    "register, by moment": lambda session, actor: register_page(session, Filter(sort=Sort.DUE), actor=actor),
    "register, by value": lambda session, actor: register_page(session, Filter(sort=Sort.VALUE), actor=actor),
    "register, by state": lambda session, actor: register_page(
        session, Filter(states=(IncidentState.PROVING,)), actor=actor
    ),
    "register, by type": lambda session, actor: register_page(session, Filter(types=(IncidentType.LOST,)), actor=actor),
    "register, by shop": lambda session, actor: register_page(session, Filter(shops=(2,)), actor=actor),
    "register, by carrier": lambda session, actor: register_page(session, Filter(carriers=(2,)), actor=actor),
    "register, by owner": lambda session, actor: register_page(session, Filter(owners=(2,)), actor=actor),
    "register, no owner": lambda session, actor: register_page(session, Filter(owners=(NOBODY,)), actor=actor),
    "search, a number": lambda session, actor: register_page(session, Filter(text="0000733103"), actor=actor),
    "search, a tracking number": lambda session, actor: register_page(
        session, Filter(text="SPXPH0000733103"), actor=actor
    ),
    "search, a reference": lambda session, actor: register_page(session, Filter(text="INC-2026-000777"), actor=actor),
    "search, Chinese in every row": lambda session, actor: register_page(session, Filter(text="没有收到"), actor=actor),
    "search, nothing": lambda session, actor: register_page(session, Filter(text="zzzqqq"), actor=actor),
    "count of a search": lambda session, actor: register_count(session, Filter(text="0000733103"), actor=actor),
    "claims": lambda session, actor: claims_page(session, ClaimFilter(), actor=actor, now=NOW),
    "claims, asked": lambda session, actor: claims_page(
        session, ClaimFilter(groups=(Group.ASKED,)), actor=actor, now=NOW
    ),
    "claims, ended": lambda session, actor: claims_page(
        session, ClaimFilter(groups=(Group.ENDED,)), actor=actor, now=NOW
    ),
    "claims, searched": lambda session, actor: claims_page(session, ClaimFilter(text="NV-7777"), actor=actor, now=NOW),
    "claims, by reference": lambda session, actor: claims_page(
        session, ClaimFilter(text="CL-2026-000771"), actor=actor, now=NOW
    ),
    **{
        f"claims, {name}": partial(_claims, ClaimFilter(**more))
        for name, more in dict[str, dict[str, Any]](
            {
                "late": {"moment": Moment.LATE},
                "due in 3 days": {"moment": Moment.THREE},
                "not open yet": {"moment": Moment.SLEEPING},
                "paused": {"moment": Moment.PAUSED},
                "escalated": {"raised": True},
                "of one payer": {"by": ("Ninja Van",)},
                "of one carrier": {"carriers": (2,)},
                "of one shop": {"shops": (2,)},
                "of one market": {"markets": ("PH",)},
                "of one owner": {"owners": (2,)},
                "without owner": {"owners": (NOBODY,)},
                "of much value": {"least": Decimal(300)},
                "of one day": {"day": NOW.date()},
                "denied for lateness": {"denials": ("late",)},
                "through the platform": {"channels": (FilingChannel.PLATFORM,)},
            }
        ).items()
    },
    "claims, every payer's name": lambda session, actor: claims_choices(session, actor=actor),
    "claim": lambda session, actor: claim_details(session, "CL-2026-000771", actor=actor),
    "case": lambda session, actor: story(session, "INC-2026-000777", actor=actor),
}


@pytest.mark.parametrize("name", READS)
def test_a_list_comes_off_an_index(many: Session, name: str) -> None:
    actor = acting(many, Role.AGENT, "planner")
    with explained(many) as plans:
        READS[name](many, actor)
    assert plans
    for plan in plans:
        assert not scanned(plan) & LARGE, plan
