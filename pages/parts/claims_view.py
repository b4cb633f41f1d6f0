"""The claims on the screen: pills with counts, the grid, the board, the drawer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.desk.claims_list import (
    BOARD,
    GROUP_LABELS,
    OVER,
    ClaimDetails,
    ClaimFilter,
    ClaimLine,
    ClaimPage,
    Group,
    claim_details,
)
from core.desk.register import Choices
from core.desk.worklist import ACTION_LABELS, Do
from core.foundation import clock, database, formats
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.models.rule import PayerKind
from core.recovery.claim_states import PAYER_LABELS, STATE_LABELS
from pages.parts import badges, state, tables
from pages.parts.address import Address, Many, Number, One, Text
from pages.parts.badges import CLAIM_COLOURS, Colour
from pages.parts.formats import chosen, cut, dotted, figure, gray, line, plain, wait
from pages.parts.who import actor

TABLE, BOARD_VIEW = "table", "board"
S = ClaimState

_DO: dict[ClaimState, Do] = {
    S.DRAFT: Do.PREPARE,
    S.READY: Do.FILE,
    S.SUBMITTED: Do.ANSWER,
    S.IN_REVIEW: Do.ANSWER,
    S.APPEALED: Do.ANSWER,
    S.INFORMATION_ASKED: Do.SEND,
    S.REJECTED: Do.APPEAL,
    S.APPROVED: Do.PAYOUT,
    S.PARTLY_APPROVED: Do.PAYOUT,
}
_GROUP_COLOURS: dict[Group, Colour] = {
    Group.PREPARE: "gray",
    Group.FILED: "blue",
    Group.ASKED: "orange",
    Group.OFFER: "violet",
    Group.DENIED: "red",
    Group.PAID: "green",
    Group.ENDED: "gray",
}


def address(choices: Choices, *, phone: bool) -> Address:
    """The filters of the claims and their codes."""
    return Address(
        "claims",
        {
            "q": Text(),
            "state": Many([one.value for one in Group]),
            "payer": Many([one.value for one in PayerKind]),
            "carrier": Many([str(number) for number, _name in choices.carriers]),
            "owner": Many([str(number) for number, _name in choices.owners]),
            "view": One((TABLE, BOARD_VIEW), BOARD_VIEW if phone else TABLE),
            "page": Number(),
        },
    )


def filter_of(filters: Address) -> ClaimFilter:
    """What the widgets say, as core takes it."""
    value = filters.value
    return ClaimFilter(
        text=value("q") or "",
        groups=tuple(Group(code) for code in value("state")),
        payers=tuple(PayerKind(code) for code in value("payer")),
        carriers=tuple(int(code) for code in value("carrier")),
        owners=tuple(int(code) for code in value("owner")),
    )


def draw_filters(filters: Address, choices: Choices, counts: dict[Group, int], phone: bool) -> None:
    """Search, states with their counts, the rare filters in a popover."""
    labels = {one.value: f"{_(GROUP_LABELS[one])} {formats.number(counts[one])}" for one in Group}
    picked = filters.value("state")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            _("Search"),
            key=filters.key("q"),
            type="search",
            icon=":material/search:",
            placeholder=_("Claim, case, payer's or tracking number"),
            label_visibility="collapsed",
            width="stretch" if phone else 300,
        )
        st.pills(
            _("State"),
            list(labels),
            selection_mode="multi",
            key=filters.key("state"),
            format_func=lambda code: chosen(labels[code], code in picked),
            label_visibility="collapsed",
        )
        # Under another label it would be another popover, and closed.
        rare = st.popover(_("Filters"), icon=":material/tune:", key="claims-rare", on_change="rerun")
        if rare.open:
            with rare:
                _several(filters, "payer", _("Payer"), {one.value: _(PAYER_LABELS[one]) for one in PayerKind})
                _several(filters, "carrier", _("Carrier"), {str(number): name for number, name in choices.carriers})
                _several(filters, "owner", _("Owner"), {str(number): name for number, name in choices.owners})
        if n := sum(1 for name in ("payer", "carrier", "owner") if filters.value(name)):
            st.button(
                _n("Clear {n} filter", "Clear {n} filters", n),
                type="tertiary",
                icon=":material/filter_alt_off:",
                on_click=filters.clear,
                args=("q", "state", "view"),
                key="claims-clear-rare",
            )


def _several(filters: Address, name: str, label: str, options: dict[str, str]) -> None:
    st.multiselect(label, list(options), key=filters.key(name), format_func=lambda code: options.get(code, code))


def draw_table(rows: Sequence[ClaimLine], now: datetime, key: str) -> None:
    """The page as a grid; a chosen row opens the drawer."""
    clocks = [(when(row, now), _colour(row, now)) for row in rows]
    columns: dict[str, Sequence[Any]] = {
        "next": [tables.chip(word) for word, _ground in clocks],
        "claim": [row.reference for row in rows],
        "case": [row.incident for row in rows],
        "state": [tables.chip(_(STATE_LABELS[row.state])) for row in rows],
        "payer": [cut(row.payer_name, 30) for row in rows],
        "carrier": [tables.text(row.carrier) for row in rows],
        "demand": [formats.amount(Money(row.demand, row.currency)) for row in rows],
        "came": [_came(row) for row in rows],
        "owner": [tables.text(row.owner) for row in rows],
        "action": [_label(row) for row in rows],
    }
    text = st.column_config.TextColumn
    config = {
        "next": tables.chips(_("Next clock"), clocks, width=124),
        "claim": text(_("Claim"), width=112),
        "case": text(_("Case"), width=118),
        "state": tables.chips(
            _("State"), [(_(STATE_LABELS[one]), CLAIM_COLOURS[one][0]) for one in ClaimState], width=122
        ),
        "payer": text(_("Payer"), width=94),
        "carrier": text(_("Carrier"), width=84),
        "demand": text(_("Demand"), width=104, alignment="right"),
        "came": text(_("Approved or paid"), width=108, alignment="right"),
        "owner": text(_("Owner"), width=92),
        "action": text(_("Action"), width=82, alignment="center"),
    }
    tables.table(
        columns,
        key=key,
        alt=_n("Claims, {n} row", "Claims, {n} rows", len(rows)),
        config=config,
        on_select=_selected,
        args=([row.reference for row in rows],),
    )


def _selected(place: int | None, references: list[str]) -> None:
    if place is None or place >= len(references):
        state.close_dialog()
    else:
        state.open_dialog("claim", references[place])


def draw_board(board: dict[Group, ClaimPage], counts: dict[Group, int], now: datetime, *, phone: bool) -> None:
    """Six columns of cards; on a phone one under the other, the empty ones left out."""
    shown = [group for group in BOARD if group in board and (board[group].rows or not phone)]
    if phone:
        for group in shown:
            _column(group, board[group], counts[group], now, phone=True)
        return
    for place, group in zip(st.columns(len(shown), gap="small"), shown, strict=True):
        with place:
            _column(group, board[group], counts[group], now, phone=False)


def _column(group: Group, page: ClaimPage, count: int, now: datetime, *, phone: bool) -> None:
    total = max(count, len(page.rows)) if page.more else len(page.rows)
    badge = badges.badge(_(GROUP_LABELS[group]), _GROUP_COLOURS[group])
    st.markdown(f"{badge} {gray(formats.number(total))}")
    for row in page.rows:
        _card(row, now, phone=phone)
    if not page.rows:
        st.caption(_("None"))
    if page.more:
        st.caption(_("and {n} more", n=formats.number(total - len(page.rows))))


def _card(row: ClaimLine, now: datetime, *, phone: bool) -> None:
    money = figure(Money(row.demand, row.currency))
    payer = "" if row.payer_name == row.carrier else line(row.payer_name, 24)
    facts = dotted(line(row.carrier or "", 24), payer, gray(line(row.owner or "", 20)))
    words = f"**{plain(row.reference)}** {mark(row, now)}  \n{facts}  \n{money}"
    button = {"key": f"claim-card-{row.id}", "on_click": state.open_dialog, "args": ("claim", row.reference)}
    if phone:
        with st.container(border=True, horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            st.markdown(words, width="stretch")
            st.button(_label(row), width=104, **button)  # type: ignore[arg-type]
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown(words)
        st.button(_label(row), width="stretch", **button)  # type: ignore[arg-type]


def _label(row: ClaimLine) -> str:
    return _(ACTION_LABELS[_DO[row.state]]) if row.state in _DO else _("Open")


def _came(row: ClaimLine) -> str:
    amount = row.paid or row.approved
    return formats.amount(Money(amount, row.currency)) if amount else formats.NOTHING


def _opens(row: ClaimLine, now: datetime) -> bool:
    return row.clock is ClockKind.CLAIM_WINDOW and row.opens_at is not None and row.opens_at > now


def _theirs(row: ClaimLine, now: datetime) -> bool:
    """Whether the next moment is the payer's and has not passed."""
    waits = row.clock in (ClockKind.ANSWER, ClockKind.PAYMENT)
    return waits and row.due_at is not None and row.due_at >= now


