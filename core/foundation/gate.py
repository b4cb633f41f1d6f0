"""The one gate: every verb and every read of core passes it, so that no right is ever forgotten.

`@verb(Permission.X)` and `@read(Permission.X)` check the keyword argument `actor` before the function runs, and enter
the function in `VERBS` or `READS`; a test walks both with a person who may see nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from core.foundation.permissions import Actor, Permission

Args = ParamSpec("Args")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Gated:
    """One gated function and the right it asks for."""

    name: str
    permission: Permission
    function: Callable[..., Any]


VERBS: dict[str, Gated] = {}
READS: dict[str, Gated] = {}


def _gated(
    book: dict[str, Gated], permission: Permission
) -> Callable[[Callable[Args, Result]], Callable[Args, Result]]:
    def wrap(function: Callable[Args, Result]) -> Callable[Args, Result]:
        @wraps(function)
        def asked(*args: Args.args, **kwargs: Args.kwargs) -> Result:
            actor = kwargs.get("actor")
            if not isinstance(actor, Actor):
                raise TypeError(f"{function.__qualname__} is asked by nobody: pass actor=")
            actor.require(permission)
            return function(*args, **kwargs)

        name = f"{function.__module__}.{function.__qualname__}"
        book[name] = Gated(name, permission, asked)
        return asked

    return wrap


def verb(permission: Permission) -> Callable[[Callable[Args, Result]], Callable[Args, Result]]:
    """Mark a function that changes something: `verb(session, subject, *, actor, …, now)`."""
    return _gated(VERBS, permission)


def read(permission: Permission) -> Callable[[Callable[Args, Result]], Callable[Args, Result]]:
    """Mark a function that only looks: `read(session, …, *, actor)`."""
    return _gated(READS, permission)
