"""The claim card: one payer's demand, its window and why, what it lacks, and the buttons it offers now."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.cases.words import MONEY_LABELS, payer_said
from core.desk.case_claims import ENDED, UNFILED, offers
from core.desk.next_step import Step
from core.desk.story import ClaimRow
from core.foundation import database
from core.foundation.clock import local_day
from core.foundation.formats import amount, day, moment, pair
from core.foundation.language import N_, _
from core.foundation.permissions import Permission
from core.foundation.transitions import Offer
from core.models.claim import ClaimState
from core.models.clock import LIVING, ClockKind
from core.models.rule import Confidence
from core.recovery import claims, rule_cards
from core.recovery.claim_states import ClaimAction
from core.recovery.claims import denial_name
from core.recovery.window_words import tell
from pages.parts import badges, case_claim_beside, case_packs, state
from pages.parts.case_claim_answer import RECORDED
from pages.parts.case_view import View
from pages.parts.choices import segments
from pages.parts.formats import dotted, gray, line, plain

A, S = ClaimAction, ClaimState

TRAIL: tuple[tuple[str, frozenset[ClaimState]], ...] = (
    (N_("Draft"), frozenset({S.DRAFT, S.READY})),
    (N_("Filed"), frozenset({S.SUBMITTED, S.IN_REVIEW, S.INFORMATION_ASKED, S.OFFERED, S.APPEALED})),
    (N_("Answered"), frozenset({S.APPROVED, S.PARTLY_APPROVED, S.REJECTED})),
    (N_("Paid"), frozenset({S.PAID})),
)
BIG: dict[ClaimAction, tuple[str, str]] = {
    A.MARK_READY: ("ready", "task_alt"),
    A.SUBMIT: ("submit", "outgoing_mail"),
    A.ACCEPT_OFFER: ("offer", "handshake"),
    A.APPEAL: ("appeal", "gavel"),
    A.PAY: ("payout", "payments"),
}
"""Actions with a button of their own, and the dialog they open."""
SMALL: dict[ClaimAction, tuple[str, str]] = {
    A.BACK_TO_DRAFT: ("draft-again", "undo"),
    A.PAY_MORE: ("payout", "payments"),
    A.TAKE_BACK: ("payouts", "undo"),
    A.EXPIRE: ("expire", "event_busy"),
    A.DISCARD: ("discard", "delete"),
    A.WITHDRAW: ("withdraw-claim", "cancel"),
    A.CLOSE: ("close-claim", "archive"),
}
"""Actions behind “More”."""
CONFIDENCE: dict[Confidence, str] = {
    Confidence.HIGH: N_("official source"),
    Confidence.MEDIUM: N_("second-hand source"),
    Confidence.LOW: N_("single unofficial source"),
}


def draw(view: View) -> None:
    """The claim looked at, with a choice where the case has several."""
    with st.container(border=True, gap="small"):
        claim = view.claim
        if claim is None:
            st.header(_("Claim"), anchor=False)
            st.caption(_("No claim yet. A draft starts the payer's window and shows what it lacks."))
            _draft_button(view)
            return
        st.header(plain(_("Claim on {payer}", payer=payer_said(claim.payer_name))), anchor=False)
        _choice(view)
        case_claim_beside.draw(view)
        st.markdown(_trail(claim))
        st.markdown(_amounts(view, claim))
        if claim.state in UNFILED:
            st.markdown(_window(view, claim))
        else:
            st.markdown(_filed(view, claim))
        _why(view, claim)
        found = offers(view.story, claim, actor=view.me, now=view.now)
        case_packs.draw(view, claim)
        _tasks(view, claim)
        _buttons(view, claim, found)
        if view.story.header.open and all(one.state in ENDED for one in view.story.claims):
            _draft_button(view)


def _tasks(view: View, claim: ClaimRow) -> None:
    """What is not as it should be with the claim's money, each with its button."""
    for one in view.story.clocks:
        if one.claim_id != claim.id or one.kind is not ClockKind.MONEY or one.state not in LIVING:
            continue
        left, right = st.columns([3, 1.4], vertical_alignment="center")
        due = badges.due(one.due_at, view.now) if one.due_at is not None else ""
        left.markdown(f":orange[:material/payments:] {plain(_(MONEY_LABELS.get(one.title, one.title)))} {due}")
        right.button(
            _("Settle"),
            key=f"case-money-{one.id}",
            width="stretch",
            disabled=not view.me.may(Permission.PAYOUT_RECORD),
            on_click=state.open_dialog,
            args=("money", one.id),
        )


