"""Dialogs about a case's clocks: why each date is what it is, pausing one and letting it run on, settling a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.cases import clocks
from core.cases.kinds import facts_of
from core.cases.words import PAUSE_LABELS
from core.desk.clock_order import in_order
from core.desk.story import ClockRow
from core.foundation import clock, database
from core.foundation.formats import moment, span
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models.clock import LIVING, ClockKind, ClockState, PauseReason
from core.recovery import rule_cards, tasks
from core.recovery.disputes.dues import COLUMNS
from core.recovery.window_words import tell
from pages.parts import case_clocks, dialogs, state
from pages.parts.act import act
from pages.parts.case_view import View
from pages.parts.formats import gray, plain
from pages.parts.who import actor

LEAVE_OUT = (ClockState.CANCELLED,)


def why(view: View, _subject: Any) -> None:
    """Every clock with its moments, its reasons, what is unsure about its rule, its pauses, and what can be done."""
    me, now = actor(), clock.now()
    rows = in_order((one for one in view.story.clocks if one.state not in LEAVE_OUT), now)
    with database.reading() as session:
        doubts: dict[tuple[str, int | None], list[str]] = {}
        if me.may(Permission.RULE_READ):
            asked = {(one.rule, one.rule_version) for one in rows}
            doubts = rule_cards.doubts_for(session, asked, actor=me, today=clock.local_day(now, me.zone))
        paused: dict[int, list[str]] = {}
        for one in clocks.pauses_of(session, view.id, actor=me):
            paused.setdefault(one.clock_id, []).append(_pause_words(one, me))
    for row in rows:
        with st.container(border=True, gap="xsmall"):
            lines = [f"**{plain(case_clocks.title(row, view))}** {case_clocks.badge(row, now)}"]
            if row.escalation:
                lines.append(
                    gray(_("Escalated to the lead.") if row.escalation == 1 else _("Escalated to the manager."))
                )
            lines += [gray(plain(said)) for said in _moments(row)]
            lines += [gray(plain(said)) for said in tell(row.reasoning)]
            if row.kind is ClockKind.PROOF and (gone := facts_of(row.title).perishes) is not None:
                lines.append(gray(plain(gone.why)))
            lines += [f":small[:orange[:material/help: {plain(said)}]]" for said in doubts.get(_rule(row), ())]
            lines += [gray(plain(said)) for said in paused.get(row.id, ())]
            st.markdown("  \n".join(lines))
            _buttons(row, me)


def _rule(row: ClockRow) -> tuple[str, int | None]:
    return row.rule, row.rule_version


def _moments(row: ClockRow) -> list[str]:
    """The ends as they stand, in the zone that decides."""
    said = []
    if row.opens_at is not None:
        said.append(_("Opens {when} ({zone}).", when=moment(row.opens_at, row.zone, year=True), zone=row.zone))
    if row.due_at is not None:
        said.append(_("Ends {when} ({zone}).", when=moment(row.due_at, row.zone, year=True), zone=row.zone))
    if row.rule_version is not None:
        said.append(_("Rule {code}, version {version}.", code=row.rule, version=row.rule_version))
    return said


def _pause_words(one: Any, me: Actor) -> str:
    reason = _(PAUSE_LABELS[one.reason])
    since = moment(one.from_at, me.zone, year=True)
    said = (
        _("Paused since {since}: {reason}.", since=since, reason=reason)
        if one.until_at is None
        else _(
            "Paused from {since} for {span}: {reason}.",
            since=since,
            span=span(one.until_at - one.from_at),
            reason=reason,
        )
    )
    return f"{said} {one.note}" if one.note else said


def _buttons(row: ClockRow, me: Actor) -> None:
    """What can be done with a living clock; the others are only told."""
    if row.state not in LIVING:
        return
    offered: list[tuple[str, str, str]] = []
    if me.may(Permission.CLOCK_PAUSE):
        if row.state is ClockState.PAUSED:
            offered.append(("resume", _("Let it run on"), "play_circle"))
        elif clocks.pause_reasons(row.kind):
            offered.append(("pause", _("Pause"), "pause_circle"))
    if row.kind in tasks.TASKS and me.may(Permission.CLAIM_PREPARE):
        offered.append(("task", _("Settle"), "task_alt"))
    if row.kind in COLUMNS and me.may(Permission.DISPUTE_EDIT):
        offered.append(("dispute", _("Say it is done"), "task_alt"))
    if not offered:
        return
    with st.container(horizontal=True, gap="small"):
        for name, words, icon in offered:
            if st.button(words, icon=f":material/{icon}:", key=f"clock-{name}-{row.id}"):
                state.open_dialog(name, row.id)
                st.rerun()


def _row(view: View, subject: Any, kinds: Sequence[ClockState]) -> ClockRow | None:
    """The clock a dialog is about; a sentence where it moved on meanwhile."""
    found = next((one for one in view.story.clocks if one.id == subject and one.state in kinds), None)
    if found is None:
        st.info(_("This clock has moved on meanwhile."), icon=":material/info:")
    return found


def pause(view: View, subject: Any) -> None:
    """Pause a clock with its reason; what a payer set only stops on the payer's own word."""
    row = _row(view, subject, (ClockState.RUNNING,))
    if row is None:
        return
    form = view.form("pause", row.id)
    reasons = clocks.pause_reasons(row.kind)
    st.markdown(f"**{plain(case_clocks.title(row, view))}** {case_clocks.badge(row, view.now)}")
    if reasons == (PauseReason.PAYER_AGREED,):
        st.caption(_("Others set this moment, and it runs on whatever we do. It only stops if they agreed to wait."))
    reason = st.selectbox(
        _("Why it waits"), reasons, format_func=lambda one: _(PAUSE_LABELS[one]), key=state.widget(form, "reason")
    )
    note = st.text_area(
        _("Note (who agreed, until when)"), key=state.widget(form, "note"), height=90, persist_state="session"
    )
    if st.button(
        _("Pause the clock"), type="primary", icon=":material/pause_circle:", key=state.widget(form, "save")
    ) and act(
        lambda session: (
            clocks.pause(session, row.id, actor=actor(), reason=reason, note=note or "", now=clock.now()).id
        ),
        key=state.key(form),
        notice=_("The clock is paused. It leaves Today until it runs on."),
    ):
        dialogs.done()


