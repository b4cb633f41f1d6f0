"""Every dialog of the case screen by name, and those about the case itself: assign, edit, close, reopen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.cases import incidents
from core.cases.words import CAUSE_LABELS, NOTICED_LABELS, RESULT_LABELS, STAGE_LABELS, TIER_LABELS
from core.desk.next_step import arrived_after_all
from core.foundation import clock, database
from core.foundation.formats import amount, figure
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Permission
from core.models.incident import Cause, NoticedBy, Result, Stage, Tier
from core.team import people
from pages.parts import (
    case_advice,
    case_claim_answer,
    case_claim_dialogs,
    case_claim_draft,
    case_claim_filing,
    case_claim_money,
    case_clock_dialogs,
    case_contacts,
    case_dispute,
    case_dispute_dialogs,
    case_evidence_dialogs,
    case_messages,
    case_money,
    case_packs,
    case_remedy_dialogs,
    case_tracking,
    case_write,
    dialogs,
    state,
)
from pages.parts.act import act, attempt
from pages.parts.case_view import View
from pages.parts.choices import pills, segments
from pages.parts.conflict import Clash
from pages.parts.formats import plain
from pages.parts.who import actor

NOBODY = 0


def assign(view: View, _subject: Any) -> None:
    """Give the case to somebody."""
    me, form = actor(), view.form("assign")
    with database.reading() as session:
        team = people.list_people(session, actor=me, active=True)
    names: dict[Any, str] = {NOBODY: _("nobody"), **{one.id: one.name for one in team}}
    # Who opens the dialog of a case without an owner usually takes it.
    likely = [one for one in (view.story.header.owner_id, me.person_id) if one in names]
    chosen = st.selectbox(
        _("Owner"),
        list(names),
        index=list(names).index(likely[0] if likely else NOBODY),
        format_func=names.__getitem__,
        key=state.widget(form, "owner"),
    )
    if st.button(_("Assign"), type="primary", width="stretch", key=state.widget(form, "save")) and act(
        lambda session: incidents.assign(session, view.id, actor=me, owner_id=chosen or None, now=clock.now()).id,
        key=state.key(form),
        notice=_("Assigned to {name}.", name=names[chosen]),
    ):
        dialogs.done()


def edit(view: View, _subject: Any) -> None:
    """Change what was registered. Different fields changed by two people are no conflict."""
    me, form, header = actor(), view.form("edit"), view.story.header
    currency = header.value.currency
    seen = state.seen(
        form,
        {
            "stage": header.stage,
            "noticed_by": header.noticed_by,
            "buyer_said": header.buyer_said,
            "value_at_risk": header.value.amount,
            "tier": header.tier,
        },
    )
    typed, value = _fields(form, seen, currency)
    clash = Clash(form, _labels(), _shown(currency))
    if not st.button(_("Save"), type="primary", width="stretch", key=state.widget(form, "save")):
        return
    money = attempt(lambda: Money.parse(value, currency, field="value_at_risk"))
    if money is None:
        return
    typed["value_at_risk"] = money.amount
    known, wanted = clash.settle(seen, typed)
    if wanted["value_at_risk"] != known["value_at_risk"] and wanted["tier"] == known["tier"]:
        # The tier follows a new value unless somebody chose one.
        wanted.pop("tier")
    if act(
        lambda session: incidents.edit(session, view.id, actor=me, seen=known, typed=wanted, now=clock.now()).id,
        key=state.key(form),
        notice=_("Saved."),
        clash=clash,
    ):
        dialogs.done()


def _fields(form: str, seen: Mapping[str, Any], currency: str) -> tuple[dict[str, Any], str]:
    """The inputs of what was registered, filled with what was `seen`: what they hold, and the value as it was typed."""
    labels = _labels()
    stage = pills(
        labels["stage"],
        list(Stage),
        key=state.widget(form, "stage"),
        default=seen["stage"],
        words=lambda one: _(STAGE_LABELS[one]),
    )
    noticed: Any = st.selectbox(
        labels["noticed_by"],
        list(NoticedBy),
        index=list(NoticedBy).index(seen["noticed_by"]),
        format_func=lambda one: _(NOTICED_LABELS[one]),
        key=state.widget(form, "noticed"),
    )
    said = st.text_area(labels["buyer_said"], seen["buyer_said"], key=state.widget(form, "said"), height=110) or ""
    value = st.text_input(
        _("Value at risk in {currency}", currency=currency),
        figure(Money(seen["value_at_risk"], currency)),
        key=state.widget(form, "value"),
    )
    tier = segments(
        labels["tier"],
        list(Tier),
        key=state.widget(form, "tier"),
        default=seen["tier"],
        words=lambda one: _(TIER_LABELS[one]),
    )
    return {"stage": stage, "noticed_by": noticed, "buyer_said": said, "tier": tier}, value


def _labels() -> dict[str, str]:
    return {
        "stage": _("Where"),
        "noticed_by": _("How it was noticed"),
        "buyer_said": _("What the buyer said (any language)"),
        "value_at_risk": _("Value at risk"),
        "tier": _("Tier"),
    }


def _shown(currency: str) -> dict[str, Callable[[Any], str]]:
    return {
        "stage": lambda value: _(STAGE_LABELS[Stage(value)]),
        "noticed_by": lambda value: _(NOTICED_LABELS[NoticedBy(value)]),
        "value_at_risk": lambda value: amount(Money(value, currency)),
        "tier": lambda value: _(TIER_LABELS[Tier(value)]),
    }


def close(view: View, _subject: Any) -> None:
    """Close with cause and result."""
    me, form, header = actor(), view.form("close"), view.story.header
    results: list[Any] = list(Result)
    result = st.radio(
        _("Result"),
        results,
        index=results.index(_likely(view)),
        format_func=lambda one: _(RESULT_LABELS[one]),
        key=state.widget(form, "result"),
    )
    cause = st.selectbox(
        _("Cause"),
        list(Cause),
        index=None,
        placeholder=_("Choose why it happened"),
        format_func=lambda one: _(CAUSE_LABELS[one]),
        key=state.widget(form, "cause"),
    )
    note = st.text_area(_("What to remember (optional)"), key=state.widget(form, "note"), height=80)
    st.caption(
        plain(
            _(
                "Gross {gross}, recovered {recovered}, net {net}.",
                gross=amount(header.gross),
                recovered=amount(header.recovered),
                net=amount(header.net),
            )
        )
    )
    if not st.button(_("Close the case"), type="primary", width="stretch", key=state.widget(form, "save")):
        return
    if cause is None:
        st.error(_("Choose the cause. “Cause not found” is one too."), icon=":material/error:")
        return
    if act(
        lambda session: (
            incidents.close(session, view.id, actor=me, cause=cause, result=result, note=note or "", now=clock.now()).id
        ),
        key=state.key(form),
        notice=_("Case {reference} closed.", reference=header.reference),
    ):
        dialogs.done()


def _likely(view: View) -> Result:
    """The result the parcel and the ledger speak for."""
    header = view.story.header
    if arrived_after_all(view.story):
        return Result.ARRIVED
    if header.recovered:
        return Result.RECOVERED if not header.net else Result.PARTLY_RECOVERED
    return Result.ABSORBED if header.gross else Result.NO_LOSS


def reopen(view: View, _subject: Any) -> None:
    """Open a closed case again."""
    me, form = actor(), view.form("reopen")
    reason = st.text_input(_("Why it is opened again"), key=state.widget(form, "reason"), max_chars=500)
    if st.button(_("Reopen"), type="primary", width="stretch", key=state.widget(form, "save")) and act(
        lambda session: incidents.reopen(session, view.id, actor=me, reason=reason, now=clock.now()).id,
        key=state.key(form),
        notice=_("Case {reference} is open again.", reference=view.story.header.reference),
    ):
        dialogs.done()


Body = Callable[[View, Any], None]

DIALOGS: dict[str, tuple[str, Body]] = {
    "assign": (N_("Assign"), assign),
    "edit": (N_("Edit the case"), edit),
    "close": (N_("Close the case"), close),
    "reopen": (N_("Reopen the case"), reopen),
    "contact": (N_("Log contact"), case_contacts.log),
    "promise": (N_("Settle"), case_messages.settle),
    "write": (N_("Write to the buyer"), case_write.write),
    "evidence": (N_("Add evidence"), case_evidence_dialogs.add),
    "gone": (N_("Until when it can be had"), case_evidence_dialogs.gone_on),
    "advice": (N_("Worth another look"), case_advice.summary),
    "files": (N_("Files of the case"), case_evidence_dialogs.files),
    "loss": (N_("Post a loss"), case_money.loss),
    "postings": (N_("Postings"), case_money.postings),
    "draft": (N_("Draft a claim"), case_claim_draft.draft),
    "ready": (N_("Mark ready"), case_claim_dialogs.ready),
    "draft-again": (N_("Back to draft"), case_claim_dialogs.back_to_draft),
    "submit": (N_("Submit claim"), case_claim_filing.submit),
    "answer": (N_("Record the answer"), case_claim_answer.answer),
    "send": (N_("Information sent"), case_claim_answer.send),
    "appeal": (N_("Appeal"), case_claim_filing.appeal),
    "payout": (N_("Record payout"), case_claim_money.payout),
    "payouts": (N_("Payouts of the claim"), case_claim_money.lines),
    "money": (N_("Settle the money"), case_claim_money.task),
    "arrived": (N_("The parcel arrived after all"), case_claim_money.arrived),
    "offer": (N_("Decide on the offer"), case_claim_answer.offer),
    "follow-up": (N_("Follow up"), case_claim_answer.follow_up),
    "discard": (N_("Discard the draft"), case_claim_dialogs.discard),
    "close-claim": (N_("Close claim"), case_claim_dialogs.close_claim),
    "expire": (N_("Put the claim away"), case_claim_dialogs.expire),
    "withdraw-claim": (N_("Withdraw claim"), case_claim_dialogs.withdraw),
    "packs": (N_("Packs of the claim"), case_packs.show),
    "build-pack": (N_("Build a pack"), case_packs.build),
    "edit-claim": (N_("Edit the claim"), case_claim_dialogs.edit),
    "event": (N_("When the window starts"), case_claim_dialogs.event),
    "clocks": (N_("Why these dates"), case_clock_dialogs.why),
    "pause": (N_("Pause a clock"), case_clock_dialogs.pause),
    "resume": (N_("Let a clock run on"), case_clock_dialogs.resume),
    "task": (N_("Settle a task"), case_clock_dialogs.task),
    "dispute": (N_("Done with the platform"), case_dispute.done),
    "add-dispute": (N_("Add to this case"), case_dispute.add),
    "enter-dispute": (N_("Enter a return request"), case_dispute.enter),
    "scans": (N_("Paste scans"), case_tracking.paste),
    **case_remedy_dialogs.DIALOGS,
    "change-dispute": (N_("What the platform shows now"), case_dispute.change),
    "move-dispute": (N_("The dispute"), case_dispute_dialogs.move),
    "note-dispute": (N_("Note of the mediation"), case_dispute_dialogs.note),
    "drop-dispute": (N_("What the interface says"), case_dispute_dialogs.drop),
}
WIDE = frozenset(
    {
        "remedy-offer",
        "appeal",
        "build-pack",
        "clocks",
        "contact",
        "draft",
        "edit",
        "files",
        "move-dispute",
        "packs",
        "postings",
        "scans",
    }
)
WIDEST = frozenset({"write"})
NEEDS: dict[str, Permission] = {
    "assign": Permission.INCIDENT_ASSIGN,
    "edit": Permission.INCIDENT_EDIT,
    "close": Permission.INCIDENT_CLOSE,
    "reopen": Permission.INCIDENT_REOPEN,
    **dict.fromkeys(("contact", "promise"), Permission.CONTACT_LOG),
    "write": Permission.MESSAGE_WRITE,
    **dict.fromkeys(("evidence", "gone"), Permission.EVIDENCE_ADD),
    "loss": Permission.LEDGER_POST,
    **dict.fromkeys(
        ("draft", "ready", "draft-again", "discard", "expire", "edit-claim", "event", "task"), Permission.CLAIM_PREPARE
    ),
    **dict.fromkeys(("submit", "appeal"), Permission.CLAIM_SUBMIT),
    **dict.fromkeys(("answer", "send", "offer", "follow-up", "close-claim", "arrived"), Permission.CLAIM_ANSWER),
    "withdraw-claim": Permission.CLAIM_WITHDRAW,
    **dict.fromkeys(("payout", "money"), Permission.PAYOUT_RECORD),
    "build-pack": Permission.PACK_BUILD,
    **dict.fromkeys(("pause", "resume"), Permission.CLOCK_PAUSE),
    **dict.fromkeys(
        ("dispute", "add-dispute", "enter-dispute", "change-dispute", "move-dispute", "note-dispute", "drop-dispute"),
        Permission.DISPUTE_EDIT,
    ),
    "scans": Permission.TRACKING_ADD,
    **dict.fromkeys(case_remedy_dialogs.DIALOGS, Permission.REMEDY_PROPOSE),
    "remedy-back": Permission.REMEDY_APPROVE,
}
"""Rights without which a dialog does not open by its address either: nobody fills in what is refused at the end."""
ONLY_SHOW = frozenset({"advice", "files", "postings", "payouts", "packs", "clocks"})
"""Dialogs that show something to whoever sees the case; what can be done in them asks for its own right."""


def draw(view: View) -> None:
    """The dialog that is open, if one is."""
    found = state.opened()
    if found is None or found.name not in DIALOGS:
        return
    if found.name not in ONLY_SHOW and not view.me.may(NEEDS[found.name]):
        return
    title, body = DIALOGS[found.name]
    width: Any = "large" if found.name in WIDEST else "medium" if found.name in WIDE else "small"
    dialogs.show(_(title), lambda: body(view, found.subject), width=width)
