"""One match, or one line of money, as a row: what came, what it pays, why it is thought so, and what can be done."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.cases.words import TYPE_LABELS, payer_said
from core.foundation import clock
from core.foundation.errors import Invalid
from core.foundation.formats import amount, day
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.models.settlement import MatchState, MatchWay
from core.recovery import settlements
from core.recovery.settlements import SOURCE_LABELS, WAY_LABELS, Group, LineRow, MatchRow, Target
from pages.parts import badges, settlements_dialogs, state
from pages.parts.act import act
from pages.parts.badges import Colour
from pages.parts.formats import dotted, figure, gray, plain
from pages.parts.formats import line as on_one_line
from pages.parts.who import actor

REFUSED = "settlements-refused"
"""Where a batch's refusals are remembered until something else is done."""

_WAYS: dict[MatchWay, tuple[Colour, str]] = {
    MatchWay.ONE: ("green", "check_circle"),
    MatchWay.SEVERAL_LINES: ("green", "merge"),
    MatchWay.SEVERAL_CLAIMS: ("green", "call_split"),
    MatchWay.BOOKED: ("green", "receipt_long"),
    MatchWay.PART: ("orange", "pie_chart"),
    MatchWay.MORE: ("orange", "add_circle"),
    MatchWay.HAND: ("blue", "touch_app"),
}
_WHY: dict[Group, str] = {
    Group.NO_CASE: N_(
        "Compensation came for these parcels and no case stands for them: take them in, then claim or close."
    ),
    Group.NO_CLAIM: N_(
        "A case stands for these parcels, and none of its claims fits, or several could be meant. This is not missing money:"
        " it may be claimed yet. Match it by hand where you know what it pays."
    ),
    Group.UNKNOWN: N_("No parcel of these orders is known here. Import the orders of that time, or match by hand."),
    Group.TWICE: N_("Another list tells the same order, amount and days: the same money, counted once."),
    Group.TAKEN_BACK: N_(
        "The platform took compensation back. Take the payout back on its case, as taken back by the payer."
    ),
}


def why(group: Group) -> str:
    """What the lines of a group wait for."""
    return _(_WHY[group])


def match(row: MatchRow, me: Actor, *, phone: bool) -> None:
    """A suggestion, or an accepted match."""
    with st.container(border=True, gap="xsmall"):
        if phone:
            _came(row)
            _pays(row)
            st.markdown(figure(row.amount))
            _deeds(row, me)
            return
        came, pays, sum_, deeds = st.columns([3.3, 2.6, 1.1, 2.1], vertical_alignment="center", gap="small")
        with came:
            _came(row)
        with pays:
            _pays(row)
        sum_.markdown(figure(row.amount), text_alignment="right")
        with deeds:
            _deeds(row, me)


def _came(row: MatchRow) -> None:
    """The lines, and how sure it is; why, where that is not the same amount."""
    colour, icon = _WAYS[row.way]
    said = [badges.badge(_(WAY_LABELS[row.way]), colour, icon)]
    said += [_line_words(one, several=len(row.lines) > 1) for one in row.lines]
    if row.state is MatchState.SUGGESTED and row.way is not MatchWay.ONE:
        said.append(gray(plain(settlements.reason(row))))
    st.markdown("  \n".join(said))


def _pays(row: MatchRow) -> None:
    st.markdown("  \n".join(_target_words(one, several=len(row.targets) > 1) for one in row.targets))
    if (unfiled := _unfiled(row)) is not None and row.state is MatchState.SUGGESTED:
        said = _("Never filed: file {reference} under the payer's number first.", reference=unfiled.reference)
        st.markdown(f":orange[:material/lock: {plain(said)}]")


def _unfiled(row: MatchRow) -> Target | None:
    return next((one for one in row.targets if one.unfiled), None)


def _deeds(row: MatchRow, me: Actor) -> None:
    if row.state is MatchState.SUGGESTED:
        _decide(row, me)
    else:
        _accepted(row, me)


def _line_words(one: LineRow, *, several: bool) -> str:
    """The order and the file's words; where several lines are together, each with its amount."""
    named = plain(one.order_number or one.number or _("no order"))
    first = f"**{named}**" + (f" {plain(amount(one.amount))}" if several else "")
    return f"{first}  \n{gray(_facts(one))}"


def _facts(one: LineRow) -> str:
    return dotted(
        plain(_(SOURCE_LABELS[one.source])),
        plain(day(one.paid_on, year=True)),
        on_one_line(one.said, 60),
        on_one_line(one.shop, 30),
        plain(_("{file}, row {row}", file=_short(one.file_name), row=one.row)),
    )


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:12]}…{name[-14:]}"


def _target_words(one: Target, *, several: bool) -> str:
    mark = badges.claim_state(one.state) if one.state is not None else badges.badge(_("Dispute"), "violet", "gavel")
    owed = _("owed {amount}", amount=amount(one.owed)) if one.owed is not None else ""
    back = badges.badge(_("Taken back since"), "red", "undo") if one.back else ""
    share = plain(_("{amount} for this", amount=amount(one.amount))) if several and one.amount else None
    second = dotted(on_one_line(payer_said(one.payer), 30), plain(one.case or ""), share, plain(owed))
    return f":material/arrow_forward: **{plain(one.reference)}** {mark} {back}".rstrip() + f"  \n{gray(second)}"


def _decide(row: MatchRow, me: Actor) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if me.may(Permission.SETTLEMENT_MATCH):
            _accept(row)
            _refuse(row)
        _to_case(row.targets[0].case, f"settle-{row.id}-case")


