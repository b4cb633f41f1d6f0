"""Refusals: everything Recoup says no to, each a sentence for the person who asked.

A refusal is written with `_()` where it is raised, so it already stands in the reader's language. Anything that is
not a `Refusal` is a bug: it is logged with an id and the person sees that id, nothing of the inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Refusal(Exception):
    """A sentence that says what is wrong and what to do. `str(refusal)` is that sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(Refusal):
    """The person has no right to this. Says nothing about whether the thing exists."""


class NotFound(Refusal):
    """There is no such record, or none this person may see."""


class Invalid(Refusal):
    """What was typed cannot be understood or is out of bounds. `field` names the input, if there is one."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class WrongState(Refusal):
    """The record is in a state from which this action does not start."""


class GuardFailed(Refusal):
    """The state would allow it, but something is missing. `missing` lists what, as codes."""

    def __init__(self, message: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.missing = missing


class TooEarly(Refusal):
    """The window has not opened yet; the sentence names the date."""


class TooLate(Refusal):
    """The window has closed; the sentence names the date."""


class TooLarge(Refusal):
    """A file or a list is over its limit; the sentence names the limit."""


class Unavailable(Refusal):
    """Something Recoup needs does not answer right now: database, disk, another process."""


class BadConfig(Refusal):
    """A setting is wrong; the sentence names the variable."""


class Duplicate(Refusal):
    """It is there already. `reference` names the record that stands, if the person may see it."""

    def __init__(self, message: str, reference: str | None = None) -> None:
        super().__init__(message)
        self.reference = reference


@dataclass(frozen=True)
class FieldConflict:
    """One field that somebody else changed meanwhile: what was seen, what is there now, what was typed."""

    field: str
    seen: Any
    theirs: Any
    yours: Any


class Conflict(Refusal):
    """The record moved since it was shown. `fields` holds both values of each field; nothing typed is lost."""

    def __init__(self, message: str, fields: tuple[FieldConflict, ...] = ()) -> None:
        super().__init__(message)
        self.fields = fields
