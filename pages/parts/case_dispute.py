"""The buyers' requests of a case: each with its state, its moments and its history; entering one, noting news, saying what is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import streamlit as st

from core.desk.case_disputes import DisputeRow, DueRow
from core.desk.disputes_list import OURS
from core.foundation import clock
from core.foundation.formats import amount, clauses, figure, moment
from core.foundation.language import N_, _, _n
from core.foundation.money import Money
from core.foundation.permissions import Permission
from core.models.clock import LIVING, ClockKind
from core.models.dispute import DisputeStatus, ReturnReason, Solution
from core.recovery import disputes
from core.recovery.disputes.dues import COLUMNS
from core.recovery.disputes.words import FACT_LABELS, REASON_LABELS, SOLUTION_LABELS, STATUS_LABELS
from pages.parts import badges, case_answer, case_clocks, case_dispute_moves, dialogs, disputes_odds, lines, state
from pages.parts.act import act, attempt
from pages.parts.at_input import Spots
from pages.parts.badges import Colour
from pages.parts.case_claim import CONFIDENCE
from pages.parts.case_view import View
from pages.parts.choices import segments
from pages.parts.conflict import Clash
from pages.parts.formats import cut, dotted, gray, plain
from pages.parts.who import actor

COLOURS: dict[DisputeStatus, tuple[Colour, str]] = {
    DisputeStatus.REQUESTED: ("orange", "assignment_return"),
    DisputeStatus.PROCESSING: ("blue", "hourglass_top"),
    DisputeStatus.ACCEPTED: ("violet", "thumb_up"),
    DisputeStatus.JUDGING: ("blue", "gavel"),
    DisputeStatus.SELLER_DISPUTE: ("blue", "outgoing_mail"),
    DisputeStatus.REFUND_PAID: ("gray", "undo"),
    DisputeStatus.CANCELLED: ("green", "check_circle"),
    DisputeStatus.CLOSED: ("gray", "archive"),
    DisputeStatus.UNKNOWN: ("gray", "help"),
}
ASKED: dict[ClockKind, str] = {
    ClockKind.DISPUTE_RESPONSE: N_("answer by {when}"),
    ClockKind.DISPUTE_RETURN: N_("check what came back by {when}"),
    ClockKind.DISPUTE_EVIDENCE: N_("send proof by {when}"),
    ClockKind.DISPUTE_COMPENSATION: N_("ask for compensation by {when}"),
    ClockKind.DISPUTE_OFFER: N_("answer the offer by {when}"),
}
NO_SOLUTION = "none"


def draw(view: View) -> None:
    """The section: the case's requests, then those of its parcel that belong to no case."""
    may = view.me.may(Permission.DISPUTE_EDIT)
    with st.container(border=True, gap="small"):
        lines.heading(
            _("Return requests"),
            button=_("Enter") if may else "",
            key="case-enter-dispute",
            dialog="enter-dispute",
        )
        if not view.disputes:
            st.caption(
                _("No return or refund request is known for this parcel. A return export brings them by itself.")
            )
        for row in view.disputes:
            _request(row, view, may=may)


def _request(row: DisputeRow, view: View, *, may: bool) -> None:
    with st.container(gap="xsmall"):
        st.markdown("  \n".join(_lines(row, view)))
        case_dispute_moves.carrier(row, view)
        if row.mine:
            case_dispute_moves.buttons(row, view)
        elif may:
            st.button(
                _("It is about this case"),
                icon=":material/link:",
                key=f"dispute-add-{row.id}",
                on_click=state.open_dialog,
                args=("add-dispute", row.id),
            )
        if row.mine and row.state in OURS:
            disputes_odds.draw_folded(row.id, view.me, view.now)
        case_dispute_moves.steps(row, view)
        with st.expander(
            _n("What was said, {n} time", "What was said, {n} times", len(row.said)), icon=":material/history:"
        ):
            st.markdown("\n\n".join(_said(row, view)))


