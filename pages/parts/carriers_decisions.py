"""Decisions about channels: what stands, what changed since, and the dialog that decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from core.foundation import clock, database, formats
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.insight import decisions
from core.insight.comparison import VERDICT_LABELS, Channel, Verdict
from core.insight.decisions import DECIDED_LABELS, Decision, Numbers
from core.models.channel_decision import Decided
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.badges import Colour, badge
from pages.parts.carriers_words import Line, per_1000
from pages.parts.choices import segments
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import line
from pages.parts.who import actor

FORM = "carrier-decide"
ICONS: dict[Decided, tuple[Colour, str]] = {
    Decided.KEEP: ("green", "thumb_up"),
    Decided.WATCH: ("orange", "visibility"),
    Decided.TRIAL: ("blue", "science"),
    Decided.DROP: ("red", "block"),
}
AGAIN = timedelta(days=90)
"""When to look again, unless another day is chosen: a season's parcels, old enough to be judged."""


def draw(found: Sequence[Decision], lines: Sequence[Line], me: Actor, chosen: Line | None) -> None:
    """What stands for each channel; with the right and a chosen row, the button that decides about it."""
    now_of = {one.compared.channel: one for one in lines}
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(_("Decisions"), anchor=False, width="stretch")
            if me.may(Permission.CARRIER_DECIDE):
                st.button(
                    _("Decide about {name}", name=plain(chosen.name)) if chosen else _("Decide"),
                    icon=":material/gavel:",
                    disabled=chosen is None or chosen.compared.channel.carrier_id is None,
                    on_click=state.open_dialog,
                    args=(FORM, chosen.compared.channel if chosen else None),
                    key="carrier-decide",
                )
        if me.may(Permission.CARRIER_DECIDE) and chosen is None:
            st.caption(_("Choose a channel's row in the table to decide about it."))
        if not found:
            st.caption(_("Nothing was decided about any channel yet."))
        for one in found:
            line(_said(one, now_of), key=f"decision-{one.id}")


def _said(one: Decision, now_of: Mapping[Channel, Line]) -> str:
    colour, icon = ICONS[one.decided]
    name = dotted(" ".join(part for part in (one.carrier, one.channel.service, one.channel.market) if part))
    again = ""
    if one.again_on is not None:
        when = formats.day(one.again_on, year=True)
        again = (
            badge(_("look again: since {day}", day=when), "orange", "event_repeat")
            if one.due
            else gray(_("look again on {day}", day=when))
        )
    first = f"{badge(_(DECIDED_LABELS[one.decided]), colour, icon)} **{plain(name)}** {again}"
    when = formats.day(clock.local_day(one.at, actor().zone), year=True)
    second = dotted(plain(one.reason), plain(one.by or "Recoup"), when)
    return f"{first}  \n{gray(second)}  \n{gray(_since(one.numbers, now_of.get(one.channel)))}"


def _since(then: Numbers | None, now: Line | None) -> str:
    """The figures of that day and today's beside them."""
    if then is None:
        return ""
    was = _(
        "That day: {rate} per 1,000 of {n} parcels, {verdict}.",
        rate=per_1000(then.rate),
        n=formats.number(then.n),
        verdict=_(VERDICT_LABELS[Verdict(then.verdict)]),
    )
    if now is None:
        return was
    today = _(
        "As chosen above: {rate} per 1,000 of {n} parcels, {verdict}.",
        rate=per_1000(now.compared.rate),
        n=formats.number(now.compared.n),
        verdict=_(VERDICT_LABELS[now.compared.verdict]),
    )
    return f"{was} {today}"


def draw_dialog(numbers: Mapping[Channel, tuple[str, Numbers]]) -> None:
    """The dialog, when it is open for a channel on the screen. `numbers` holds name and figures of each."""
    opened = state.opened()
    if opened is None or opened.name != FORM or opened.subject not in numbers:
        return
    name, frozen = numbers[opened.subject]
    dialogs.show(_("Decide about {name}", name=name), lambda: _decide(opened.subject, frozen))


def _decide(channel: Channel, frozen: Numbers) -> None:
    me, now = actor(), clock.now()
    st.caption(
        _(
            "{n} parcels, {events} harmed: {rate} per 1,000 ({low} – {high}). These numbers are kept with the decision.",
            n=formats.number(frozen.n),
            events=formats.number(frozen.events),
            rate=per_1000(frozen.rate),
            low=per_1000(frozen.low),
            high=per_1000(frozen.high),
        )
    )
    decided = segments(
        _("Decision"),
        list(Decided),
        key=state.widget(FORM, "decided"),
        default=Decided.WATCH,
        words=lambda one: _(DECIDED_LABELS[one]),
    )
    reason = st.text_area(_("Why"), key=state.widget(FORM, "reason"), max_chars=decisions.LONGEST_REASON)
    again = st.date_input(
        _("Look again on"),
        value=clock.local_day(now, me.zone) + AGAIN,
        key=state.widget(FORM, "again"),
        format="YYYY-MM-DD",
    )
    if decided is Decided.DROP:
        st.caption(_("Intake and imports warn when a parcel of a dropped channel comes in."))

    def write(session: Any) -> int:
        return decisions.decide(
            session,
            channel,
            actor=me,
            decided=decided,
            reason=reason or "",
            again_on=again,
            numbers=frozen,
            now=clock.now(),
        ).id

    if st.button(_("Save decision"), type="primary", width="stretch", key=state.widget(FORM, "save")) and act(
        write, key=state.key(FORM), notice=_("The decision stands.")
    ):
        dialogs.done()


def standing(me: Actor) -> list[Decision]:
    """What stands, read anew: people act on it."""
    with database.reading() as session:
        return decisions.standing_decisions(session, actor=me, now=clock.now())
