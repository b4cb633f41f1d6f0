"""The claims' calendar: a month as one chart whose days are pressed, or, on a phone, a week as a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import streamlit as st
from babel.dates import format_date

from core.cases.words import CLOCK_LABELS, payer_said
from core.desk.claims_calendar import SHOWN, TURN_LABELS, Day, Turn, Turning, agenda
from core.desk.claims_list import ClaimFilter
from core.foundation import database, formats
from core.foundation.clock import local_day
from core.foundation.config import settings
from core.foundation.language import _, _n, current
from core.foundation.money import Money
from core.foundation.permissions import Actor
from pages.parts import badges, figures, state
from pages.parts.address import Address
from pages.parts.badges import Colour
from pages.parts.claims_filters import TABLE
from pages.parts.formats import dotted, figure, gray, line, plain, rounded

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
ROWS = 12
"""Moments of a day under the month."""
PICK = "pick"
_COLOURS: dict[Turn, Colour] = {Turn.OPENS: "blue", Turn.CLOSES: "orange", Turn.AWAITED: "gray"}
_ICONS = {Turn.OPENS: "lock_open", Turn.CLOSES: "event_busy", Turn.AWAITED: "hourglass_empty"}
_MONTHS = {"en": "LLLL y", "zh-CN": "y年M月"}


def draw(filters: Address, wanted: ClaimFilter, me: Actor, now: datetime, *, phone: bool) -> None:
    """A month with its days, or a week day by day."""
    today = local_day(now, me.zone)
    if phone:
        _week(filters, wanted, me, now, today)
    else:
        _month(filters, wanted, me, now, today)


def _month(filters: Address, wanted: ClaimFilter, me: Actor, now: datetime, today: date) -> None:
    shown = (filters.value("month") or filters.value("day") or today).replace(day=1)
    first = shown - timedelta(days=shown.weekday())
    after = (shown + timedelta(days=31)).replace(day=1)
    days = -(-(after - first).days // 7) * 7
    found = figures.claims_calendar(me, wanted, first, days)
    picked = filters.value("day") or today
    _steps(
        filters, format_date(shown, _MONTHS[current()], locale=formats.locale()), shown - DAY, after, today, phone=False
    )
    pressed = _chart([first + DAY * n for n in range(days)], found, shown, picked, today)
    if pressed is not None and pressed != picked:
        filters.put("day", pressed)
        filters.put("month", shown)
        st.rerun()
    st.caption(
        _(
            "Blue: windows that open. Orange: what closes. Gray: answers and payments that are awaited. "
            "Days are in {zone}; choose one to see what it holds.",
            zone=me.zone,
        )
    )
    _day(filters, wanted, picked, found.get(picked), me, now)


def _week(filters: Address, wanted: ClaimFilter, me: Actor, now: datetime, today: date) -> None:
    """Seven days from the one looked at, one under the other."""
    first = filters.value("month") or today
    last = first + WEEK - DAY
    _steps(filters, f"{formats.day(first)} – {formats.day(last)}", first - WEEK, first + WEEK, today, phone=True)
    with database.reading() as session:
        found = agenda(session, _undated(wanted), actor=me, first=first, days=7)
    if not found:
        st.info(_("Nothing opens or closes in these days."), icon=":material/event_available:")
    for day in (first + DAY * n for n in range(7)):
        rows = [one for one in found if local_day(one.at, me.zone) == day]
        if rows:
            mark = badges.badge(_("today"), "blue") if day == today else ""
            st.markdown(f"**{plain(_weekday(day))}** {mark}".rstrip())
            for row in rows:
                _card(row, me, now, phone=True)
    if len(found) >= SHOWN:
        st.caption(_("Only the first {n} are shown. Narrow the filters.", n=SHOWN))


def _undated(wanted: ClaimFilter) -> ClaimFilter:
    """The filter without its day: the calendar has days of its own."""
    return replace(wanted, day=None)


def _steps(filters: Address, title: str, before: date, after: date, today: date, *, phone: bool) -> None:
    """What is shown, and the way back and forth."""
    if phone:
        st.header(title, anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not phone:
            st.header(title, anchor=False, width="stretch")
        for key, icon, label, to in (
            ("back", "chevron_left", _("Earlier"), before),
            ("today", "today", _("Today"), None),
            ("on", "chevron_right", _("Later"), after),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"claims-calendar-{key}",
                width="stretch" if phone else "content",
                on_click=_go,
                args=(filters, to, today),
            )


def _go(filters: Address, to: date | None, today: date) -> None:
    filters.put("month", to)
    if to is None:
        filters.put("day", today)


def _weekday(day: date) -> str:
    return format_date(day, "EEEE, d MMM" if current() == "en" else "MM-dd EEEE", locale=formats.locale())


def _day(filters: Address, wanted: ClaimFilter, day: date, sums: Day | None, me: Actor, now: datetime) -> None:
    """What a day holds, and the way to the same in the grid."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(_weekday(day), anchor=False)
        st.markdown(_said(sums), width="stretch")
        st.button(
            _("Show in the table"),
            icon=":material/table_rows:",
            key="claims-calendar-table",
            on_click=_to_table,
            args=(filters, day),
        )
    if sums is None:
        st.caption(_("Nothing opens or closes on this day."))
        return
    with database.reading() as session:
        rows = agenda(session, _undated(wanted), actor=me, first=day, limit=ROWS)
    left, right = st.columns(2, gap="small")
    for place, row in enumerate(rows):
        with left if place % 2 == 0 else right:
            _card(row, me, now, phone=False)
    more = sums.opens + sums.closes + sums.awaited - len(rows)
    if more > 0:
        st.caption(_n("and {n} more: look in the table", "and {n} more: look in the table", more))


