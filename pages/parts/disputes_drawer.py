"""The drawer beside the disputes: the facts of one, its moments, what the ways are worth, and the way to its case."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import streamlit as st

from core.cases.words import CLOCK_LABELS
from core.desk.disputes_list import OURS, DisputeDetails, dispute_details
from core.foundation import clock, database, formats
from core.foundation.errors import NotFound
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.models.dispute import ReturnReason
from core.recovery.disputes.words import KIND_LABELS, REASON_LABELS, SOLUTION_LABELS, STATUS_LABELS
from pages.parts import badges, disputes_odds, state, ticking
from pages.parts import disputes_words as words
from pages.parts.act import refused
from pages.parts.formats import gray, plain
from pages.parts.who import actor

DIALOG = "dispute-drawer"


def draw(dispute_id: int) -> None:
    """The facts of one dispute beside the list."""
    st.dialog(_("Dispute"), position="right", on_dismiss=close)(_drawer)(dispute_id)


def close() -> None:
    """Close it and let go of the pressed cell: the grid is made anew under another key."""
    state.close_dialog()
    ticking.anew("disputes")


def _drawer(dispute_id: int) -> None:
    # A dialog's own runs do not pass the frame: who is there is asked again.
    me, now = actor(), clock.now()
    try:
        with database.reading() as session:
            found = dispute_details(session, dispute_id, actor=me)
    except NotFound as refusal:
        refused(refusal)
        return
    row = found.line
    st.markdown(f"**{plain(_('Return {number}', number=row.return_number))}**")
    st.markdown(f"{words.state_badge(row.state)} {words.mark(row, now)}")
    if row.amount is not None:
        st.metric(_("The buyer asks for"), words.money(row.amount, row.currency), border=True)
    moments = [_moment(one.kind, one.at, one.stopgap, me, now) for one in found.asked]
    if moments:
        st.markdown("  \n".join(moments))
    st.markdown("  \n".join(_facts(found, me)))
    if found.open:
        disputes_odds.draw_one(dispute_id, me, now)
    _ways(found, me)


def _moment(kind: object, at: datetime, stopgap: bool, me: Actor, now: datetime) -> str:
    """One moment: its badge, what it asks, when; and where it is only the market's usual day."""
    said = plain(_(words.ASKED[kind])) if kind in words.ASKED else plain(_(CLOCK_LABELS[kind]))  # type: ignore[index]
    when = gray(plain(f"{formats.moment(at, me.zone, year=True)} ({me.zone})"))
    badge = badges.due(at, now) if at >= now else badges.badge(_("passed"), "gray", "event_busy")
    usual = f"  \n{gray(':material/help: ' + plain(_('The usual days of the market, not said in the request.')))}"
    return f"{badge} {said} {when}{usual if stopgap else ''}"


def _facts(found: DisputeDetails, me: Actor) -> list[str]:
    """What is known, a line each; what is not there is left out."""
    row, zone = found.line, me.zone
    offer = words.money(row.offered, row.currency) if row.offered is not None else None
    rows = (
        (_("Reason"), _reason(found)),
        (_("Asked for"), _(SOLUTION_LABELS[row.solution]) if row.solution else None),
        (_("Kind"), _(KIND_LABELS[row.kind]) if row.kind else None),
        (_("At the platform"), _(STATUS_LABELS[row.status])),
        (_("Last offer"), f"{offer} ({found.offered_by})" if offer and found.offered_by else offer),
        (_("Counter-offers left"), None if found.counters_left is None else formats.number(found.counters_left)),
        (_("Refunded"), words.money(row.refunded, row.currency) if row.refunded is not None else None),
        (_("Compensation"), words.money(row.came, row.currency) if row.came is not None else None),
        (_("Asked at"), formats.moment(row.requested_at, zone, year=True) if row.requested_at else None),
        (_("Answered"), _written(found, zone)),
        (_("Case"), row.incident),
        (_("Order"), row.order_number),
        (_("Tracking"), row.tracking_number),
        (_("Carrier"), row.carrier),
        (_("Shop"), f"{row.shop} ({row.market})"),
        (_("Owner"), row.owner),
    )
    return [f"{gray(plain(label))} {plain(value)}" for label, value in rows if value]


def _reason(found: DisputeDetails) -> str:
    """The buyer's reason with the source's words, and the one the platform found instead."""
    said = _(REASON_LABELS[found.buyers_reason or ReturnReason.UNKNOWN])
    if found.reason_text:
        said = f"{said} “{found.reason_text}”"
    if found.line.reason is (found.buyers_reason or ReturnReason.UNKNOWN):
        return said
    return _("{reason}; the platform found: {found}", reason=said, found=_(REASON_LABELS[found.line.reason]))


def _written(found: DisputeDetails, zone: str) -> str | None:
    if found.line.answered_at is None:
        return _("not yet; an answer is drafted") if found.line.drafted else None
    when = formats.moment(found.line.answered_at, zone, year=True)
    times = _n("{n} text sent", "{n} texts sent", found.written) if found.written else ""
    return f"{when} ({times})" if times else when


def _ways(found: DisputeDetails, me: Actor) -> None:
    """To its answer and its case; where there is none, to registering one."""
    row = found.line
    if row.incident:
        writes = me.may(Permission.DISPUTE_EDIT) and (row.state in OURS or row.drafted)
        label = _("Go on with the answer") if row.drafted else _("Prepare the answer")
        if writes and _leads(label, "edit_note", f"dispute-answer-{row.id}", first=True):
            close()
            st.switch_page("answer.py", query_params={"ref": row.incident, "return": row.return_number})
        if _leads(_("Open case"), "folder_open", f"dispute-open-{row.id}", first=not writes):
            close()
            st.switch_page("case.py", query_params={"ref": row.incident})
        return
    st.caption(_("It belongs to no case yet: nothing can be sent, and no clock reminds of it."))
    if not found.number:
        st.caption(_("Its parcel is not known here either. Import the orders of its shop first."))
    elif me.may(Permission.INCIDENT_REGISTER) and _leads(
        _("Register a case"), "add_box", f"dispute-register-{row.id}", first=True
    ):
        close()
        st.switch_page("intake.py", query_params={"number": found.number})


def _leads(label: str, icon: str, key: str, *, first: bool) -> bool:
    kind: Literal["primary", "secondary"] = "primary" if first else "secondary"
    return st.button(label, icon=f":material/{icon}:", type=kind, width="stretch", key=key)
