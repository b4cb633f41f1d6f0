"""Settings: working-day calendars. Days a team adds, strikes or works, files it imports, and what is a matter of choice."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

import pyarrow as pa
import streamlit as st
from babel import Locale
from babel.dates import get_day_names

from core.foundation import clock, database
from core.foundation.calendars import calendar_of
from core.foundation.clock import local_day
from core.foundation.formats import day, locale, pair
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Actor, Permission
from core.models.calendar import DayKind, DaySource
from core.team import calendars
from core.team.calendars import CalendarView, DayOfYear, DayWord, EntryState, Found, IcalEntry, Year
from core.team.calendars.ical import LARGEST
from pages.parts import dialogs, settings_rule_moving, state, who
from pages.parts.act import act, attempt
from pages.parts.badges import Colour, badge
from pages.parts.choices import segments
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading, line
from pages.parts.settings_calendar_chart import WORDS, told, year_chart
from pages.parts.who import actor

CHANGE, IMPORT, CHOOSE, MOVE = "calendar-change", "calendar-import", "calendar-choose", "calendar-move"
MOST_LISTED = 40
OPTIONS: dict[str, str] = {
    "joint_leave": N_("Joint leave (cuti bersama)"),
    "carnival": N_("Carnival, Monday and Tuesday"),
    "corpus_christi": N_("Corpus Christi"),
    "ash_wednesday": N_("Ash Wednesday"),
    "civil_servants": N_("Public servants' day"),
    "eves": N_("Christmas Eve and New Year's Eve"),
    "government": N_("Days off of the government"),
    "bank": N_("Bank holidays"),
}
SOURCES: dict[DaySource, str] = {DaySource.HAND: N_("by hand"), DaySource.ICAL: N_("from a file")}
STATES: dict[EntryState, str] = {
    EntryState.NEW: N_("new"),
    EntryState.KNOWN: N_("known already"),
    EntryState.IN_THE_WAY: N_("changed by hand: stays"),
}


class Change(StrEnum):
    """What is said of a day by hand."""

    OFF = "off"
    STRIKE = "strike"
    WORKED = "worked"


CHANGES: dict[Change, str] = {
    Change.OFF: N_("A day off more"),
    Change.STRIKE: N_("Strike a holiday"),
    Change.WORKED: N_("Worked in exchange"),
}


def draw(me: Actor) -> None:
    """One calendar's year, its changes, and the dialog that is open."""
    heading(_("Calendars"))
    st.caption(_("Working days of rules are counted on these. Days come from public lists; what you change decides."))
    with database.reading() as session:
        found = {one.code: one for one in calendars.list_calendars(session, actor=me)}
    code, year = _chosen(found, me)
    view = found[code]
    with database.reading() as session:
        shown = calendars.year_of(session, code, year, actor=me)
    _buttons(view, me)
    _said(view, shown)
    year_chart(shown, phone=who.on_phone())
    _legend(shown)
    _changes(shown, me)
    _list(shown)
    _dialogs(view, year)


def _chosen(found: dict[str, CalendarView], me: Actor) -> tuple[str, int]:
    this = local_day(clock.now(), me.zone).year
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        code = st.selectbox(
            _("Calendar"), list(found), format_func=lambda one: _name(found[one]), key="calendar-code", width=300
        )
        year = st.number_input(_("Year"), value=this, min_value=1990, max_value=2099, key="calendar-year", width=140)
    return code or next(iter(found)), int(year or this)


def _name(view: CalendarView) -> str:
    """`Indonesia (ID)`, `Brazil (BR-STATUTORY)`."""
    place = Locale.parse(locale()).territories.get(calendar_of(view.code).country, view.code)
    return f"{place} ({view.code})"


def _buttons(view: CalendarView, me: Actor) -> None:
    may, moves = me.may(Permission.CALENDAR_EDIT), me.may(Permission.RULE_MOVE)
    if not may and not moves:
        return
    offered = [
        (CHANGE, _("Change a day"), "edit_calendar", may),
        (IMPORT, _("Import a file"), "upload_file", may),
        (CHOOSE, _("Choices"), "tune", may),
        (MOVE, _("Dates that would move"), "move_up", moves),
    ]
    with st.container(horizontal=True, gap="small"):
        for name, words, icon, right in offered:
            if right:
                st.button(
                    words,
                    key=f"{name}-open",
                    icon=f":material/{icon}:",
                    on_click=state.open_dialog,
                    args=(name, view.code),
                )


