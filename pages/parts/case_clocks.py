"""The clocks of a case as one chart: what opens, what closes, and where now stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from core.cases.words import CLOCK_LABELS
from core.desk.story import ClockRow
from core.foundation.formats import day, moment, span
from core.foundation.language import N_, _
from core.models.clock import ClockKind, ClockState
from pages.parts import case_charts
from pages.parts.badges import SOON, URGENT
from pages.parts.case_charts import Bar
from pages.parts.case_view import View
from pages.parts.formats import cut, plain

MOST = 8
SHORTEST = timedelta(hours=18)
TITLES: dict[ClockKind, str] = {
    ClockKind.CLAIM_WINDOW: N_("Claim on {title}"),
    ClockKind.ANSWER: N_("Answer of {title}"),
    ClockKind.INFORMATION: N_("Asked by {title}"),
    ClockKind.APPEAL: N_("Appeal to {title}"),
    ClockKind.PAYMENT: N_("Payment of {title}"),
    ClockKind.PROMISE: N_("Promise: {title}"),
    ClockKind.PROOF: N_("Proof: {title}"),
    ClockKind.TRACE: N_("Trace by {title}"),
    ClockKind.DOCUMENTS: N_("Documents for {title}"),
    ClockKind.MONEY: N_("Money: {title}"),
    ClockKind.OFFER: N_("Offer of {title}"),
}


def draw(view: View) -> None:
    """The strip with its caption, or one sentence where no clock was ever started."""
    with st.container(border=True):
        st.header(_("Clocks"), anchor=False)
        rows = _chosen(view.story.clocks)
        if not rows:
            st.caption(_("No clock runs in this case. Drafting a claim starts its window, a promise starts its date."))
            return
        bars = [_bar(row, view) for row in rows]
        case_charts.clocks(bars, view.now, _alt(bars))
        here = moment(view.now, view.me.zone)
        st.caption(
            plain(
                _(
                    "Dashed line: now, {now}. Times shown in {zone}; a window closes in its rule's zone.",
                    now=here,
                    zone=view.me.zone,
                )
            )
        )


def _chosen(clocks: Sequence[ClockRow]) -> list[ClockRow]:
    """Running ones first, then what was settled last, as many as the strip holds; in the order of their moments."""
    running = [clock for clock in clocks if clock.state is ClockState.RUNNING][:MOST]
    settled = [clock for clock in clocks if clock.state in (ClockState.MET, ClockState.MISSED)]
    settled.sort(key=lambda clock: clock.settled_at or clock.created_at, reverse=True)
    return sorted(settled[: MOST - len(running)], key=_end) + running


def _end(clock: ClockRow) -> datetime:
    return clock.due_at or clock.opens_at or clock.created_at


def _bar(clock: ClockRow, view: View) -> Bar:
    start = clock.opens_at or clock.event_at or clock.created_at
    end = clock.due_at or max(view.now, start) + timedelta(days=7)
    start = min(start, end - SHORTEST)
    said, kind = _stand(clock, view)
    title = cut(clock.title, 40)
    name = _(TITLES[clock.kind], title=title) if title else _(CLOCK_LABELS[clock.kind])
    return Bar(name, start, end, said, kind)


def _stand(clock: ClockRow, view: View) -> tuple[str, str]:
    """What stands at the right edge, and how pressing it is."""
    now = view.now
    if clock.state is ClockState.MET:
        return _("done {day}", day=day((clock.settled_at or now).date())), "done"
    if clock.state is ClockState.MISSED:
        return _("missed {day}", day=day((clock.settled_at or now).date())), "late"
    if clock.opens_at is not None and clock.opens_at > now:
        return _("opens in {span}", span=span(clock.opens_at - now)), "opens"
    if clock.due_at is None:
        return _("open, no end known"), "running"
    left = clock.due_at - now
    if left < timedelta(0):
        return span(left), "late"
    said = (
        _("closes in {span}", span=span(left))
        if clock.kind is ClockKind.CLAIM_WINDOW
        else _("due in {span}", span=span(left))
    )
    return said, "late" if left < URGENT else "soon" if left < SOON else "running"


def _alt(bars: Sequence[Bar]) -> str:
    return _("Clocks of the case: {list}", list="; ".join(f"{bar.name}, {bar.said}" for bar in bars))
