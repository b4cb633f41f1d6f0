"""The one gate: every verb and every read of core passes it, so that no right is ever forgotten.

`@verb(Permission.X)` and `@read(Permission.X)` check the keyword argument `actor` before the function runs, and enter
the function in `VERBS` or `READS`; a test walks both with a person who may see nothing. A read asked by somebody who may not see
buyers runs blind to them (`foundation.buyers`), whatever it reads and however it tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from types import GeneratorType
from typing import Any, ParamSpec, TypeVar, cast

from sqlalchemy.orm import Session

from core.foundation import buyers
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
            if book is READS and not actor.may(Permission.BUYER_READ):
                return _blindly(function, *args, **kwargs)
            return function(*args, **kwargs)

        name = f"{function.__module__}.{function.__qualname__}"
        book[name] = Gated(name, permission, asked)
        return asked

    return wrap


def _blindly(function: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """Run a read without anything of a buyer in what it brings back; rows that are only made when asked for, too."""
    session = next((one for one in (*args, *kwargs.values()) if isinstance(one, Session)), None)
    with buyers.blind(session):
        found = function(*args, **kwargs)
    return cast("Result", _each_blindly(found, session)) if isinstance(found, GeneratorType) else found


def _each_blindly(rows: Iterator[Any], session: Session | None) -> Iterator[Any]:
    while True:
        with buyers.blind(session):
            try:
                row = next(rows)
            except StopIteration:
                return
        yield row


def verb(permission: Permission) -> Callable[[Callable[Args, Result]], Callable[Args, Result]]:
    """Mark a function that changes something: `verb(session, subject, *, actor, …, now)`."""
    return _gated(VERBS, permission)


def read(permission: Permission) -> Callable[[Callable[Args, Result]], Callable[Args, Result]]:
    """Mark a function that only looks: `read(session, …, *, actor)`."""
    return _gated(READS, permission)
