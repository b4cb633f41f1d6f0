"""Work on several rows of a list at once, in a dialog: what stands in the way, the batch in portions, the report, the way back.

Every portion is a transaction of its own under its own key: a second click, or a run that was interrupted, finds what is
done and goes on with the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from core.foundation.formats import number
from core.foundation.language import _, _n
from core.recovery.bulk import portions
from pages.parts import state, ticking
from pages.parts.act import act, attempt
from pages.parts.formats import plain

R = TypeVar("R")
S = TypeVar("S")


def begin(page: str, dialog: str, ids: tuple[int, ...]) -> None:
    """Open a dialog about the ticked rows of a list. Usable as a button's `on_click`."""
    _forget(page)
    state.open_dialog(dialog, ids)


def ahead(page: str, about: Any, look: Callable[[], list[R]]) -> list[R]:
    """What an action would meet, asked once for what it is `about` and not on every letter typed in the dialog."""
    kept = state.memory().found
    if kept.get(_ahead(page), (None,))[0] != about:
        kept[_ahead(page)] = (about, attempt(look) or [])
    found: list[R] = kept[_ahead(page)][1]
    return found


def refusals(off: int, of: int) -> None:
    """How many of the chosen rows will be refused, where any will."""
    if off:
        said = _n("{n} of {all} will be refused", "{n} of {all} will be refused", off, all=of)
        st.markdown(f":orange[:material/lock:] **{plain(said)}**")


def run(form: str, rows: Sequence[S], write: Callable[[Any, Sequence[S]], Any]) -> list[Any]:
    """Do the batch in portions with the form's key, and show how far it is. What each portion gave, up to one that was refused."""
    parts = portions(rows)
    bar = st.progress(0.0, _("Working")) if len(parts) > 1 else None
    key, made, done = state.key(form), [], 0
    for place, part in enumerate(parts):

        def one(session: Any, some: Sequence[S] = part) -> Any:
            return write(session, some)

        written = act(one, key=f"{key}-{place}")
        if written is None:
            break
        made.append(written.result)
        done += len(part)
        if bar is not None:
            bar.progress((place + 1) / len(parts), _("{n} of {all} done", n=number(done), all=number(len(rows))))
    return made


def tell(page: str, form: str, report: object) -> None:
    """Show the report in the place of the form, from now on."""
    state.memory().found[_report(page)] = report
    state.forget(form)
    st.rerun()


def report(page: str, kind: type[R]) -> R | None:
    """The report of the batch that was done in the open dialog."""
    found = state.memory().found.get(_report(page))
    return found if isinstance(found, kind) else None


def close(page: str, left: Callable[[Any], Sequence[Any]]) -> None:
    """Close the dialog. What is `left` of a report stays ticked: the grid is made anew with it."""
    done = state.memory().found.get(_report(page))
    ticked = left(done) if done is not None else None
    _forget(page)
    state.close_dialog()
    if ticked is not None:
        ticking.anew(page, ticked)


def _forget(page: str) -> None:
    kept = state.memory().found
    kept.pop(_report(page), None)
    kept.pop(_ahead(page), None)


def _report(page: str) -> str:
    return f"{page}-report"


def _ahead(page: str) -> str:
    return f"{page}-ahead"