def _draft_button(view: View) -> None:
    offered = view.next is not None and view.next.step is Step.DRAFT
    if view.story.header.open and view.me.may(Permission.CLAIM_PREPARE) and not offered:
        st.button(
            _("Draft a claim"),
            icon=":material/note_add:",
            key="case-draft",
            width="stretch",
            on_click=state.open_dialog,
            args=("draft",),
        )


def _choice(view: View) -> None:
    """Which of several claims is looked at; the choice stands in the address."""
    if len(view.story.claims) < 2 or view.claim is None:
        return
    names = {one.reference: one for one in view.story.claims}
    chosen = segments(
        _("Claim"),
        list(names),
        key=f"case-claim-{view.id}-{len(names)}",
        default=view.claim.reference,
        words=lambda name: line(payer_said(names[name].payer_name), 24),
        hidden=True,
    )
    if chosen != view.claim.reference:
        st.query_params["claim"] = chosen
        st.rerun()


def _trail(claim: ClaimRow) -> str:
    """Draft → Filed → Answered → Paid, with where it stands as a badge."""
    here = badges.claim_state(claim.state)
    if claim.state in (S.CLOSED, S.EXPIRED, S.WITHDRAWN):
        return here
    parts = [here if claim.state in states else gray(_(word)) for word, states in TRAIL]
    return " → ".join(parts)


def _amounts(view: View, claim: ClaimRow) -> str:
    rows = [f"{_('Demand')} **{plain(amount(claim.demand))}**"]
    if claim.cap is not None:
        said = amount(claim.cap)
        # A plain amount needs no second word for itself.
        more = "" if claim.cap_text in ("", said) else gray(plain(claim.cap_text))
        rows.append(f"{_('Cap')} **{plain(said)}** {more}")
    elif claim.cap_text:
        rows.append(gray(plain(claim.cap_text)))
    if claim.offered is not None and claim.state is S.OFFERED:
        rows.append(f"{_('Offered')} **{plain(amount(claim.offered))}**")
    if claim.approved is not None and claim.state not in UNFILED:
        rows.append(f"{_('Approved')} **{plain(amount(claim.approved))}**")
    if claim.surplus:
        rows.append(badges.badge(_("owed back {amount}", amount=amount(claim.surplus)), "orange", "undo"))
    if claim.paid:
        rows.append(f"{_('Paid')} **{plain(amount(claim.paid))}**")
    if claim.note:
        rows.append(gray(plain(claim.note)))
    return "  \n".join(rows)


def _window(view: View, claim: ClaimRow) -> str:
    zone = claim.rule_zone
    if claim.due_at is None and claim.opens_at is None:
        return f"{badges.badge(_('Window not known'), 'orange', 'help')} {gray(_('file at once'))}"
    rows = []
    if claim.opens_at is not None:
        mark = (
            badges.opening(claim.opens_at, view.now) if claim.opens_at > view.now else badges.badge(_("open"), "green")
        )
        rows.append(f"{_('Opens')} **{plain(moment(claim.opens_at, zone, year=True))}** {mark}")
    if claim.due_at is not None:
        mark = badges.due(claim.due_at, view.now)
        rows.append(f"{_('Closes')} **{plain(moment(claim.due_at, zone, year=True))}** {mark}")
    rows.append(gray(plain(zone)))
    return "  \n".join(rows)


def _filed(view: View, claim: ClaimRow) -> str:
    zone = view.me.zone
    rows = []
    if claim.submitted_at is not None:
        said = _(
            "Filed {when} by {who}, case number {number}",
            when=moment(claim.submitted_at, zone, year=True),
            who=claim.submitted_by or "Recoup",
            number=claim.case_number or "—",
        )
        rows.append(plain(said))
        if claim.submitted_via:
            rows.append(gray(plain(_("through {via}", via=claim.submitted_via))))
    if claim.asked:
        rows.append(f":orange[:material/help:] {plain(pair(_('The payer asks'), claim.asked))}")
    if claim.answered_at is not None:
        said = _("Answered {when}", when=moment(claim.answered_at, zone, year=True))
        rows.append(plain(pair(said, claim.answer_text) if claim.answer_text else said))
    if claim.denial_code:
        rows.append(f"{badges.badge(denial_name(claim.denial_code), 'red', 'block')}")
    if claim.followed_up_at is not None:
        rows.append(gray(plain(_("Asked again {when}", when=moment(claim.followed_up_at, zone)))))
    if claim.next_due_at is not None:
        soonest = [one for one in view.story.clocks if one.claim_id == claim.id and one.due_at == claim.next_due_at]
        own = gray(plain(_("our own reminder"))) if any(one.rule == claims.OWN for one in soonest) else ""
        rows.append(f"{_('Next')} {badges.due(claim.next_due_at, view.now)} {own}".rstrip())
    elif claim.state is S.REJECTED and claim.appeal_days is None:
        rows.append(gray(plain(_("No appeal time known for this payer: appeal soon."))))
    return "  \n".join(rows)


