"""When nothing is left to wait for (inner): conditions for statements of the rooms above."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal_column

from core.models import Claim, Clock, Incident
from core.models.claim import ENDED
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.incident import IncidentState

WAYS = (ClockKind.CLAIM_WINDOW, ClockKind.APPEAL)
"""Clocks whose passing shuts a way to money."""


def every_window_closed(case: Any = Incident) -> ColumnElement[bool]:
    """Whether an open case lost its last way to money: no clock of it runs or is paused, no claim of it waits for
    anybody, and a window or an appeal was missed. Such a case stands on Today: close it with its cause.

    `case` is the incident table or an alias of it. States stand in the text so that partial indexes serve.
    """
    mine = Clock.incident_id == case.id
    return and_(
        case.state != _word(IncidentState.CLOSED),
        case.next_due_at.is_(None),
        exists().where(mine, Clock.state == _word(ClockState.MISSED), Clock.kind.in_(_words(WAYS))),
        ~exists().where(mine, Clock.state.in_(_words(LIVING))),
        ~exists().where(Claim.incident_id == case.id, Claim.state.not_in(_words(ENDED))),
    )


def _word(one: StrEnum) -> ColumnElement[Any]:
    return literal_column(f"'{one.value}'")


def _words(some: Iterable[StrEnum]) -> list[ColumnElement[Any]]:
    return [_word(one) for one in some]
