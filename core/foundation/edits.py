"""Editing a record that others edit too: a clash is one field changed by both, not one record touched by both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.foundation.errors import Conflict, FieldConflict
from core.foundation.language import _


def merge(current: Mapping[str, Any], seen: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """What really is to be changed.

    `current` is the record now (locked), `seen` what the form showed, `typed` what came back. A field left as it was
    shown is not the person's to write; a field that moved to the same value is no conflict. Raises `Conflict` with all
    three values of every field that both sides changed differently.
    """
    changes: dict[str, Any] = {}
    clashes: list[FieldConflict] = []
    for name, yours in typed.items():
        before, theirs = seen.get(name), current.get(name)
        if yours in (before, theirs):
            continue
        if theirs != before:
            clashes.append(FieldConflict(name, before, theirs, yours))
        else:
            changes[name] = yours
    if clashes:
        raise Conflict(
            _("Somebody changed this while you were typing. Both values are shown; choose one."), tuple(clashes)
        )
    return changes
