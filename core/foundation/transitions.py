"""States of a record as a table: one row per action. The same rows feed the verb, the buttons, the tests and the
picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from core.foundation.errors import WrongState
from core.foundation.language import _
from core.foundation.permissions import SENTENCES, Actor, Permission

State = TypeVar("State", bound=StrEnum)

Guard = Callable[[Any], str | None]
"""Looks at the subject (with what the verb knows of it) and says why not, as a sentence; None means go on."""


@dataclass(frozen=True)
class Transition(Generic[State]):
    """One action: from which states, to which (None: it stays), under which right, guarded by what."""

    action: StrEnum
    label: str
    sources: frozenset[State]
    target: State | None
    permission: Permission
    guards: tuple[Guard, ...] = field(default=())


@dataclass(frozen=True)
class Offer:
    """An action as a button: whether it can be pressed, and if not, why."""

    action: StrEnum
    label: str
    permitted: bool
    reason: str | None = None


@dataclass(frozen=True)
class Transitions(Generic[State]):
    """The whole table of one noun. `labels` names each state in words."""

    noun: str
    labels: dict[State, str]
    rows: Sequence[Transition[State]]

    def __iter__(self) -> Iterator[Transition[State]]:
        return iter(self.rows)

    def row(self, action: StrEnum) -> Transition[State]:
        return next(row for row in self.rows if row.action == action)

    def step(self, state: State, action: StrEnum, subject: Any = None) -> State:
        """The state after `action`. Raises `WrongState` when it does not start from `state`, or says the guard's
        sentence.
        """
        row = self.row(action)
        if state not in row.sources:
            raise WrongState(
                _(
                    "“{action}” is not possible while the {noun} is {state}.",
                    action=_(row.label),
                    noun=_(self.noun),
                    state=_(self.labels[state]).lower(),
                )
            )
        for guard in row.guards:
            if reason := guard(subject):
                raise WrongState(reason)
        return row.target if row.target is not None else state

    def offers(self, state: State, actor: Actor, subject: Any = None) -> list[Offer]:
        """The actions that start from `state`, each with the reason when it cannot be taken by `actor` now."""
        found = []
        for row in self.rows:
            if state not in row.sources:
                continue
            reason = None
            if not actor.may(row.permission):
                reason = _("You may not {right}. Ask an admin if you need to.", right=_(SENTENCES[row.permission]))
            else:
                reason = next((said for guard in row.guards if (said := guard(subject))), None)
            found.append(Offer(row.action, row.label, reason is None, reason))
        return found