def _lines(row: DisputeRow, view: View) -> list[str]:
    head = f"**{plain(_('Return {number}', number=row.return_number))}**"
    if row.amount is not None:
        head += f" {figure_of(row.amount)}"
    told = [head, *case_dispute_moves.standing(row, view)]
    colour, icon = COLOURS[row.status]
    mark = badges.badge(_(STATUS_LABELS[row.status]), colour, icon)
    told.append(f"{gray(plain(_('At the platform')))} {mark}")
    told += [_due(one, view) for one in row.dues]
    told.append(gray(dotted(plain(_why(row)), plain(row.asked_for) if row.asked_for else None)))
    if row.buyer_said:
        told.append(gray(plain(_("Buyer: {words}", words=cut(row.buyer_said, 200)))))
    back = clauses(
        [
            _("way back {number}", number=row.return_tracking_number) if row.return_tracking_number else "",
            row.return_status_text,
            _("back since {when}", when=moment(row.returned_at, view.me.zone)) if row.returned_at else "",
        ]
    )
    asked = _("asked {when}", when=moment(row.requested_at, view.me.zone, year=True)) if row.requested_at else ""
    paid = _("compensation {amount}", amount=amount(row.compensation)) if row.compensation is not None else ""
    if last := dotted(plain(asked), plain(back), plain(paid)):
        told.append(gray(last))
    if not row.mine:
        told.append(gray(_("Of this parcel; it belongs to no case yet.")))
    return told


def figure_of(value: Money) -> str:
    """An amount beside a heading: the figure, its currency small."""
    return f"{plain(figure(value))} {gray(value.currency)}"


def _why(row: DisputeRow) -> str:
    """The buyer's reason, in our words with the source's behind them, and the one the platform found instead."""
    said = _reason(row.reason, row.reason_text)
    if row.reassessed is None and not row.reassessed_text:
        return said
    return _("{reason}; the platform found: {found}", reason=said, found=_reason(row.reassessed, row.reassessed_text))


def _reason(reason: ReturnReason | None, text: str) -> str:
    if reason is None or reason is ReturnReason.UNKNOWN:
        return text or _(REASON_LABELS[ReturnReason.UNKNOWN])
    return f"{_(REASON_LABELS[reason])} “{cut(text, 80)}”" if text else _(REASON_LABELS[reason])


def _due(due: DueRow, view: View) -> str:
    said = _(ASKED[due.kind], when=moment(due.at, view.me.zone))
    if due.state is not None and due.state not in LIVING:
        mark = badges.clock_state(due.state, due.at, None, view.now)
    elif due.state is None and due.at < view.now:
        mark = badges.badge(_("passed"), "gray", "event_busy")
    else:
        mark = badges.due(due.at, view.now)
    stopgap = ""
    if due.stopgap:
        sure = _(CONFIDENCE[due.confidence]) if due.confidence is not None else ""
        usual = dotted(_("usual days of the market, not said in the request"), sure)
        stopgap = f" {gray(':material/help: ' + plain(usual))}"
    return f"{mark} {plain(said)}{stopgap}"


def _said(row: DisputeRow, view: View) -> list[str]:
    return [
        f"{gray(plain(dotted(moment(one.at, view.me.zone, year=True), one.by)))}  \n{plain(one.told)}"
        for one in row.said
    ]


# --- dialogs ------------------------------------------------------------------------------------------------------------


def add(view: View, dispute_id: Any) -> None:
    """Say that a request of this parcel is about this case."""
    row = next((one for one in view.disputes if one.id == dispute_id and not one.mine), None)
    if row is None:
        st.info(_("This request belongs to a case by now."), icon=":material/info:")
        return
    form = view.form("add-dispute", row.id)
    st.markdown(f"**{plain(_('Return {number}', number=row.return_number))}**  \n{gray(plain(_why(row)))}")
    st.caption(_("Its moments become clocks of this case."))
    if st.button(_("Add to this case"), type="primary", width="stretch", key=state.widget(form, "save")) and act(
        lambda session: disputes.add_to_case(session, row.id, actor=actor(), incident_id=view.id, now=clock.now()).id,
        key=state.key(form),
        notice=_("The request belongs to this case now."),
    ):
        dialogs.done()