def _why(view: View, claim: ClaimRow) -> None:
    """The rule behind the dates, read only when somebody opens it."""
    label = _(
        "{code} v{version}, checked {day}",
        code=claim.rule_code,
        version=claim.rule_version,
        day=day(claim.rule_checked_on, year=True),
    )
    box = st.expander(plain(label), key=f"case-why-{claim.id}", on_change="rerun", type="compact")
    if not box.open:
        return
    with database.reading() as session:
        card = rule_cards.get_card(session, claim.rule_card_id, actor=view.me)
        window = claims.window_of(session, view.id, claim.rule_card_id, actor=view.me)
    with box:
        st.markdown(f"**{plain(card.title)}**  \n{plain(card.window_text())}")
        told = tell(claim.window_why) if claim.window_why else [window.unknown] if window.unknown else []
        st.markdown("\n".join(f"- {plain(said)}" for said in told))
        if window.window is not None and window.window.steps:
            days = "  \n".join(
                gray(plain(f"{day(step.day, year=True)} · {step.sentence()}")) for step in window.window.steps
            )
            with st.popover(_("Day by day"), icon=":material/calendar_month:"):
                st.markdown(days)
        st.markdown(gray(dotted(_(CONFIDENCE[card.confidence]), _("source: {source}", source=plain(card.source)))))
        for doubt in card.doubts(local_day(view.now, view.me.zone)):
            st.markdown(f":orange[:material/warning:] {plain(doubt)}")
        if card.note:
            st.markdown(gray(plain(card.note)))


def _buttons(view: View, claim: ClaimRow, found: Sequence[Offer]) -> None:
    """What moves the claim: an action that is off says why, in words that need no hovering."""
    by_action = {ClaimAction(offer.action): offer for offer in found}
    for action, (dialog, icon) in BIG.items():
        offer = by_action.get(action)
        if offer is None or (action is A.SUBMIT and A.MARK_READY in by_action):
            continue
        if claim.state in ENDED and not offer.permitted:
            continue
        st.button(
            _("Decide on the offer") if action is A.ACCEPT_OFFER else _(offer.label),
            icon=f":material/{icon if offer.permitted else 'lock'}:",
            disabled=not offer.permitted,
            width="stretch",
            key=f"case-do-{action}",
            on_click=state.open_dialog,
            args=(dialog, claim.id),
        )
        if offer.reason:
            st.caption(f":material/info: {plain(offer.reason)}")
    answers = [action for action in by_action if action in RECORDED and action is not A.CLOSE]
    if answers and by_action[answers[0]].permitted:
        st.button(
            _("Record the answer"),
            icon=":material/reply:",
            width="stretch",
            key="case-answer",
            on_click=state.open_dialog,
            args=("answer", claim.id),
        )
    asking = by_action.get(A.FOLLOW_UP)
    if asking is not None and asking.permitted:
        st.button(
            _(asking.label),
            icon=":material/forum:",
            width="stretch",
            key="case-follow-up",
            on_click=state.open_dialog,
            args=("follow-up", claim.id),
        )
    _more(view, claim, by_action)


def _more(view: View, claim: ClaimRow, by_action: dict[ClaimAction, Offer]) -> None:
    words: dict[str, str] = {}
    if claim.state in UNFILED and view.me.may(Permission.CLAIM_PREPARE):
        words["edit-claim"] = f":material/edit: {_('Edit demand and note')}"
        words["event"] = f":material/event: {_('Say when the window starts')}"
    for action, (dialog, icon) in SMALL.items():
        offer = by_action.get(action)
        if offer is not None and offer.permitted and dialog not in words:
            words[dialog] = f":material/{icon}: {_(offer.label)}"
    if claim.paid or claim.surplus:
        words["payouts"] = f":material/receipt_long: {_('Payouts')}"
    words["packs"] = f":material/folder_zip: {_('Packs')}"
    if view.story.header.open and view.me.may(Permission.CLAIM_PREPARE):
        words["draft"] = f":material/note_add: {_('Draft another claim')}"
    if words:
        st.menu_button(
            _("More"),
            list(words),
            key=f"case-claim-more-{claim.id}",
            type="tertiary",
            format_func=lambda name: words[name],
            on_click=_chosen,
            args=(claim.id,),
        )


def _chosen(claim_id: int) -> None:
    state.open_dialog(st.session_state[f"case-claim-more-{claim_id}"], claim_id)