def _said(view: CalendarView, shown: Year) -> None:
    """Where the days come from, what is chosen, and whether the year is announced."""
    if not shown.published:
        st.warning(
            _(
                "The days off of {year} are not announced yet: what is known is counted, and every date that runs through "
                "that year says so.",
                year=shown.year,
            ),
            icon=":material/event_busy:",
        )
    through = (
        _("fixed by law for every year")
        if view.published_through is None
        else _("announced through {year}", year=view.published_through)
    )
    chosen = [pair(_(OPTIONS[one.code]), _("counts as a day off") if one.on else _("worked")) for one in view.options]
    st.caption(plain(dotted(view.zone, through, *chosen)) + "  \n" + plain(view.note))


def _legend(shown: Year) -> None:
    there = {one.word for one in shown.days}
    colours: dict[DayWord, Colour] = {
        DayWord.HOLIDAY: "blue",
        DayWord.MADE_UP: "green",
        DayWord.ADDED: "violet",
        DayWord.STRUCK: "green",
        DayWord.WORKDAY: "green",
    }
    said = [badge(_(words), colours[word]) for word, words in WORDS.items() if word in there]
    st.markdown(" ".join([*said, badge(_("weekend"), "gray")]))


def _changes(shown: Year, me: Actor) -> None:
    """What the team changed in this year, each to be taken back."""
    mine = [one for one in shown.days if one.change_id is not None]
    if not mine:
        return
    st.subheader(_("Changed by the team"), anchor=False)
    may = me.may(Permission.CALENDAR_EDIT)
    with st.container(border=True, gap="xsmall"):
        for one in mine[:MOST_LISTED]:
            source = _(SOURCES[one.source]) if one.source else ""
            said = dotted(plain(source), plain(one.who) if one.who else "")
            line(
                f"{plain(told(one))}  \n{gray(said)}",
                button=_("Take back") if may else "",
                key=f"calendar-remove-{one.change_id}",
                on_click=_take_back,
                args=(one,),
            )
    if len(mine) > MOST_LISTED:
        st.caption(_n("{n} more is not listed.", "{n} more are not listed.", len(mine) - MOST_LISTED))


def _take_back(one: DayOfYear) -> None:
    change = one.change_id
    if change is not None:
        act(
            lambda session: calendars.remove_change(session, change, actor=actor(), now=clock.now()),
            key=state.key(f"calendar-remove-{change}"),
            notice=_("The day is what the list says again."),
        )


def _list(shown: Year) -> None:
    st.subheader(_("Days that are not as the week says"), anchor=False)
    if not shown.days:
        st.info(_("Nothing is known of this year."))
        return
    weekdays = get_day_names("abbreviated", locale=locale())
    table = {
        _("Day"): [day(one.day, year=True) for one in shown.days],
        _("Weekday"): [weekdays[one.day.weekday()] for one in shown.days],
        _("What"): [_(WORDS[one.word]) for one in shown.days],
        _("Name"): [one.name or "—" for one in shown.days],
        _("Source"): [_(SOURCES[one.source]) if one.source else _("public list") for one in shown.days],
    }
    st.dataframe(pa.table(table), hide_index=True, height="content", row_height=34, alt=_("Days off of the year"))


def _dialogs(view: CalendarView, year: int) -> None:
    opened = state.opened()
    if opened is None or opened.subject != view.code:
        return
    bodies = {
        CHANGE: (_("Change a day"), lambda: _change(view.code, year)),
        IMPORT: (_("Import days off"), lambda: _import(view.code)),
        CHOOSE: (_("Choices"), lambda: _choose(view)),
        MOVE: (_("Dates that would move"), lambda: settings_rule_moving.recount(view.code)),
    }
    if opened.name in bodies:
        title, body = bodies[opened.name]
        dialogs.show(title, body, width="medium" if opened.name in (IMPORT, MOVE) else "small")


