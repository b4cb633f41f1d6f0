"""Today's warning about parcels nobody has asked about yet: silent for so long that few like them still arrive, or silent while a
claim window closes soon; and about those that were taken in and arrived after all.

The soonest stands with a button: one past its line becomes a case with that click, another leads to Intake with its number filled
in. All of them are in a dialog, where several are taken in at once or one is set aside. Every element of a page costs each
click, so that the box has few.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.cases.words import payer_said
from core.foundation import clock
from core.foundation.formats import amount, moment, number, pair, span
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Permission
from core.models.watch import CurveLevel
from core.recovery import silent
from core.recovery.silent import Arrival, Chance, SilentParcel
from pages.parts import badges, dialogs, figures, state
from pages.parts.act import act
from pages.parts.formats import dotted, gray, line, plain
from pages.parts.who import actor, on_phone

MOST = 25
DIALOG = "silent-parcels"
SOURCES: dict[CurveLevel, str] = {
    CurveLevel.SERVICE: N_("{n} silences of this service"),
    CurveLevel.CARRIER: N_("{n} silences of this carrier in this market"),
    CurveLevel.MARKET: N_("{n} silences of this market"),
    CurveLevel.ALL: N_("{n} silences of all channels"),
}
"""Whose history the chance comes from: the narrowest that says enough."""


def draw(rows: Sequence[SilentParcel], arrived: Sequence[Arrival], now: datetime, *, phone: bool) -> None:
    """One box with the soonest, and one with what arrived; nothing where no parcel needs a look."""
    if rows:
        _warning(rows, now, phone)
    if arrived:
        _arrived(arrived, phone)


def _warning(rows: Sequence[SilentParcel], now: datetime, phone: bool) -> None:
    row = rows[0]
    with st.container(border=True, horizontal=not phone, vertical_alignment="center", gap="small"):
        words = f":orange[:material/notifications_active:] **{plain(_count(rows))}**  \n{_words(row, now)}"
        st.markdown(words, width="stretch")
        st.button(_("Look at all"), type="tertiary", key="silent-all", on_click=state.open_dialog, args=(DIALOG,))
        if actor().may(Permission.INCIDENT_REGISTER) and st.button(
            _("Take in"), key="silent-first", icon=":material/add:", width="stretch" if phone else "content"
        ):
            _take(row)


def _count(rows: Sequence[SilentParcel]) -> str:
    n = len(rows)
    if all(row.line_day is None for row in rows):
        return _n("{n} silent parcel, its window closes soon", "{n} silent parcels, their windows close soon", n)
    if all(row.line_day is not None for row in rows):
        return _n("{n} parcel, silent for longer than usual", "{n} parcels, silent for longer than usual", n)
    return _n("{n} silent parcel", "{n} silent parcels, for longer than usual or with a window that closes soon", n)


def _arrived(arrived: Sequence[Arrival], phone: bool) -> None:
    count = _n(
        "{n} silent parcel arrived after all, its case is open",
        "{n} silent parcels arrived after all, their cases are open",
        len(arrived),
    )
    latest = _(
        "{reference}: {number} was delivered {when}",
        reference=arrived[0].reference,
        number=arrived[0].number,
        when=_moment(arrived[0].at),
    )
    with st.container(border=True, horizontal=not phone, vertical_alignment="center", gap="small"):
        words = f":green[:material/package_2:] **{plain(count)}**  \n{gray(plain(latest))}"
        st.markdown(words, width="stretch")
        if len(arrived) > 1:
            st.button(
                _("Look at all"),
                type="tertiary",
                key="arrived-all",
                on_click=state.open_dialog,
                args=(DIALOG, "arrived"),
            )
        if st.button(_("Open case"), key="arrived-first", width="stretch" if phone else "content"):
            st.switch_page("case.py", query_params={"ref": arrived[0].reference})


def _moment(at: datetime) -> str:
    return moment(at, actor().zone)


def dialog() -> None:
    """The dialog over all of them, where it is open."""
    found = state.opened()
    if found is None or found.name != DIALOG:
        return
    if found.subject == "arrived":
        dialogs.show(_("Arrived after all"), _all_arrived, width="medium")
    else:
        dialogs.show(_("Silent parcels"), _all, width="large")


def _words(row: SilentParcel, now: datetime) -> str:
    """`closes in 3 d, silent for 12 d`, with the parcel."""
    about: dict[str, Any] = {
        "number": row.number,
        "payer": payer_said(row.payer),
        "quiet": span(now - row.silent_since),
    }
    if row.due_at is not None:
        about["left"] = span(row.due_at - now)
        told = _("{number}: the window of {payer} closes in {left}, silent for {quiet}", **about)
    elif row.window_closed:
        told = _("{number}: silent for {quiet}, every claim window has closed", **about)
    else:
        told = _("{number}: silent for {quiet}, no claim window is known", **about)
    return gray(dotted(plain(told), plain(_likely(row)), plain(amount(row.value))))


def _likely(row: SilentParcel) -> str:
    """How likely it still arrives, or why nobody can say; empty before its line."""
    if row.chance is not None:
        return _chance(row.chance)
    if row.line_day is None:
        return ""
    return _("over {n} d; not enough history to say how many still arrive", n=row.line_day)


def _chance(chance: Chance) -> str:
    return _(
        "{share} % still arrive ({low}–{high} %, {source})",
        share=_percent(chance.share),
        low=_percent(chance.low),
        high=_percent(chance.high),
        source=_(SOURCES[chance.source], n=number(chance.told)),
    )


def _percent(share: float) -> str:
    """A share as a number of percent: with one decimal below ten."""
    percent = 100 * share
    return number(round(percent)) if percent >= 9.95 or percent < 0.05 else number(round(percent, 1), 1)


def _all() -> None:
    """Every parcel with its chance, its rule, the way in, and setting it aside."""
    me, now = actor(), clock.now()
    rows = figures.silent_parcels(me)
    if not rows:
        st.info(_("No silent parcel is left that needs a look."), icon=":material/check_circle:")
        return
    _how_to_read()
    shown = rows[:MOST]
    chosen = [row for row in shown if _line(row, now)]
    if len(rows) > MOST:
        st.caption(_n("{n} more stands behind these.", "{n} more stand behind these.", len(rows) - MOST))
    if me.may(Permission.INCIDENT_REGISTER):
        _take_chosen(chosen)


def _how_to_read() -> None:
    bounds = silent.bounds()
    st.caption(
        _(
            "No incident stands for these parcels. Either few parcels of their channel that were silent for as long still"
            " arrived, by your own history; or nothing was heard of them for {m} days or more and a window closes within"
            " {n} days. In brackets: the interval, and how many silences are behind it.",
            n=bounds.closes_within.days,
            m=bounds.silent_for.days,
        )
    )


def _take_chosen(chosen: Sequence[SilentParcel]) -> None:
    """The button for several at once; off, with the reason, while none is chosen."""
    label = (
        _n("Take in {n} parcel as lost", "Take in {n} parcels as lost", len(chosen)) if chosen else _("Take in several")
    )
    icon = ":material/add:" if chosen else ":material/lock:"
    if st.button(label, type="primary", icon=icon, disabled=not chosen, key="silent-take-chosen", width="stretch"):
        _register([row.shipment_id for row in chosen], "silent-chosen")
    if not chosen:
        st.caption(_("Tick the parcels to take in at once."))


def _line(row: SilentParcel, now: datetime) -> bool:
    """One parcel; whether it is ticked."""
    me, phone = actor(), on_phone()
    may = me.may(Permission.INCIDENT_REGISTER)
    with st.container(
        horizontal=not phone,
        vertical_alignment="center",
        gap="small",
        border=phone,
        key=f"silent-row-{row.shipment_id}",
    ):
        ticked = may and st.checkbox(
            _("Choose {number}", number=plain(row.number)),
            key=f"silent-tick-{row.shipment_id}",
            label_visibility="visible" if phone else "collapsed",
        )
        st.markdown(_told(row, now), width="stretch")
        if not may:
            return False
        wide: Any = "stretch" if phone else "content"
        if st.button(_("Take in"), key=f"silent-in-{row.shipment_id}", icon=":material/add:", width=wide):
            state.close_dialog()
            _take(row)
        form = f"silent-{row.shipment_id}"
        if st.button(_("Set aside"), key=f"silent-aside-{row.shipment_id}", type="tertiary", width=wide) and act(
            lambda session: silent.set_aside(session, row.shipment_id, actor=me, now=clock.now()),
            key=state.key(form),
            notice=_("{number} is set aside until it moves again.", number=row.number),
        ):
            st.rerun()
    return bool(ticked)


def _told(row: SilentParcel, now: datetime) -> str:
    """Badges, number and payer; under it the facts; under them the chance."""
    facts = dotted(
        line(row.carrier or _("carrier not known"), 30),
        plain(row.market),
        plain(amount(row.value)),
        plain(_("rule {code}", code=row.rule)) if row.rule else None,
        plain(_("unsure rule")) if row.doubtful else None,
    )
    # No scan, where a case's badge says that nobody touched it: other words in Chinese.
    quiet = badges.badge(_("no scan for {span}", span=span(now - row.silent_since)), "orange", "bedtime")
    head = f"{_window(row, now)} {quiet} **{plain(row.number)}** {line(payer_said(row.payer), 40)}"
    likely = _likely(row)
    return f"{head}  \n{gray(facts)}" + (f"  \n{gray(plain(likely))}" if likely else "")


def _window(row: SilentParcel, now: datetime) -> str:
    if row.due_at is not None:
        if row.opens_at is not None and row.opens_at > now:
            return badges.opening(row.opens_at, now)
        return badges.due(row.due_at, now)
    return badges.badge(_("windows closed") if row.window_closed else _("no window known"), "gray", "event_busy")


def _take(row: SilentParcel) -> None:
    """Past its line one click makes the case; before it a person looks in Intake first."""
    if row.line_day is None:
        st.switch_page("intake.py", query_params={"number": row.number})
    _register([row.shipment_id], f"silent-take-{row.shipment_id}")


def _register(shipment_ids: Sequence[int], form: str) -> None:
    me = actor()

    def write(session: Any) -> dict[str, Any]:
        done = silent.take_in_silent(session, shipment_ids, actor=me, now=clock.now())
        return {"made": [list(one) for one in done.made], "refused": [list(one) for one in done.refused]}

    if act(write, key=state.key(form), notice=_said):
        dialogs.done()


def _said(done: dict[str, Any]) -> str:
    """The references that were made, the first few by name, and what was refused with its reason."""
    made, refused = done["made"], done["refused"]
    parts = []
    if len(made) == 1:
        parts.append(_("{number} is registered as lost: {reference}.", number=made[0][0], reference=made[0][1]))
    elif made:
        told = _("{first} to {last}", first=made[0][1], last=made[-1][1])
        parts.append(_("{n} parcels are registered as lost: {references}.", n=len(made), references=told))
    parts += [pair(number, sentence) for number, sentence in refused[:3]]
    return " ".join(parts)


def _all_arrived() -> None:
    """Every case whose parcel arrived after all."""
    arrived = figures.arrivals(actor())
    if not arrived:
        st.info(_("No case is open whose parcel arrived."), icon=":material/check_circle:")
        return
    st.caption(_("They were taken in for their silence. Close them as arrived: the booked loss is taken back."))
    for one in arrived:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            when = gray(plain(_("{number} was delivered {when}", number=one.number, when=_moment(one.at))))
            st.markdown(f"**{plain(one.reference)}**  \n{when}", width="stretch")
            if st.button(_("Open case"), key=f"arrived-{one.reference}"):
                state.close_dialog()
                st.switch_page("case.py", query_params={"ref": one.reference})