def _to_table(filters: Address, day: date) -> None:
    filters.put("day", day)
    filters.put("view", TABLE)


def _said(sums: Day | None) -> str:
    """The day in a line: how many of each, and the money behind."""
    if sums is None:
        return ""
    counts = {Turn.OPENS: sums.opens, Turn.CLOSES: sums.closes, Turn.AWAITED: sums.awaited}
    marks = [
        badges.badge(f"{_(TURN_LABELS[turn])} {formats.number(n)}", _COLOURS[turn], _ICONS[turn])
        for turn, n in counts.items()
        if n
    ]
    return dotted(*marks, gray(plain(rounded(sums.value, settings().base_currency))))


def _card(row: Turning, me: Actor, now: datetime, *, phone: bool) -> None:
    """One moment: what it is, whose, how much, and a button to its claim or case."""
    turn = badges.badge(_(TURN_LABELS[row.turn]), _colour(row, now), _ICONS[row.turn])
    when = formats.moment(row.at, me.zone)[-5:]
    what = _(CLOCK_LABELS[row.kind])
    payer = line(payer_said(row.payer), 28)
    named = row.claim or row.incident
    facts = gray(
        dotted(
            plain(row.incident) if row.claim else plain(_("no claim yet")), plain(row.number), line(row.owner or "", 20)
        )
    )
    said = f"{turn} **{plain(when)}** {plain(what)} · {payer}  \n**{plain(named)}** {facts}"
    with st.container(border=True, horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.markdown(said, width="stretch")
        if not phone:
            st.markdown(figure(Money(row.amount, row.currency)), text_alignment="right", width=110)
        key = f"calendar-{row.turn}-{row.kind}-{named}-{row.at.timestamp()}"
        if row.claim:
            st.button(_("Open"), key=key, width=84, on_click=state.open_dialog, args=("claim", row.claim))
        elif st.button(_("Prepare"), key=key, width=84):
            st.switch_page("case.py", query_params={"ref": row.incident, "do": "prepare"})


def _colour(row: Turning, now: datetime) -> Colour:
    return badges.urgency(row.at, now) if row.turn is Turn.CLOSES else _COLOURS[row.turn]


def _chart(days: Sequence[date], found: Mapping[date, Day], shown: date, picked: date, today: date) -> date | None:
    """The month; the day that is pressed now, or None."""
    table = pa.table(
        {
            "day": [day.isoformat() for day in days],
            "row": [n // 7 for n in range(len(days))],
            "column": [day.weekday() for day in days],
            "name": [formats.day(day) if day.day == 1 else str(day.day) for day in days],
            "weekday": [format_date(day, "EEE", locale=formats.locale()) for day in days],
            "tone": [_tone(day, shown, picked, today) for day in days],
            "dim": [day.month != shown.month for day in days],
            "opens": [_count("▲", found.get(day), "opens") for day in days],
            "closes": [_count("▼", found.get(day), "closes") for day in days],
            "awaited": [_count("◷", found.get(day), "awaited") for day in days],
            "money": [_money(found.get(day)) for day in days],
        }
    )
    alt = _("Calendar of {month}: what opens and closes on each day", month=shown.strftime("%Y-%m"))
    event: Any = st.vega_lite_chart(
        table,
        _spec(len(days) // 7),
        width="stretch",
        theme=None,
        key=f"claims-calendar-{shown.isoformat()}-{picked.isoformat()}",
        on_select="rerun",
        alt=alt,
    )
    chosen = event.selection.get(PICK) if event is not None else None
    return date.fromisoformat(chosen[0]["day"]) if chosen else None


def _tone(day: date, shown: date, picked: date, today: date) -> str:
    if day == picked:
        return "picked"
    if day == today:
        return "today"
    return "in" if day.month == shown.month else "out"


def _count(sign: str, sums: Day | None, name: str) -> str:
    n = getattr(sums, name) if sums is not None else 0
    return f"{sign} {formats.number(n)}" if n else ""


def _money(sums: Day | None) -> str:
    return rounded(sums.value, settings().base_currency) if sums is not None and sums.value > Decimal(0) else ""


def _words(
    field: str, x: float, y: float, size: int, colour: str, align: str = "left", bold: bool = False
) -> dict[str, Any]:
    """A text in the day's rectangle: `x` and `y` are shares of its width and height."""
    return {
        "mark": {
            "type": "text",
            "align": align,
            "baseline": "middle",
            "fontSize": size,
            "fontWeight": 600 if bold else 400,
            "color": colour,
            "xOffset": {"expr": f"bandwidth('x') * {x - 0.5}"},
            "yOffset": {"expr": f"bandwidth('y') * {y - 0.5}"},
        },
        "encoding": {
            "text": {"field": field},
            "opacity": {"condition": {"test": "datum.dim", "value": 0.55}, "value": 1},
        },
    }


def _spec(weeks: int) -> dict[str, Any]:
    """The picture: a rectangle a day, its number above, the counts side by side, the money below."""
    dark = st.context.theme.type == "dark"
    ink, soft, edge = ("#E8EBF0", "#A9B1BE", "#2C323C") if dark else ("#0E1420", "#525A68", "#E1E4EA")
    tones = (
        {"picked": "#1C2742", "today": "#191D24", "in": "#101318", "out": "#0C0F13"}
        if dark
        else {"picked": "#EAF0FD", "today": "#F5F6F8", "in": "#FFFFFF", "out": "#FAFAFB"}
    )
    opens, closes = ("#7FA3FF", "#EE9A55") if dark else ("#2148AE", "#B4510E")
    place = {
        "x": {"field": "column", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.03, "paddingOuter": 0}},
        "y": {"field": "row", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.05, "paddingOuter": 0}},
    }
    ground = {
        "mark": {"type": "rect", "cornerRadius": 5, "stroke": edge, "strokeWidth": 1},
        "encoding": {
            "color": {
                "field": "tone",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": list(tones), "range": list(tones.values())},
            }
        },
    }
    # On top of the words, so that a press on a number is a press on its day.
    press = {
        "params": [{"name": PICK, "select": {"type": "point", "fields": ["day"], "toggle": False}}],
        "mark": {"type": "rect", "opacity": 0, "cursor": "pointer"},
    }
    return {
        "background": "transparent",
        "height": 78 * weeks,
        "encoding": place,
        "config": {"view": {"stroke": None}, "font": "'Source Sans', sans-serif"},
        "layer": [
            ground,
            _words("name", 0.06, 0.17, 13, ink, bold=True),
            _words("weekday", 0.94, 0.17, 11, soft, "right"),
            _words("opens", 0.06, 0.5, 13, opens, bold=True),
            _words("closes", 0.38, 0.5, 13, closes, bold=True),
            _words("awaited", 0.7, 0.5, 13, soft),
            _words("money", 0.06, 0.82, 11, soft),
            press,
        ],
    }
