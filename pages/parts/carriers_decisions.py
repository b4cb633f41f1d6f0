"""Decisions about channels: what stands, what changed since, and the dialog that decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from core.foundation import clock, database, formats
from core.foundation.errors import Conflict
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.insight import decisions
from core.insight.comparison import VERDICT_LABELS, Channel, Verdict
from core.insight.decisions import DECIDED_LABELS, Decision, Numbers
from core.insight.since import Change
from core.insight.trials import parcels_to_tell
from core.models.channel_decision import Decided
from pages.parts import carriers_scorecard, dialogs, state
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
TRIAL = 500
"""Parcels of a trial, unless another size is typed."""


def draw(found: Sequence[Decision], changed: Mapping[int, Change], me: Actor, chosen: Line | None) -> None:
    """What stands for each channel and what changed since; with the right and a chosen row, the button that decides about it."""
    due = sorted(found, key=lambda one: not (one.due or _full(one, changed)))
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(_("Decisions"), anchor=False, width="stretch")
            carriers_scorecard.button(chosen, me)
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
        for one in due:
            line(_said(one, changed.get(one.id)), key=f"decision-{one.id}")
        if changed:
            st.caption(
                _(
                    "“Since then” are parcels that were not judged that day. Of all changes called more than luck, 5 in 100 may"
                    " be luck."
                )
            )


def _full(one: Decision, changed: Mapping[int, Change]) -> bool:
    return one.id in changed and changed[one.id].full


def _said(one: Decision, change: Change | None) -> str:
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
    if one.trial_parcels is not None and change is not None:
        of = _(
            "{n} of {size} parcels shipped", n=formats.number(change.shipped), size=formats.number(one.trial_parcels)
        )
        again += " " + (badge(of, "orange", "inventory_2") if change.full else gray(of))
    first = f"{badge(_(DECIDED_LABELS[one.decided]), colour, icon)} **{plain(name)}** {again}"
    when = formats.day(clock.local_day(one.at, actor().zone), year=True)
    second = dotted(plain(one.reason), plain(one.by or "Recoup"), when)
    told = [first, gray(second), gray(_then(one.numbers)), _since(change)]
    return "  \n".join(part for part in told if part)


def _then(then: Numbers | None) -> str:
    """The figures of that day."""
    if then is None:
        return ""
    return _(
        "That day: {rate} per 1,000 ({low} – {high}) of {n} parcels, {verdict}.",
        rate=per_1000(then.rate),
        low=per_1000(then.low),
        high=per_1000(then.high),
        n=formats.number(then.n),
        verdict=_(VERDICT_LABELS[Verdict(then.verdict)]),
    )


def _since(change: Change | None) -> str:
    """How it went since, and whether that is more than luck."""
    if change is None:
        return ""
    if change.interval is None or change.difference is None:
        young = formats.number(change.young)
        return gray(_("Since then: no parcel is old enough to judge, {young} are too young.", young=young))
    now = _(
        "Since then: {rate} per 1,000 ({low} – {high}) of {n} parcels.",
        rate=per_1000(change.events / change.n),
        low=per_1000(change.interval.low),
        high=per_1000(change.interval.high),
        n=formats.number(change.n),
    )
    apart = change.difference
    share, low, high = (f"{one * 1000:+.2f}".replace("-", "−") for one in (apart.share, apart.low, apart.high))
    signed = formats.pair(_("Change per 1,000"), f"{share} ({low} – {high})")
    if not change.more_than_luck:
        return gray(f"{now} {formats.clauses((signed, _('no more than luck explains')))}")
    if apart.share > 0:
        word = badge(_("worse than luck explains"), "orange", "trending_up")
    else:
        word = badge(_("better than luck explains"), "blue", "trending_down")
    return f"{gray(f'{now} {signed}')} {word}"


def draw_dialog(numbers: Mapping[Channel, tuple[str, Numbers]], overall: float | None) -> None:
    """The dialog, when it is open for a channel on the screen. `numbers` holds name and figures of each, `overall` is the
    rate of all channels.
    """
    opened = state.opened()
    if opened is None or opened.name != FORM or opened.subject not in numbers:
        return
    name, frozen = numbers[opened.subject]
    dialogs.show(_("Decide about {name}", name=name), lambda: _decide(opened.subject, frozen, overall))


def _trial(overall: float | None) -> int | None:
    """How many parcels a trial takes, and from how many on it tells anything."""
    size: int | None = st.number_input(
        _("Parcels of the trial"),
        min_value=1,
        max_value=decisions.MOST_TRIED,
        value=TRIAL,
        key=state.widget(FORM, "size"),
    )
    if overall and overall < 0.5:
        needed = parcels_to_tell(overall)
        st.caption(
            _(
                "A channel twice as bad as all others is found with four chances in five from {n} parcels on.",
                n=formats.number(needed),
            )
            if needed
            else _("Harm is so rare here that no trial tells a channel twice as bad from the others.")
        )
    return size


def _decide(channel: Channel, frozen: Numbers, overall: float | None) -> None:
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
    size = _trial(overall) if decided is Decided.TRIAL else None
    reason = st.text_area(_("Why"), key=state.widget(FORM, "reason"), max_chars=decisions.LONGEST_REASON)
    again = st.date_input(
        _("Look again on"),
        value=clock.local_day(now, me.zone) + AGAIN,
        key=state.widget(FORM, "again"),
        format="YYYY-MM-DD",
    )
    if decided is Decided.DROP:
        st.caption(_("Intake and imports warn when a parcel of a dropped channel comes in."))

    seen = _seen(channel, me)

    def write(session: Any) -> int:
        try:
            return decisions.decide(
                session,
                channel,
                actor=me,
                decided=decided,
                reason=reason or "",
                again_on=again,
                trial_parcels=size,
                numbers=frozen,
                seen=seen,
                now=clock.now(),
            ).id
        except Conflict:
            # Said now; whoever saves again has seen it.
            state.memory().found.pop(FORM, None)
            raise

    if st.button(_("Save decision"), type="primary", width="stretch", key=state.widget(FORM, "save")) and act(
        write, key=state.key(FORM), notice=_("The decision stands.")
    ):
        dialogs.done()


def _seen(channel: Channel, me: Actor) -> int:
    """The decision that stood when this dialog was opened; 0 where there was none."""
    found, opened = state.memory().found, state.opened()
    if FORM not in found or found[FORM][0] is not opened:
        with database.reading() as session:
            latest = decisions.decisions_of(session, channel, actor=me, now=clock.now())
        found[FORM] = (opened, latest[0].id if latest else 0)
    return int(found[FORM][1])


def standing(me: Actor) -> list[Decision]:
    """What stands, read anew: people act on it."""
    with database.reading() as session:
        return decisions.standing_decisions(session, actor=me, now=clock.now())
