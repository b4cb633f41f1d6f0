"""The worklist: what has to be done now, by the next irreversible moment and the money behind it.

A row is a running clock that asks something of us, an open case without an owner, or one nobody touched for days. Rows
stand in four buckets by their moment; within one by moment, then by money in the base currency.

- A claim window that is not open yet counts by its opening; open, by its end.
- What is late by more than three days comes last in its bucket: one more hour costs it nothing, while a window that
  closes tonight is lost tomorrow.
- A payer's answer or payment is somebody else's turn: until its moment has passed it stands under "later", then it is
  late.
- A case without an owner, or a silent one, has no irreversible moment of its own. It stands where its next clock puts
  it, under "this week" at the latest.
"""

from core.desk.worklist.reading import MOST_ROWS, worklist
from core.desk.worklist.rows import (
    ACTION_LABELS,
    BUCKET_LABELS,
    CLOCK_KINDS,
    DISPUTES,
    KIND_LABELS,
    WAITING,
    Bucket,
    Do,
    Kind,
    Work,
    action,
)
from core.desk.worklist.statement import OPEN, RUNNING, bound, moments, silence
from core.desk.worklist.words import money_words, proof_words, sentence

__all__ = [
    "ACTION_LABELS",
    "BUCKET_LABELS",
    "CLOCK_KINDS",
    "DISPUTES",
    "KIND_LABELS",
    "MOST_ROWS",
    "OPEN",
    "RUNNING",
    "WAITING",
    "Bucket",
    "Do",
    "Kind",
    "Work",
    "action",
    "bound",
    "moments",
    "money_words",
    "proof_words",
    "sentence",
    "silence",
    "worklist",
]
