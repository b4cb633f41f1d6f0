"""What a batch is given and what came of it: the starts, the receipt, the rows of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from core.foundation.language import N_
from core.models.claim import ClaimState

MOST = 200
"""Claims in one go."""
PORTION = 10
"""Claims in one transaction: long enough to be quick, short enough that nobody waits for the cases it holds."""

T = TypeVar("T")


class Outcome(StrEnum):
    """What became of a row. PART: some of it stands, and the sentence says what does not."""

    DONE = "done"
    PART = "part"
    REFUSED = "refused"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.DONE: N_("Done"),
    Outcome.PART: N_("Done in part"),
    Outcome.REFUSED: N_("Refused"),
}


@dataclass(frozen=True)
class Row:
    """One row of the report. `claim_id` and `reference` are None where no claim came to be; `said` is for the reader."""

    incident_id: int
    case: str
    claim_id: int | None
    reference: str | None
    outcome: Outcome
    said: str


@dataclass(frozen=True)
class Report:
    """What became of every row, in the order they were given."""

    rows: tuple[Row, ...] = ()

    def of(self, outcome: Outcome) -> tuple[Row, ...]:
        """The rows that ended so."""
        return tuple(row for row in self.rows if row.outcome is outcome)

    def __add__(self, other: Report) -> Report:
        return Report(self.rows + other.rows)

    def plain(self) -> list[dict[str, Any]]:
        """As JSON, for a submission's stored result."""
        return [asdict(row) for row in self.rows]

    @classmethod
    def read(cls, stored: Iterable[Mapping[str, Any]]) -> Report:
        """From what `plain` gave."""
        return cls(tuple(Row(**{**row, "outcome": Outcome(row["outcome"])}) for row in stored))


@dataclass(frozen=True)
class Start:
    """One to prepare: a case, and the code of the card to claim under. Without a card, the payer's that comes first."""

    incident_id: int
    rule: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What the payer gave for all of them, added to each case."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Ahead:
    """What an action would meet: the claim, and why it would be refused, if it would."""

    claim_id: int
    incident_id: int
    reference: str
    case: str
    payer: str
    state: ClaimState
    reason: str | None


def portions(rows: Sequence[T], size: int = PORTION) -> list[Sequence[T]]:
    """The rows in portions, each for a transaction of its own."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]
