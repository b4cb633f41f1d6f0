"""One write at the edge: opens the transaction, writes once, says what came of it.

Nothing of Streamlit runs between opening and closing the transaction: a stop or a rerun in there would roll it back
without a word. What was typed stays typed until the write has succeeded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.errors import Conflict, Duplicate, Refusal
from core.foundation.language import _
from core.foundation.submissions import once
from pages.parts import state, trouble
from pages.parts.at_input import Spots
from pages.parts.conflict import Clash
from pages.parts.formats import plain
from pages.parts.state import Going
from pages.parts.who import actor


@dataclass(frozen=True)
class Done:
    """A write that stands. `result` is plain JSON; `first` is False when an earlier click had made it."""

    result: Any
    first: bool


def act(
    write: Callable[[Any], Any],
    *,
    key: str,
    notice: str | Callable[[Any], str] = "",
    clash: Clash | None = None,
    then: Callable[[Any], Going] | None = None,
    spots: Spots | None = None,
) -> Done | None:
    """Write once under a form's submission key (`state.key(name)`); None when it was refused, with the reason here.

    `write(session)` gives back something plain (a reference, an id), which is kept: never a secret. `notice` is said
    once, on the next page that is drawn; as a function it gets the result. `clash` is where an edit form settles what
    two people changed. `then` says where the person is taken: noted before Streamlit can interrupt, so that a click that
    comes in between is taken along. `spots` are the places under the inputs, for a refusal that names its field.
    """
    me, kept = actor(), state.memory()
    try:
        with database.transaction() as session:
            result, first = once(session, key, lambda: write(session), actor=me, now=clock.now())
    except Conflict as conflict:
        if clash is not None and conflict.fields:
            clash.show(conflict)
        else:
            trouble.refused(conflict)
        return None
    except Refusal as refusal:
        if spots is None or not spots.say(refusal):
            refused(refusal)
        return None
    except Exception as error:
        trouble.broken(error, "act")
        return None
    state.renew(kept, key)
    if then is not None:
        kept.going = then(result)
    said = notice(result) if callable(notice) else notice
    if said and first:
        kept.notices.append(said)
    return Done(result, first)


def attempt(read: Callable[[], Any]) -> Any | None:
    """Do something that may be refused but writes nothing; None when it was, with the reason shown here."""
    try:
        return read()
    except Refusal as refusal:
        refused(refusal)
        return None


def refused(refusal: Refusal) -> None:
    """The refusal as a sentence where it happened; with a way to the record that stands, where it names one."""
    trouble.refused(refusal)
    if isinstance(refusal, Duplicate) and refusal.reference and refusal.reference.startswith("INC-"):
        st.page_link(
            "case.py",
            label=_("Open {reference}", reference=refusal.reference),
            icon=":material/open_in_new:",
            query_params={"ref": refusal.reference},
        )


def notices() -> None:
    """Say what the last write brought, once. At the end of a page, so that an interrupted run does not swallow it."""
    kept = state.memory()
    while kept.notices:
        st.toast(plain(kept.notices[0]), icon=":material/check_circle:")
        kept.notices.pop(0)
