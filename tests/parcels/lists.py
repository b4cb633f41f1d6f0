"""Lists of the team's own as CSV, for tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence


def as_csv(headings: Sequence[str], *rows: Sequence[object]) -> bytes:
    """A CSV in UTF-8."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(headings)
    writer.writerows(rows)
    return made.getvalue().encode()