def when(row: ClaimLine, now: datetime) -> str:
    """The next clock in few words: `19 h`, `opens in 2 d`, `answer in 6 d`."""
    if row.state in OVER or row.clock is None:
        return formats.NOTHING
    if _opens(row, now) and row.opens_at is not None:
        return _("opens in {span}", span=wait(row.opens_at, now))
    if row.due_at is None:
        return _("open")
    span = wait(row.due_at, now)
    if _theirs(row, now):
        return _("answer in {span}", span=span) if row.clock is ClockKind.ANSWER else _("payment in {span}", span=span)
    return span


def _colour(row: ClaimLine, now: datetime) -> Colour:
    if row.state in OVER or _opens(row, now) or _theirs(row, now):
        return "gray"
    return badges.urgency(row.due_at, now)


def mark(row: ClaimLine, now: datetime) -> str:
    """The next clock as a badge; empty where nothing is due any more."""
    words = when(row, now)
    if words == formats.NOTHING:
        return ""
    late = row.due_at is not None and row.due_at < now
    icon = "lock_clock" if _opens(row, now) else "error" if late else "schedule"
    return badges.badge(words, _colour(row, now), icon)


def draw_drawer(reference: str) -> None:
    """The facts of one claim beside the list, and the way to its case."""
    st.dialog(reference, position="right", on_dismiss=close_drawer)(_drawer)(reference)