def _accept(row: MatchRow) -> None:
    form, off = f"settle-{row.id}", _unfiled(row) is not None
    asked = f"{form}-asked"
    more = row.way is MatchWay.MORE
    once = st.button(
        _("Accept, rest owed back") if more else _("Accept"),
        icon=":material/lock:" if off else ":material/check:",
        key=f"{form}-accept",
        disabled=off,
    )
    besides = asked in st.session_state and _besides(form)
    if not (once or besides):
        return
    forget_refused()

    def write(session: Any) -> int:
        try:
            return settlements.accept(
                session, row.id, actor=actor(), keep_surplus=more, besides=besides, now=clock.now()
            ).id
        except Invalid as refusal:
            if refusal.field == "besides":
                waits.append(asked)
            raise

    waits: list[str] = []
    done = act(write, key=state.key(form), notice=_("{amount} is matched.", amount=amount(row.amount)))
    if done is not None:
        st.session_state.pop(asked, None)
        st.rerun()
    if waits and asked not in st.session_state:
        # The platform's compensation is booked in that case: the same button again, under its own words.
        st.session_state[asked] = True
        _besides(form)


def _besides(form: str) -> bool:
    return st.button(_("It came besides: accept"), icon=":material/add:", key=f"{form}-besides")


def _refuse(row: MatchRow) -> None:
    form = f"settle-{row.id}-no"
    if not st.button(_("Not this"), key=form, help=_("It does not belong together, and is not suggested again")):
        return
    forget_refused()
    done = act(
        lambda session: settlements.reject(session, row.id, actor=actor(), now=clock.now()).id,
        key=state.key(form),
        notice=_("It is not suggested again."),
    )
    if done is not None:
        st.rerun()


def _accepted(row: MatchRow, me: Actor) -> None:
    if row.decided_at is not None:
        on = day(clock.local_day(row.decided_at, me.zone), year=True)
        st.caption(plain(_("Matched by {name}, {day}.", name=row.by or _("Recoup"), day=on)))
    books = row.way is not MatchWay.BOOKED and any(one.is_claim and not one.back for one in row.targets)
    off = books and not me.may(Permission.PAYOUT_REVERSE)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if me.may(Permission.SETTLEMENT_MATCH):
            st.button(
                _("Take back"),
                icon=":material/lock:" if off else ":material/undo:",
                key=f"settle-{row.id}-back",
                disabled=off,
                on_click=state.open_dialog,
                args=(settlements_dialogs.BACK, (row.id, amount(row.amount))),
            )
        _to_case(row.targets[0].case, f"settle-{row.id}-case")
    if off and me.may(Permission.SETTLEMENT_MATCH):
        st.caption(plain(_("Taking it back reverses a payout: ask a lead.")))


def line(row: LineRow, group: Group, me: Actor, *, phone: bool) -> None:
    """A line that no match holds, with what it waits for."""
    kind = badges.badge(_(TYPE_LABELS[row.type]), "gray", "inventory_2") if row.type else ""
    cases = gray(plain(", ".join(row.cases))) if row.cases else ""
    named = plain(row.order_number or _("no order"))
    words = f"**{named}** {kind} {cases}".rstrip() + f"  \n{gray(_facts(row))}"
    with st.container(border=True, gap="xsmall"):
        if phone:
            st.markdown(words)
            st.markdown(figure(row.amount))
            _ways(row, group, me)
            return
        said, sum_, deeds = st.columns([5.9, 1.1, 2.1], vertical_alignment="center", gap="small")
        said.markdown(words)
        sum_.markdown(figure(row.amount), text_alignment="right")
        with deeds:
            _ways(row, group, me)


def _ways(row: LineRow, group: Group, me: Actor) -> None:
    """What can be done about a line of a group."""
    key, may = f"settle-line-{row.id}", me.may(Permission.SETTLEMENT_MATCH)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if group is Group.NO_CASE and me.may(Permission.INCIDENT_REGISTER):
            if st.button(_("Take in"), icon=":material/add:", key=f"{key}-in"):
                st.switch_page("intake.py", query_params={"number": row.number or row.order_number or ""})
        elif group is Group.TWICE and may:
            _apart(row, f"{key}-apart")
        elif group in (Group.NO_CLAIM, Group.UNKNOWN) and may:
            st.button(
                _("Match by hand"),
                icon=":material/touch_app:",
                key=f"{key}-hand",
                on_click=state.open_dialog,
                args=(settlements_dialogs.HAND, row),
            )
        _to_case(row.cases[0] if row.cases else None, f"{key}-case")


def _apart(row: LineRow, form: str) -> None:
    if st.button(_("It is other money"), icon=":material/call_split:", key=form) and act(
        lambda session: settlements.tell_apart(session, row.id, actor=actor(), now=clock.now()).id,
        key=state.key(form),
        notice=_("It counts by itself from now on."),
    ):
        st.rerun()


def _to_case(reference: str | None, key: str) -> None:
    if reference and st.button(_("Open case"), key=key, type="tertiary"):
        st.switch_page("case.py", query_params={"ref": reference})


def accept_several(session: Any, match_ids: list[int]) -> dict[str, Any]:
    """Accept several, as a submission keeps it: how many, and the sentences of those refused."""
    done = settlements.accept_many(session, match_ids, actor=actor(), now=clock.now())
    return {"accepted": done.accepted, "refused": [said for _match, said in done.refused]}


def forget_refused() -> None:
    """What the last batch refused is no longer shown."""
    state.memory().found.pop(REFUSED, None)