def enter(view: View, _subject: Any) -> None:
    """Enter a request: its number, why, how much, by when."""
    me, form, currency = actor(), view.form("enter-dispute"), view.story.header.value.currency
    spots, zone = Spots(), view.story.header.shop_zone
    number = st.text_input(_("Return number"), key=state.widget(form, "number"), max_chars=40)
    spots.under("return_number")
    reason = st.selectbox(
        _("Why, as the buyer says"),
        list(ReturnReason)[:-1],
        format_func=lambda one: _(REASON_LABELS[one]),
        key=state.widget(form, "reason"),
    )
    solution = segments(
        _("Asked for"),
        [NO_SOLUTION, *Solution],
        key=state.widget(form, "solution"),
        default=NO_SOLUTION,
        words=lambda one: _("not known") if one == NO_SOLUTION else _(SOLUTION_LABELS[Solution(one)]),
    )
    typed = st.text_input(_("Amount in {currency} (optional)", currency=currency), key=state.widget(form, "amount"))
    spots.under("amount")
    left, right = st.columns(2)
    asked_on = left.date_input(_("Asked on"), None, key=state.widget(form, "asked"), format="YYYY-MM-DD")
    due_on = right.date_input(_("Answer by"), None, key=state.widget(form, "due"), format="YYYY-MM-DD")
    spots.under("due_at", "requested_at")
    st.caption(
        _(
            "Days end at midnight in {zone}. Without a date to answer by, the market's usual days are counted.",
            zone=zone,
        )
    )
    said = st.text_area(_("What the buyer says (optional)"), key=state.widget(form, "said"), height=80)
    if not st.button(_("Enter the request"), type="primary", width="stretch", key=state.widget(form, "save")):
        return
    money = attempt(lambda: Money.parse(typed, currency, field="amount")) if typed.strip() else None
    if typed.strip() and money is None:
        return

    def write(session: Any) -> int:
        return disputes.enter_dispute(
            session,
            view.id,
            actor=me,
            return_number=number,
            reason=reason,
            solution=None if solution == NO_SOLUTION else Solution(solution),
            amount=money,
            due_at=_end(due_on, zone),
            requested_at=clock.start_of_day(asked_on, zone) if asked_on else None,
            buyer_said=said or "",
            now=clock.now(),
        ).id

    if act(write, key=state.key(form), notice=_("The request is entered, and its moments run."), spots=spots):
        dialogs.done()


def _end(day: date | None, zone: str) -> datetime | None:
    return None if day is None else clock.end_of_day(day, zone)


def change(view: View, dispute_id: Any) -> None:
    """Note what the platform shows now. What is noted stands beside what files say; the newest word counts."""
    row = next((one for one in view.disputes if one.id == dispute_id), None)
    if row is None:
        st.info(_("This request is not here any more."), icon=":material/info:")
        return
    me, form, zone = actor(), view.form("change-dispute", row.id), view.story.header.shop_zone
    seen = state.seen(form, _shown(row))
    st.caption(plain(_("Return {number}", number=row.return_number)))
    status = st.selectbox(
        _("State"),
        list(DisputeStatus),
        index=list(DisputeStatus).index(seen["status"]),
        format_func=lambda one: _(STATUS_LABELS[one]),
        key=state.widget(form, "status"),
    )
    held = figure(Money(seen["amount"], row.currency)) if seen["amount"] is not None else ""
    typed = st.text_input(_("Amount in {currency}", currency=row.currency), held, key=state.widget(form, "amount"))
    days: dict[str, date | None] = {}
    for column in COLUMNS.values():
        at = seen[column]
        days[column] = st.date_input(
            _(FACT_LABELS[column]).capitalize(),
            clock.local_day(at, zone) if at is not None else None,
            key=state.widget(form, column),
            format="YYYY-MM-DD",
        )
    st.caption(_("Days end at midnight in {zone}.", zone=zone))
    clash = Clash(form, _labels(), _texts(row, zone))
    if not st.button(_("Note it"), type="primary", width="stretch", key=state.widget(form, "save")):
        return
    money = attempt(lambda: Money.parse(typed, row.currency, field="amount")) if typed.strip() else None
    if typed.strip() and money is None:
        return
    wanted: dict[str, Any] = {"status": status, "amount": money.amount if money else None}
    for column, day in days.items():
        # A day that was left alone keeps its hour.
        same = seen[column] is not None and day == clock.local_day(seen[column], zone)
        wanted[column] = seen[column] if same else _end(day, zone)
    known, wanted = clash.settle(seen, wanted)
    if act(
        lambda session: (
            disputes.change_dispute(session, row.id, actor=me, seen=known, typed=wanted, now=clock.now()).id
        ),
        key=state.key(form),
        notice=_("Noted."),
        clash=clash,
    ):
        dialogs.done()


