"""The clocks of a case side by side: each payer's windows, answers and appeals, traces, proof and promises, the one that
matters first on top; below them who is asked first. One chart, because a row of elements for each would cost every click.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from core.cases import messages
from core.cases.kinds import kind_name
from core.cases.words import CLOCK_LABELS, payer_said
from core.desk.asking import Advice
from core.desk.case_claims import ENDED
from core.desk.clock_order import in_order
from core.desk.story import ClaimRow, ClockRow
from core.foundation.clock import local_day
from core.foundation.formats import amount, apart, clauses, day, moment, span
from core.foundation.language import N_, _
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.incident import Tier
from pages.parts import badges, case_charts, state
from pages.parts.badges import SOON, URGENT
from pages.parts.case_charts import Bar
from pages.parts.case_view import View
from pages.parts.formats import cut, gray, line, plain

MOST = 10
SHORTEST = timedelta(hours=18)
TITLES: dict[ClockKind, str] = {
    ClockKind.CLAIM_WINDOW: N_("Claim on {title}"),
    ClockKind.ANSWER: N_("Answer of {title}"),
    ClockKind.INFORMATION: N_("Asked by {title}"),
    ClockKind.APPEAL: N_("Appeal to {title}"),
    ClockKind.PAYMENT: N_("Payment of {title}"),
    ClockKind.PROMISE: N_("Promise: {title}"),
    ClockKind.PROOF: N_("Proof: {title}"),
    ClockKind.TRACE: N_("Trace with {title}"),
    ClockKind.DOCUMENTS: N_("Documents to {title}"),
    ClockKind.MONEY: N_("Money of {title}"),
    ClockKind.OFFER: N_("Offer of {title}"),
    ClockKind.DISPUTE_RESPONSE: N_("Answer to return {title}"),
    ClockKind.DISPUTE_RETURN: N_("Check of return {title}"),
    ClockKind.DISPUTE_EVIDENCE: N_("Proof for return {title}"),
    ClockKind.DISPUTE_COMPENSATION: N_("Compensation for return {title}"),
    ClockKind.DISPUTE_OFFER: N_("Offer in return {title}"),
}


def draw(view: View) -> None:
    """The strip with its caption, who is asked first, and the way to the reasons."""
    with st.container(border=True):
        st.header(_("Clocks"), anchor=False)
        rows = chosen(view.story.clocks, view.now)
        if rows:
            bars = [_bar(row, view) for row in rows]
            case_charts.clocks(bars, view.now, _alt(bars), narrow=view.phone)
        if asked := _asked(view):
            st.markdown(asked)
        if not rows:
            st.caption(_("No clock runs in this case. Drafting a claim starts its window, a promise starts its date."))
            return
        here = moment(view.now, view.me.zone)
        said = _(
            "Dashed line: now, {now}. Times shown in {zone}; a window closes in its rule's zone.",
            now=here,
            zone=view.me.zone,
        )
        foot: Any = {"gap": "xsmall"} if view.phone else {"horizontal": True, "wrap": False, "gap": "medium"}
        with st.container(vertical_alignment="center", **foot):
            st.caption(plain(said), width="stretch")
            st.button(
                _("Why these dates"),
                type="tertiary",
                icon=":material/help:",
                key="case-clocks",
                on_click=state.open_dialog,
                args=("clocks",),
            )


def chosen(clocks: Sequence[ClockRow], now: datetime) -> list[ClockRow]:
    """As many as the strip holds, in the order they matter; what was no longer needed is left out."""
    shown = [clock for clock in clocks if clock.state is not ClockState.CANCELLED]
    return in_order(shown, now)[:MOST]


def title(clock: ClockRow, view: View) -> str:
    """What a clock is about. Holds what people wrote: show it as text."""
    said = clock.title
    if about := messages.situation_of(clock.rule):
        return _(messages.PROMISES[about])
    if clock.kind is ClockKind.PROOF:
        said = kind_name(clock.title)
    elif clock.claim_id is not None:
        said = next((one.payer_name for one in view.story.claims if one.id == clock.claim_id), clock.title)
    said = payer_said(said)
    return _(TITLES[clock.kind], title=cut(said, 40)) if said else _(CLOCK_LABELS[clock.kind])


def _asked(view: View) -> str:
    """Who is asked first, a line for each payer, as Markdown; nothing for what the policy lets go, or where all has come back."""
    header = view.story.header
    whole = header.recovered and header.net.amount <= 0
    if not header.open or header.tier is Tier.ABSORB or whole or not view.advice:
        return ""
    asked = (*(state for state in ClaimState if state not in ENDED), ClaimState.PAID)
    known = {claim.payer_name: claim for claim in view.story.claims if claim.state in asked}
    lines = []
    for one in view.advice:
        claim = known.get(one.name)
        said = plain(_claimed(claim) if claim else one.sentence)
        icon = ":green[:material/outgoing_mail:]" if claim else _icon(one)
        doubt = f" {gray(':material/help: ' + _('unsure rule'))}" if one.doubts and not claim else ""
        lines.append(f"{icon} **{line(payer_said(one.name), 40)}** {gray(said)}{doubt}")
    return "  \n".join(lines)


def _claimed(claim: ClaimRow) -> str:
    """That this payer was asked already, or has paid: it is not to be asked once more."""
    if claim.state is ClaimState.PAID:
        return _("paid {amount} on {reference}", amount=amount(claim.paid), reference=claim.reference)
    return _("claimed as {reference}", reference=claim.reference)


def _icon(one: Advice) -> str:
    if one.closed:
        return ":gray[:material/event_busy:]"
    return ":blue[:material/counter_1:]" if one.rank == 0 else f":gray[:material/counter_{min(one.rank, 8) + 1}:]"


def _bar(clock: ClockRow, view: View) -> Bar:
    now = view.now
    start = clock.opens_at or clock.event_at or clock.created_at
    waits = clock.event_at or clock.created_at
    end = clock.due_at or max(now, start) + timedelta(days=7)
    start = min(start, end - SHORTEST)
    said, kind = stand(clock, now, view.me.zone)
    return Bar(title(clock, view), start, end, said, kind, waits if waits < start else None)


def stand(clock: ClockRow, now: datetime, zone: str) -> tuple[str, str]:
    """Where a clock stands, in words with a sign before them and days of `zone`, and how pressing it is."""
    if clock.state is ClockState.MET:
        return "✓ " + _("done {day}", day=day(local_day(clock.settled_at or now, zone))), "done"
    if clock.state is ClockState.MISSED:
        return "✕ " + _("missed {day}", day=day(local_day(clock.due_at or clock.settled_at or now, zone))), "late"
    if clock.state is ClockState.CANCELLED:
        return _("not needed"), "done"
    if clock.state is ClockState.PAUSED:
        return "‖ " + _("paused"), "paused"
    if clock.opens_at is not None and clock.opens_at > now:
        return "☾ " + _("sleeps, opens in {span}", span=span(clock.opens_at - now)), "opens"
    if clock.due_at is None:
        return _("open, no end known"), "running"
    left = clock.due_at - now
    if left < timedelta(0):
        return "! " + span(left), "late"
    table = {ClockKind.CLAIM_WINDOW: N_("closes in {span}"), ClockKind.PROOF: N_("gone in {span}")}
    said = _(table.get(clock.kind, N_("due in {span}")), span=span(left))
    return said, "late" if left < URGENT else "soon" if left < SOON else "running"


def badge(clock: ClockRow, now: datetime) -> str:
    """The same as a badge."""
    return badges.clock_state(clock.state, clock.due_at, clock.opens_at, now)


def _alt(bars: Sequence[Bar]) -> str:
    return _("Clocks of the case: {list}", list=apart(clauses((bar.name, bar.said)) for bar in bars))
