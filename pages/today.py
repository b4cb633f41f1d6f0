"""Today: what has to be done now, by the next irreversible moment and the money behind it."""

from __future__ import annotations

import streamlit as st

from core.desk.tiles import Tiles
from core.desk.worklist import DISPUTES, KIND_LABELS, Kind, worklist
from core.foundation import clock, database, formats
from core.foundation.config import settings
from core.foundation.language import _, _n
from core.foundation.permissions import Permission
from pages.parts import approvals_view, carriers_notes, disputes_note, figures, silent_view, state, worklist_view
from pages.parts.act import notices
from pages.parts.address import Address, Many, One
from pages.parts.formats import chosen, rounded
from pages.parts.who import actor, on_phone

MINE, TEAM = "mine", "team"
LIST, TABLE = "list", "table"
FILTERS: dict[str, tuple[Kind, ...]] = {
    "claim": (Kind.CLAIM,),
    "proof": (Kind.PROOF,),
    "asked": (Kind.INFORMATION, Kind.DOCUMENTS),
    "appeal": (Kind.APPEAL,),
    "follow-up": (Kind.ANSWER, Kind.PAYMENT, Kind.TRACE),
    "money": (Kind.MONEY, Kind.OFFER),
    "dispute": DISPUTES,
    "promise": (Kind.PROMISE,),
    "unassigned": (Kind.UNASSIGNED,),
    "silent": (Kind.SILENT, Kind.ENDED),
}
ESCALATED = "escalated"
"""Not a kind of work but a mark on it: what the sweep handed to a lead or manager."""


def _labels() -> dict[str, str]:
    found = {code: _(KIND_LABELS[kinds[0]]) for code, kinds in FILTERS.items()}
    return {**found, "follow-up": _("Follow up"), ESCALATED: _("Escalated")}


def _tiles(found: Tiles, phone: bool) -> None:
    base = settings().base_currency
    with st.grid(2, min_column_width=130, gap="small") if phone else st.grid(4, gap="small"):
        due = found.overdue + found.due
        late = _n("{n} overdue", "{n} overdue", found.overdue) if found.overdue else _("none overdue")
        colour = "red" if found.overdue else "gray"
        _tile(_("Overdue or due in 24 h"), formats.number(due), late, colour)
        cases = _n("{n} case", "{n} cases", found.risk_cases)
        _tile(_("At risk in 72 h"), rounded(found.risk, base), cases)
        if phone:
            return
        _tile(_("Waiting on others"), formats.number(found.waiting), _("clocks keep running"))
        _tile(_("Recovered, 30 days"), rounded(found.recovered, base), _n("{n} payout", "{n} payouts", found.payouts))


def _tile(label: str, value: str, note: str, colour: str = "gray") -> None:
    st.metric(label, value, note, delta_color=colour, delta_arrow="off", border=True)  # type: ignore[arg-type]


def _head() -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(_("Today"), anchor=False)
        if me.may(Permission.INCIDENT_REGISTER) and st.button(
            _("New incident"), type="primary", icon=":material/add:", key="today-new"
        ):
            st.switch_page("intake.py")


def _controls() -> None:
    labels = _labels()
    scope, view, kinds = address.value("who"), address.value("view"), address.value("kind")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            _("Whose work"),
            [MINE, TEAM],
            key=address.key("who"),
            required=True,
            format_func=lambda code: chosen(_("Mine") if code == MINE else _("Team"), code == scope),
            label_visibility="collapsed",
        )
        st.pills(
            _("Kind of work"),
            [*FILTERS, ESCALATED],
            key=address.key("kind"),
            selection_mode="multi",
            format_func=lambda code: chosen(labels[code], code in kinds),
            label_visibility="collapsed",
        )
        st.segmented_control(
            _("View"),
            [LIST, TABLE],
            key=address.key("view"),
            required=True,
            format_func=lambda code: (
                ":material/lists: " + chosen(_("List"), code == view)
                if code == LIST
                else ":material/table_rows: " + chosen(_("Table"), code == view)
            ),
            label_visibility="collapsed",
        )


def _empty(mine: bool) -> None:
    """One sentence and one button."""
    if address.value("kind"):
        st.info(_("Nothing of this kind is due. Look at everything that is."), icon=":material/check_circle:")
        st.button(_("Show every kind"), on_click=address.clear, args=("who", "view"))
    elif mine:
        st.info(_("None of your cases asks for anything. Look at the team's."), icon=":material/check_circle:")
        st.button(_("Show the team's work"), on_click=lambda: address.put("who", TEAM))
    else:
        st.info(_("Nothing is due, and no case waits. Register what went wrong."), icon=":material/check_circle:")
        if me.may(Permission.INCIDENT_REGISTER) and st.button(_("Register an incident"), icon=":material/add:"):
            st.switch_page("intake.py")


me = actor()
state.enter("today")
phone, now = on_phone(), clock.now()
address = Address(
    "today", {"who": One((MINE, TEAM), TEAM), "kind": Many((*FILTERS, ESCALATED)), "view": One((LIST, TABLE), LIST)}
)
_head()
mine, as_table = address.value("who") == MINE, address.value("view") == TABLE
wanted = address.value("kind")
kinds = frozenset(kind for code in wanted if code != ESCALATED for kind in FILTERS[code])
mark = address.signature("view")
with database.reading() as session:
    limit = 60 if as_table else worklist_view.wanted_rows(mark)
    rows = worklist(session, actor=me, now=now, mine=mine, kinds=kinds, escalated=ESCALATED in wanted, limit=limit)
found = figures.today(me, mine=mine)
_tiles(found, phone)
_controls()
if not wanted:
    approvals_view.draw(me, now, phone=phone)
if me.may(Permission.INCIDENT_REGISTER) and (not wanted or "silent" in wanted):
    silent_view.draw(figures.silent_parcels(me), figures.arrivals(me), now, phone=phone)
if not wanted:
    carriers_notes.draw(me)
    disputes_note.draw(me)
if not rows:
    _empty(mine)
elif as_table:
    worklist_view.draw_table(rows, now)
else:
    told = None if ESCALATED in wanted else found
    worklist_view.draw_list(rows, now, figures=told, kinds=kinds, mark=mark, phone=phone)
address.write()
silent_view.dialog()
approvals_view.dialog()
notices()
