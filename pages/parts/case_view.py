"""What every section of the case screen is drawn from: the story, who looks, when, and on what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.cases.messages import Sent
from core.cases.photo_advice import Advice as Noted
from core.cases.remedies import Result, Row, Suggestion
from core.desk.asking import Advice
from core.desk.case_disputes import DisputeRow
from core.desk.next_step import Next
from core.desk.story import ClaimRow, Story
from core.foundation.permissions import Actor
from core.parcels.tracking.reads import ScanRow

Noticed = Mapping[int, tuple[Noted, ...]]
"""Evidence id → what was noticed about it, set aside or not."""


@dataclass(frozen=True)
class Given:
    """What the buyer was offered, how it ended for the shop, and what Recoup proposes while nothing is offered."""

    rows: tuple[Row, ...]
    result: Result | None
    idea: Suggestion | None


@dataclass(frozen=True)
class View:
    """One run of the screen. `claim` is the claim looked at, `next` the next step of an open case, `advice` who is asked
    first of an open case's payers, `disputes` the buyers' requests of the case and of its parcel,
    `scans` those of its parcel, `messages` what was written to the buyer, both latest first, `given` what the buyer is offered
    (None: not for these eyes), `noticed` what was seen about its files.
    """

    story: Story
    me: Actor
    now: datetime
    phone: bool
    claim: ClaimRow | None
    next: Next | None
    advice: tuple[Advice, ...] = ()
    disputes: tuple[DisputeRow, ...] = ()
    scans: tuple[ScanRow, ...] = ()
    messages: tuple[Sent, ...] = ()
    given: Given | None = None
    noticed: Noticed = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The case's id."""
        return self.story.header.id

    def form(self, name: str, subject: object = "") -> str:
        """The name of a form of this case, for `state`: what is typed for one case never shows up in another."""
        return f"case-{name}-{self.id}-{subject}" if subject != "" else f"case-{name}-{self.id}"