def resume(view: View, subject: Any) -> None:
    """Let a paused clock run on with what was left."""
    row = _row(view, subject, (ClockState.PAUSED,))
    if row is None:
        return
    form = view.form("resume", row.id)
    st.markdown(f"**{plain(case_clocks.title(row, view))}** {case_clocks.badge(row, view.now)}")
    if row.paused_at is not None:
        lasted = view.now - row.paused_at
        st.caption(_("Paused for {span}; both its ends move on by as much.", span=span(lasted)))
    note = st.text_input(_("Note"), key=state.widget(form, "note"), persist_state="session")
    if st.button(
        _("Let it run on"), type="primary", icon=":material/play_circle:", key=state.widget(form, "save")
    ) and act(
        lambda session: clocks.resume(session, row.id, actor=actor(), note=note or "", now=clock.now()).id,
        key=state.key(form),
        notice=_("The clock runs on with what was left."),
    ):
        dialogs.done()


def task(view: View, subject: Any) -> None:
    """Say that a trace was asked for, documents were sent, proof cannot be had: done, or not needed."""
    row = _row(view, subject, LIVING)
    if row is None:
        return
    form = view.form("task", row.id)
    st.markdown(f"**{plain(case_clocks.title(row, view))}** {case_clocks.badge(row, view.now)}")
    if row.kind is ClockKind.PROOF:
        st.caption(_("Adding the file settles this by itself. Say here that it cannot be had, or is not needed."))
    note = st.text_area(
        _("Note (kept as a remark)"), key=state.widget(form, "note"), height=90, persist_state="session"
    )
    with st.container(horizontal=True, gap="small"):
        done = row.kind is not ClockKind.PROOF and st.button(
            _("Done"), type="primary", icon=":material/task_alt:", key=state.widget(form, "done")
        )
        off = st.button(_("Not needed"), icon=":material/do_not_disturb_on:", key=state.widget(form, "off"))
    if (done or off) and act(
        lambda session: (
            tasks.settle_task(session, row.id, actor=actor(), done=bool(done), note=note or "", now=clock.now()).id
        ),
        key=state.key(form),
        notice=_("The task is settled."),
    ):
        dialogs.done()
