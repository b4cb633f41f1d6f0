"""What every part of the answer's screen is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.foundation.permissions import Actor, Permission
from core.models.dispute import OPEN_STATES, DisputeState
from core.recovery.answers import AnswerDesk, Exhibit

AFTER = frozenset(
    {DisputeState.LOST, DisputeState.PARTLY_WON, DisputeState.EXPIRED, DisputeState.COMPENSATION_REJECTED}
)
"""States that are over but may still be answered: late, or with a demand for compensation."""


@dataclass(frozen=True)
class AnswerView:
    """One run of the screen: the desk, who looks, when, and on what."""

    desk: AnswerDesk
    me: Actor
    now: datetime
    phone: bool

    @property
    def may(self) -> bool:
        """Whether this person may write."""
        return self.me.may(Permission.DISPUTE_EDIT)

    @property
    def open(self) -> bool:
        """Whether an answer can still be sent."""
        asked = (DisputeState.COMPENSATION_REQUESTED, DisputeState.COMPENSATION_APPROVED)
        return self.desk.state in AFTER or (self.desk.state in OPEN_STATES and self.desk.state not in asked)

    def form(self, name: str, subject: object = "") -> str:
        """The name of a form of this dispute."""
        return (
            f"answer-{name}-{self.desk.dispute_id}-{subject}"
            if subject != ""
            else f"answer-{name}-{self.desk.dispute_id}"
        )

    def exhibits_of(self, module: str) -> list[Exhibit]:
        """The exhibits in one place of the list."""
        return [one for one in self.desk.exhibits if one.module == module]
