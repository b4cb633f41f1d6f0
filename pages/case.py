"""The case: one incident with its story, proof, claims, money and history. `?ref=INC-2026-00001`; `do=` opens a dialog."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from core.cases.messages import Sent
from core.desk.case_claims import foremost, needs_of
from core.desk.case_disputes import DisputeRow, disputes_of
from core.desk.clock_order import WAITING
from core.desk.next_step import Step, next_step
from core.desk.story import Story, story
from core.desk.story_sql import Part
from core.foundation import clock, database, language
from core.foundation.errors import NotFound
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models.clock import ClockState
from core.parcels.tracking.reads import ScanRow
from pages.parts import (
    case_advice,
    case_claim,
    case_clocks,
    case_contacts,
    case_dialogs,
    case_dispute,
    case_evidence,
    case_header,
    case_history,
    case_messages,
    case_money,
    case_remedies,
    case_tracking,
    figures,
    state,
    trouble,
)
from pages.parts.act import notices
from pages.parts.case_view import Given, Noticed, View
from pages.parts.who import actor, on_phone

STEPS: dict[str, str | None] = {"prepare": None, "file": "submit", "look": None, "proof": "evidence"}
"""What the worklist calls its actions, where the screen has another name for them; None: the next step, or nothing."""

BY_CLOCK = frozenset({"promise", "task", "money", "dispute"})
"""Dialogs that are about a clock of the case."""


Read = tuple[Story, tuple[DisputeRow, ...], tuple[ScanRow, ...], tuple[Sent, ...], Given | None, Noticed]


def _read(me: Actor, now: datetime) -> Read | None:
    reference = st.query_params.get("ref", "")
    if not reference:
        st.title(_("Case"), anchor=False)
        st.info(_("Choose a case in the register, or one from today's list."))
    else:
        try:
            with database.reading(keep_plans=True) as session:
                found = story(session, reference, actor=me)
                scans = case_tracking.read(session, found.header, me)
                sent = case_messages.read(session, found.header, me)
                given = case_remedies.read(session, found, me, now)
                noticed = case_advice.read(session, found, me)
                return found, _disputes(session, found, me), scans, sent, given, noticed
        except NotFound as refusal:
            st.title(_("Case"), anchor=False)
            trouble.refused(refusal)
    st.page_link("register.py", label=_("Open the register"), icon=":material/list_alt:")
    return None


def _disputes(session: Any, found: Story, me: Actor) -> tuple[DisputeRow, ...]:
    if Part.DISPUTES not in found.header.parts or not me.may(Permission.DISPUTE_READ):
        return ()
    return tuple(disputes_of(session, found.header.id, found.header.shipment_id, actor=me))


def _view(
    me: Actor,
    now: datetime,
    found: Story,
    requests: tuple[DisputeRow, ...],
    scans: tuple[ScanRow, ...],
    sent: tuple[Sent, ...],
    given: Given | None,
    noticed: Noticed,
) -> View:
    named = st.query_params.get("claim", "")
    claim = next((one for one in found.claims if one.reference == named), None) or foremost(found)
    advice = figures.advice(me, found.header, language.current()) if found.header.open else []
    closed = bool(advice) and all(one.closed for one in advice)
    following = next_step(found, actor=me, now=now, closed=closed, requests=requests)
    return View(found, me, now, on_phone(), claim, following, tuple(advice), requests, scans, sent, given, noticed)


def _overdue(view: View) -> bool:
    """Whether the claim's payer is late with its answer or its payment: then it is asked after."""
    late = [
        one
        for one in view.story.clocks
        if one.kind in WAITING and one.state is ClockState.RUNNING and one.due_at is not None and one.due_at < view.now
    ]
    return any(view.claim is not None and one.claim_id == view.claim.id for one in late)


def _asked(view: View) -> None:
    """Open the dialog a link asks for, once: a reload does not open it again."""
    asked = st.query_params.get("do", "")
    if not asked:
        return
    number = st.query_params.get("clock", "")
    for name in ("do", "clock"):
        if name in st.query_params:
            del st.query_params[name]
    name = STEPS.get(asked, asked) or ""
    if asked in ("answer", "payout") and _overdue(view):
        name = "follow-up"
    subject = view.claim.id if view.claim else None
    if asked in BY_CLOCK:
        state.open_dialog(asked, int(number) if number.isdecimal() else None)
    elif asked == "file" and view.claim and any(not need.met for need in needs_of(view.story, view.claim)):
        state.open_dialog("evidence")
    elif asked == "prepare" and view.next and view.next.step in (Step.EVIDENCE, Step.LOSS, Step.READY, Step.DRAFT):
        state.open_dialog(view.next.step.value, None if view.next.step is Step.EVIDENCE else subject)
    elif name in case_dialogs.DIALOGS:
        own = name in ("evidence", "contact", "write") or name.endswith("-dispute")
        state.open_dialog(name, None if own else subject)


def _requests(view: View, *, asked: bool) -> None:
    """The buyer's requests stand under the clocks where there are any, and last where there are none."""
    if bool(view.disputes) is asked and view.me.may(Permission.DISPUTE_READ):
        case_dispute.draw(view)


def _draw(view: View) -> None:
    case_header.draw(view)
    if view.phone:
        case_clocks.draw(view)
        _requests(view, asked=True)
        for section in (
            case_evidence,
            case_messages,
            case_remedies,
            case_tracking,
            case_claim,
            case_money,
            case_history,
            case_contacts,
        ):
            section.draw(view)
        _requests(view, asked=False)
        return
    left, right = st.columns([1.75, 1], gap="medium")
    with left:
        case_clocks.draw(view)
        _requests(view, asked=True)
        case_evidence.draw(view)
        case_messages.draw(view)
        case_remedies.draw(view)
        case_tracking.draw(view)
        case_contacts.draw(view)
        _requests(view, asked=False)
    with right:
        case_claim.draw(view)
        case_money.draw(view)
        case_history.draw(view)


me = actor()
state.enter(f"case {st.query_params.get('ref', '')}")
now = clock.now()
if found := _read(me, now):
    view = _view(me, now, *found)
    _asked(view)
    _draw(view)
    case_dialogs.draw(view)
state.arrived()
notices()