def _change(code: str, year: int) -> None:
    """A day by hand."""
    me, form = actor(), f"{CHANGE}-{code}"
    kind = segments(
        _("What"),
        list(Change),
        key=state.widget(form, "kind"),
        default=Change.OFF,
        words=lambda one: _(CHANGES[one]),
        hidden=True,
    )
    today = local_day(clock.now(), me.zone)
    when = st.date_input(
        _("Day"),
        today if today.year == year else date(year, 1, 1),
        min_value=date(1990, 1, 1),
        max_value=date(2099, 12, 31),
        key=state.widget(form, "day"),
        format="YYYY-MM-DD",
    )
    name = st.text_input(_("What day it is"), key=state.widget(form, "name"), max_chars=200) or ""
    if not st.button(_("Save"), type="primary", width="stretch", key=state.widget(form, "save")):
        return

    def write(session: Any) -> int:
        at: dict[str, Any] = {"actor": me, "name": name, "now": clock.now()}
        if kind is Change.OFF:
            return calendars.add_day(session, code, when, **at)
        if kind is Change.STRIKE:
            return calendars.strike_day(session, code, when, **at)
        return calendars.add_workday(session, code, when, **at)

    if act(write, key=state.key(form), notice=_("Calendar changed.")):
        _then(code)


def _then(code: str) -> None:
    """After a change: the clocks whose dates would move, if there are any; else the dialog closes."""
    me = actor()
    if me.may(Permission.RULE_MOVE) and settings_rule_moving.would_move(code):
        state.open_dialog(MOVE, code)
        st.rerun()
    dialogs.done()


def _import(code: str) -> None:
    """A calendar file: what it holds first, then the button."""
    me, form = actor(), f"{IMPORT}-{code}"
    st.caption(
        _("An .ics file with whole days, at most 1 MB. Entries like 补班 or “workday” are days worked in exchange.")
    )
    file = st.file_uploader(_("Calendar file"), type=["ics"], key=state.widget(form, "file"), max_upload_size=1)
    if file is None:
        return
    content = file.getvalue()[: LARGEST + 1]

    def look() -> Found:
        with database.reading() as session:
            return calendars.preview_ical(session, code, content, actor=me, now=clock.now())

    found: Found | None = attempt(look)
    if found is None:
        return
    _found(found)
    label = _n("Bring in {n} day", "Bring in {n} days", len(found.new))
    pressed = st.button(label, type="primary", width="stretch", disabled=not found.new, key=state.widget(form, "save"))
    if not found.new:
        st.caption(_("The file brings nothing that is not known."))

    def write(session: Any) -> dict[str, int]:
        done = calendars.import_ical(session, code, content, actor=me, now=clock.now())
        return {"off": done.off, "worked": done.worked}

    if pressed and act(write, key=state.key(form), notice=_imported):
        _then(code)


def _imported(done: dict[str, int]) -> str:
    return _("{off} days off and {worked} days worked in exchange came in.", off=done["off"], worked=done["worked"])


def _found(found: Found) -> None:
    rows = sorted(found.entries, key=lambda one: (one.state is not EntryState.NEW, one.day))
    with st.container(border=True, gap="xsmall"):
        for one in rows[:MOST_LISTED]:
            st.markdown(_entry(one))
    if len(rows) > MOST_LISTED:
        st.caption(_n("{n} more is not listed.", "{n} more are not listed.", len(rows) - MOST_LISTED))
    if found.left_out:
        with st.expander(_n("{n} entry left out", "{n} entries left out", len(found.left_out))):
            left = found.left_out[:MOST_LISTED]
            st.markdown("  \n".join(f"{plain(name)} {gray(plain(why))}" for name, why in left))


def _entry(one: IcalEntry) -> str:
    what = _("worked in exchange") if one.kind is DayKind.WORKDAY else _("day off")
    mark = badge(_(STATES[one.state]), "green" if one.state is EntryState.NEW else "gray")
    return f"{plain(day(one.day, year=True))} {plain(one.name)} {mark} {gray(plain(what))}"


def _choose(view: CalendarView) -> None:
    """Which optional days count, and until which year the days are known."""
    me, form = actor(), f"{CHOOSE}-{view.code}"
    on = [
        one.code
        for one in view.options
        if st.toggle(_(OPTIONS[one.code]), value=one.on, key=state.widget(form, one.code))
    ]
    if not view.options:
        st.caption(_("Nothing is a matter of choice in this calendar."))
    through = None
    if view.shipped_through is not None:
        typed = st.number_input(
            _("Days off are known through"),
            value=view.published_through,
            min_value=1990,
            max_value=2099,
            key=state.widget(form, "through"),
            help=_("Set it forward once the announced days of a year are in, from a file or by hand."),
        )
        through = None if typed == view.shipped_through else typed
    if not st.button(_("Save"), type="primary", width="stretch", key=state.widget(form, "save")):
        return

    def write(session: Any) -> bool:
        return calendars.choose(session, view.code, actor=me, options=on, published_through=through, now=clock.now())

    if act(write, key=state.key(form), notice=_("Calendar changed.")):
        _then(view.code)
