"""The contact log: every talk, what was promised by when, and logging the next one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import streamlit as st

from core.cases import contacts, messages
from core.cases.words import CHANNEL_LABELS, PARTY_LABELS
from core.desk.story import ContactRow
from core.foundation import clock
from core.foundation.formats import NOTHING, clauses, moment
from core.foundation.language import _
from core.foundation.permissions import Permission
from core.models.clock import ClockState
from core.models.contact import Channel, Party
from pages.parts import badges, dialogs, state
from pages.parts.act import act
from pages.parts.case_view import View
from pages.parts.choices import segments
from pages.parts.formats import dotted, gray, plain
from pages.parts.who import actor

SHOWN = 12
US = "us"


def draw(view: View) -> None:
    """The log, latest first."""
    with st.container(border=True, gap="small"):
        st.header(_("Contact log"), anchor=False)
        talks = view.story.contacts
        if not talks:
            st.caption(_("No talk logged yet. Name and staff number of whoever answers make a claim hard to refuse."))
            return
        if view.phone:
            st.markdown("\n\n".join(_paragraph(one, view) for one in talks[:SHOWN]))
        else:
            st.table(_table(view), border="horizontal", hide_index=True, alt=_("Contact log"))
        _running(view)
        if len(talks) > SHOWN:
            st.caption(_("The latest {n} of {all}; the rest is in the history.", n=SHOWN, all=len(talks)))


def _with(one: ContactRow) -> str:
    return clauses((_(PARTY_LABELS[one.party]), _(CHANNEL_LABELS[one.channel]).lower()))


def _promise(one: ContactRow, view: View) -> str:
    """The promise in a talk with where it stands, as Markdown."""
    if not one.promise:
        return ""
    words = plain(" ".join(messages.promise_said(one.promise).split()))
    if one.promise_due_at is None:
        return f"{gray(_('Promised:'))} {words}"
    zone = view.me.zone
    if one.clock_state is ClockState.RUNNING:
        mark = badges.due(one.promise_due_at, view.now)
    elif one.clock_state is None:
        mark = badges.badge(moment(one.promise_due_at, zone), "gray")
    else:
        mark = badges.clock_state(one.clock_state, one.promise_due_at, None, view.now)
    return f"{mark} {words}"


def _paragraph(one: ContactRow, view: View) -> str:
    rows = [
        gray(plain(f"{moment(one.at, view.me.zone)} · {_with(one)}")),
        plain(one.summary),
        _promise(one, view),
        gray(
            dotted(
                plain(one.name) if one.name else None,
                _("Staff no. {number}", number=plain(one.staff_number or NOTHING)),
            )
        ),
    ]
    return "  \n".join(row for row in rows if row)


def _table(view: View) -> pa.Table:
    talks = view.story.contacts[:SHOWN]
    return pa.table(
        {
            _unbroken(_("When")): [_together(plain(moment(one.at, view.me.zone))) for one in talks],
            _unbroken(_("With")): [_together(plain(_with(one))) for one in talks],
            _unbroken(_("Name")): [plain(one.name or NOTHING) for one in talks],
            _unbroken(_("Staff no.")): [plain(one.staff_number or NOTHING) for one in talks],
            _unbroken(_("Said and promised")): [_said(one, view) for one in talks],
        }
    )


def _unbroken(heading: str) -> str:
    """A heading on one line: Chinese breaks between any two signs, and a narrow column would."""
    return heading if heading.isascii() else "\u2060".join(heading)


def _together(words: str) -> str:
    """Short cells stay on one line, so that the long one gets the room."""
    return words.replace(" ", "\u00a0").replace("\\-", "\u2011")


def _said(one: ContactRow, view: View) -> str:
    said, promise = plain(" ".join(one.summary.split())), _promise(one, view)
    return f"{said} {promise}" if promise else said


def _running(view: View) -> None:
    """The promises that still run, each with the button to settle it."""
    if not view.me.may(Permission.CONTACT_LOG):
        return
    for one in view.story.contacts:
        if one.clock_state is ClockState.RUNNING and one.clock_id is not None:
            st.button(
                _("Settle: {promise}", promise=plain(messages.promise_said(one.promise)[:60])),
                key=f"case-promise-{one.clock_id}",
                icon=":material/handshake:",
                type="tertiary",
                on_click=state.open_dialog,
                args=("promise", one.clock_id),
            )


# --- dialogs ------------------------------------------------------------------------------------------------------------


def log(view: View, _subject: Any) -> None:
    """Log one talk. Times are the viewer's own."""
    me, form = actor(), view.form("contact")
    zone = ZoneInfo(me.zone)
    party, channel = _with_whom(form)
    at = st.datetime_input(
        _("When ({zone})", zone=me.zone),
        value=_start(form, zone),
        key=state.widget(form, "at"),
        format="YYYY-MM-DD",
        step=60,
    )
    left, right = st.columns(2)
    name = left.text_input(_("Name"), key=state.widget(form, "name"), max_chars=200)
    staff = right.text_input(_("Staff number"), key=state.widget(form, "staff"), max_chars=200)
    summary = st.text_area(_("What was said"), key=state.widget(form, "summary"), height=90)
    promise, by, due = _promised(form, party)
    if not st.button(_("Log contact"), type="primary", width="stretch", key=state.widget(form, "save")):
        return

    def write(session: Any) -> int:
        return contacts.log_contact(
            session,
            view.id,
            actor=me,
            party=party,
            channel=channel,
            at=_aware(at, zone),
            name=name,
            staff_number=staff,
            summary=summary or "",
            promise=promise,
            promise_by=by,
            promise_due_at=_day_end(due, me.zone),
            now=clock.now(),
        ).id

    if act(write, key=state.key(form), notice=_("Contact logged.")):
        dialogs.done()