def close_drawer() -> None:
    """Close it and let go of the chosen row: the grid is made anew under another key."""
    state.close_dialog()
    st.session_state["claims-drawers"] = int(st.session_state.get("claims-drawers", 0)) + 1


def _drawer(reference: str) -> None:
    # A dialog's own runs do not pass the frame: who is there is asked again.
    me, now = actor(), clock.now()
    with database.reading() as session:
        found = claim_details(session, reference, actor=me)
    row = found.line
    st.markdown(f"{badges.claim_state(row.state)} {mark(row, now)}")
    st.metric(_("Demand"), formats.amount(Money(row.demand, row.currency)), border=True)
    st.markdown("  \n".join(_facts(found, me.zone)))
    for title, words in (
        (_("Payer asked for"), found.asked if row.state is S.INFORMATION_ASKED else ""),
        (_("The payer's answer"), found.answer_text),
        (_("Note"), found.note),
    ):
        if words:
            st.markdown(f"**{title}**  \n{plain(words)}")
    do = _DO.get(row.state)
    query = {"ref": row.incident, "claim": row.reference}
    if do is not None and st.button(_(ACTION_LABELS[do]), type="primary", width="stretch", key=f"drawer-do-{row.id}"):
        state.close_dialog()
        st.switch_page("case.py", query_params={**query, "do": do.value})
    if st.button(_("Open case"), width="stretch", key=f"drawer-open-{row.id}"):
        state.close_dialog()
        st.switch_page("case.py", query_params=query)


def _facts(found: ClaimDetails, zone: str) -> list[str]:
    """What is known, a line each; what is not there is left out."""
    row = found.line
    came = _came(row)
    filed = formats.moment(found.submitted_at, zone, year=True) if found.submitted_at else None
    closes = formats.moment(row.due_at, found.zone, year=True) if row.due_at else None
    rule = _("{title}, version {n}", title=found.rule_title, n=found.rule_version)
    rows = (
        (_("Payer"), f"{row.payer_name} ({_(PAYER_LABELS[row.payer_kind])})"),
        (_("Case"), row.incident),
        (_("Carrier"), row.carrier),
        (_("Number"), row.number),
        (_("Shop"), found.shop),
        (_("Owner"), row.owner),
        (_("Next moment"), f"{closes} ({found.zone})" if closes else None),
        (_("Payer's case number"), row.case_number),
        (_("Filed"), filed),
        (_("Filed through"), found.submitted_via),
        (_("Approved or paid"), came if came != formats.NOTHING else None),
        (_("Cap"), found.cap_text),
        (_("Rule card"), rule),
    )
    return [f"{gray(plain(label))} {plain(value)}" for label, value in rows if value]
