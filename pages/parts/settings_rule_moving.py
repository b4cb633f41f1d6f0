"""What a changed rule or calendar would touch, as lines; and moving the cases that are chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.cases.words import CLOCK_LABELS, payer_said
from core.foundation import clock, database
from core.foundation.formats import clauses, day, moment, span
from core.foundation.language import _, _n
from core.recovery import moving, rule_cards
from core.recovery.moving import Moved, Preview, Touched
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.formats import dotted, gray, plain
from pages.parts.who import actor

MOST_LINES = 30
PORTION = 300
"""So many cases are moved at once: each is locked while it moves."""


def touched(found: Preview) -> None:
    """The cases a change touches: those whose dates would be others, then how many keep theirs."""
    rows, filed = found.moving, [row for row in found.rows if row.filed]
    if not rows:
        st.success(_("No running case would get other dates."), icon=":material/check_circle:")
    else:
        said = _n("{n} clock would get another date:", "{n} clocks would get other dates:", len(rows))
        st.markdown(f":orange[:material/warning:] **{said}**")
        with st.container(border=True, gap="xsmall"):
            for row in rows[:MOST_LINES]:
                st.markdown(line_of(row))
    more = [
        _n("{n} more is not listed.", "{n} more are not listed.", len(rows) - MOST_LINES)
        if len(rows) > MOST_LINES
        else "",
        _("There are more than can be counted at once.") if found.cut else "",
        _n("{n} filed claim keeps its dates.", "{n} filed claims keep their dates.", len(filed)) if filed else "",
    ]
    if any(more):
        st.caption(" ".join(one for one in more if one))


def line_of(row: Touched) -> str:
    """One clock: the case, whose window, how much later or earlier, and both dates. Markdown."""
    what = dotted(row.claim, payer_said(row.payer), _(CLOCK_LABELS[row.kind]), f"v{row.version}")
    dates = _("{old} → {new} ({zone})", old=_ends(row, "old"), new=_ends(row, "new"), zone=row.zone)
    return f"**{plain(row.reference)}** {_shift(row)}  \n{gray(plain(what))}  \n{gray(plain(dates))}"


def _ends(row: Touched, which: str) -> str:
    opens, due = getattr(row, f"{which}_opens"), getattr(row, f"{which}_due")
    said = [
        _("opens {moment}", moment=moment(opens, row.zone)) if opens else "",
        moment(due, row.zone, year=True) if due else "",
    ]
    return clauses(said) or _("no date")


def _shift(row: Touched) -> str:
    if row.difference is None:
        return badge(_("new date"), "gray", "event")
    if row.difference.total_seconds() < 0:
        return badge(_("{span} earlier", span=span(-row.difference)), "orange", "arrow_back")
    if not row.difference:
        return badge(_("opens at another time"), "gray", "event")
    return badge(_("{span} later", span=span(row.difference)), "gray", "arrow_forward")


def move(code: str) -> None:
    """The dialog that moves cases to another version of a card."""
    me, form, now = actor(), f"rule-move-{code}", clock.now()
    with database.reading() as session:
        versions = rule_cards.card_versions(session, code, actor=me)
    held = rule_cards.valid_on(versions, clock.local_day(now, me.zone))
    numbers = [one.version for one in versions]
    by_number = {one.version: one for one in versions}
    target = st.selectbox(
        _("Move to"),
        numbers,
        index=numbers.index(held.version) if held else 0,
        format_func=lambda n: _(
            "version {n}, valid from {day}: {window}",
            n=n,
            day=day(by_number[n].valid_from, year=True),
            window=by_number[n].window_text(),
        ),
        key=state.widget(form, "target"),
    )
    with database.reading() as session:
        found = moving.preview_move(session, code, target, actor=me, now=now)

    def write(session: Any, cases: list[int], reason: str) -> Moved:
        return moving.move_cases(session, code, target, actor=me, incident_ids=cases, reason=reason, now=clock.now())

    _choose(form, found, write, _("Every open case is under this version already."))


def recount(calendar: str) -> None:
    """The dialog that counts dates anew with a calendar as it stands now."""
    me, form = actor(), f"calendar-move-{calendar}"
    with database.reading() as session:
        found = moving.preview_calendar(session, calendar, actor=me, now=clock.now())

    def write(session: Any, cases: list[int], reason: str) -> Moved:
        return moving.recount(session, calendar, actor=me, incident_ids=cases, reason=reason, now=clock.now())

    _choose(form, found, write, _("Every date of a running case agrees with this calendar."))


def would_move(calendar: str) -> bool:
    """Whether a calendar as it stands now gives any running clock another date."""
    with database.reading() as session:
        return bool(moving.preview_calendar(session, calendar, actor=actor(), now=clock.now()).rows)


def _choose(form: str, found: Preview, write: Callable[[Any, list[int], str], Moved], none: str) -> None:
    """The list, the cases to be moved, and why."""
    if not found.rows:
        st.success(none, icon=":material/check_circle:")
        return
    touched(found)
    names = {row.incident_id: row.reference for row in found.rows if not row.kept}
    for row in [row for row in found.rows if row.kept and not row.filed][:MOST_LINES]:
        st.caption(plain(_("{reference} stays: {why}", reference=row.reference, why=row.kept)))
    if not names:
        return
    if len(names) > PORTION:
        st.caption(_("These are the first {n} of {all} cases; move them, then the next.", n=PORTION, all=len(names)))
        names = dict(list(names.items())[:PORTION])
    chosen = st.multiselect(
        _("Cases to move"), list(names), list(names), format_func=names.__getitem__, key=state.widget(form, "cases")
    )
    reason = st.text_input(_("Why"), key=state.widget(form, "reason"), max_chars=500)
    label = _n("Move {n} case", "Move {n} cases", len(chosen))
    pressed = st.button(label, type="primary", width="stretch", disabled=not chosen, key=state.widget(form, "save"))
    if pressed and act(lambda session: _plain(write(session, chosen, reason or "")), key=state.key(form), notice=_told):
        dialogs.done()


def _plain(done: Moved) -> dict[str, Any]:
    return {"moved": len(done.moved), "kept": len(done.kept)}


def _told(done: dict[str, Any]) -> str:
    moved = _n("{n} case moved.", "{n} cases moved.", int(done["moved"]))
    if not done["kept"]:
        return moved
    return f"{moved} {_n('{n} stayed as it was.', '{n} stayed as they were.', int(done['kept']))}"
