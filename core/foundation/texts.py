"""What people write, as the database can hold it."""

from __future__ import annotations

from core.foundation.errors import Invalid
from core.foundation.language import _


def storable(text: str) -> str:
    """`text` trimmed, without what Postgres cannot keep: NUL characters, halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode().strip()


def checked(text: str, longest: int, field: str) -> str:
    """`text` as it is kept. Raises `Invalid` naming the field when it has more than `longest` characters."""
    clean = storable(text)
    if len(clean) > longest:
        raise Invalid(_("This is too long: at most {n} characters.", n=longest), field)
    return clean