def _shown(row: DisputeRow) -> dict[str, Any]:
    moments = {COLUMNS[kind]: at for kind, at in row.moments.items()}
    return {"status": row.status, "amount": row.amount.amount if row.amount is not None else None, **moments}


def _labels() -> dict[str, str]:
    return {
        "status": _("State"),
        "amount": _("Amount"),
        **{column: _(FACT_LABELS[column]).capitalize() for column in COLUMNS.values()},
    }


def _texts(row: DisputeRow, zone: str) -> Mapping[str, Any]:
    return {
        "status": lambda value: _(STATUS_LABELS[DisputeStatus(value)]),
        "amount": lambda value: amount(Money(value, row.currency)),
        **{column: (lambda value: moment(value, zone)) for column in COLUMNS.values()},
    }


def done(view: View, clock_id: Any) -> None:
    """Say that what the platform asked was done there, or is not needed."""
    row = next((one for one in view.story.clocks if one.id == clock_id and one.state in LIVING), None)
    if row is None:
        st.info(_("This clock has moved on meanwhile."), icon=":material/info:")
        return
    form = view.form("dispute", row.id)
    st.markdown(f"**{plain(case_clocks.title(row, view))}** {case_clocks.badge(row, view.now)}")
    answered = case_answer.waiting(row.id, view)
    if answered is not None:
        _instead(row.id, answered, form)
        return
    st.caption(_("Do it in Seller Centre first; here you say that it was done."))
    note = st.text_area(
        _("What was sent (kept as a remark)"), key=state.widget(form, "note"), height=90, persist_state="session"
    )
    with st.container(horizontal=True, gap="small"):
        met = st.button(_("Done"), type="primary", icon=":material/task_alt:", key=state.widget(form, "done"))
        off = st.button(_("Not needed"), icon=":material/do_not_disturb_on:", key=state.widget(form, "off"))
    if (met or off) and act(
        lambda session: (
            disputes.settle_due(session, row.id, actor=actor(), done=bool(met), note=note or "", now=clock.now()).id
        ),
        key=state.key(form),
        notice=_("Said. The clock is settled."),
    ):
        dialogs.done()


def _instead(clock_id: int, answered: DisputeRow, form: str) -> None:
    """An answer is kept as it went, and held against the case: its clock is met by saying that, not by a word alone."""
    st.caption(_("An answer is kept as it was sent. Write it here, or say what went already."))
    with st.container(horizontal=True, gap="small"):
        went = st.button(
            _("Answer was sent"), type="primary", icon=":material/outgoing_mail:", key=state.widget(form, "done")
        )
        off = st.button(_("Not needed"), icon=":material/do_not_disturb_on:", key=state.widget(form, "off"))
    if went:
        state.open_dialog("move-dispute", (answered.id, disputes.DisputeAction.ANSWER.value))
        st.rerun()
    if off and act(
        lambda session: disputes.settle_due(session, clock_id, actor=actor(), done=False, now=clock.now()).id,
        key=state.key(form),
        notice=_("Said. The clock is settled."),
    ):
        dialogs.done()