def _with_whom(form: str) -> tuple[Party, Channel]:
    party = segments(
        _("With"),
        list(Party),
        key=state.widget(form, "party"),
        default=Party.CARRIER,
        words=lambda one: _(PARTY_LABELS[one]),
    )
    channel = segments(
        _("How"),
        list(Channel),
        key=state.widget(form, "channel"),
        default=Channel.PHONE,
        words=lambda one: _(CHANNEL_LABELS[one]),
    )
    return party, channel


def _promised(form: str, party: Party) -> tuple[str, Party | None, date | None]:
    """What was promised, by whom (None for us) and by which day."""
    promise = st.text_input(_("What was promised (optional)"), key=state.widget(form, "promise"))
    left, right = st.columns(2)
    with left:
        by = segments(
            _("Promised by"),
            [str(party), US],
            key=state.widget(form, f"by-{party}"),
            default=str(party),
            words=lambda one: _("Us") if one == US else _(PARTY_LABELS[Party(one)]),
        )
    due: date | None = right.date_input(_("By when"), None, key=state.widget(form, "due"), format="YYYY-MM-DD")
    return promise, None if by == US else Party(by), due


def _start(form: str, zone: ZoneInfo) -> datetime:
    """Now in the viewer's zone, as it was when the form was blank: a moving default would throw away what is typed."""
    held = state.seen(form, {"at": clock.now().astimezone(zone).replace(second=0, microsecond=0, tzinfo=None)})
    found: datetime = held["at"]
    return found


def _aware(at: datetime | None, zone: ZoneInfo) -> datetime:
    return clock.now() if at is None else at.replace(tzinfo=zone)


def _day_end(day: date | None, zone: str) -> datetime | None:
    return None if day is None else clock.end_of_day(day, zone)


def settle(view: View, clock_id: Any) -> None:
    """Say whether a promise was kept."""
    me = actor()
    found = next((one for one in view.story.clocks if one.id == clock_id), None)
    if found is None or found.state is not ClockState.RUNNING:
        st.info(_("This promise is settled already."))
        return
    form = view.form("promise", clock_id)
    st.markdown(f"**{plain(found.title)}**  \n{gray(plain(moment(found.due_at, me.zone)))}")
    with st.container(horizontal=True):
        kept = st.button(_("Kept"), type="primary", icon=":material/check:", key=state.widget(form, "kept"))
        broken = st.button(_("Not kept"), icon=":material/close:", key=state.widget(form, "broken"))
    if (kept or broken) and act(
        lambda session: contacts.settle_promise(session, found.id, actor=me, kept=kept, now=clock.now()).id,
        key=state.key(form),
        notice=_("Promise settled."),
    ):
        dialogs.done()
