"""What a clock of the case says of itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.desk.story import ClockRow
from core.models.clock import ClockKind, ClockState
from pages.parts.case_clocks import stand

_LATE = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)


def _over(state: ClockState) -> ClockRow:
    return ClockRow(
        id=1,
        kind=ClockKind.CLAIM_WINDOW,
        title="",
        state=state,
        claim_id=None,
        contact_id=None,
        rule="",
        rule_version=None,
        zone="Asia/Shanghai",
        event_at=None,
        opens_at=None,
        due_at=_LATE,
        reasoning=[],
        settled_at=_LATE,
        created_at=_LATE,
        promise_by=None,
    )


@pytest.mark.parametrize(("state", "word"), [(ClockState.MET, "done"), (ClockState.MISSED, "missed")])
def test_a_clock_that_is_over_names_the_day_of_whoever_reads_it(state: ClockState, word: str) -> None:
    for zone, day in (("Asia/Shanghai", "24 Nov"), ("America/Sao_Paulo", "23 Nov")):
        said, _kind = stand(_over(state), _LATE, zone)
        assert said.endswith(f"{word} {day}")
