"""The vocabulary of evidence: codes rule cards ask for, and the names people read. Rows of
`data/evidence_kinds.toml`.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from core.foundation.language import current

TABLE = Path(__file__).parent.parent / "data" / "evidence_kinds.toml"


@lru_cache(maxsize=1)
def kinds() -> dict[str, dict[str, str]]:
    """Code → `{"en", "zh-CN", "who"}`, in the order they are offered."""
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def kind_name(code: str) -> str:
    """The name of an evidence kind in the reader's language; an unknown code is shown as it is."""
    row = kinds().get(code)
    return code if row is None else row[current()]
