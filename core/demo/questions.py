"""What the demo's managers ask again and again: views of Insights under a name, shared with the team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.permissions import ROLE_PERMISSIONS, Actor
from core.models import Person
from core.team import views

MANAGER = "luo"
VIEWS: tuple[tuple[str, Mapping[str, str], bool], ...] = (
    ("Net loss by carrier, month by month 各承运商净损失", {"measure": "net", "rows": "carrier", "columns": "month", "look": "heat"}, True),
    ("Last month by market and type", {"rows": "market", "columns": "type", "days": "last", "look": "bars"}, True),
    ("Cases per 1,000 parcels, two years", {"measure": "rate", "rows": "month", "look": "lines", "days": "730"}, False),
    ("First action by owner", {"measure": "first", "rows": "owner", "look": "bars", "days": "90"}, False),
    ("Claims that paid, by stage and tier", {"measure": "success", "rows": "stage", "columns": "tier", "look": "table"}, False),
)  # fmt: skip
"""Name, question, whether it stands first."""


def keep(session: Session, now: datetime) -> None:
    """Save them as the manager's own."""
    person = session.scalars(select(Person).where(Person.username == MANAGER)).one()
    manager = Actor(
        person.id, person.username, person.name, person.role, ROLE_PERMISSIONS[person.role], "zh-CN", "Asia/Shanghai"
    )
    for name, query, pinned in VIEWS:
        view = views.save_view(session, actor=manager, screen="insights", name=name, query=query, shared=True, now=now)
        if pinned:
            views.pin_view(session, view.id, actor=manager, pinned=True, now=now)
