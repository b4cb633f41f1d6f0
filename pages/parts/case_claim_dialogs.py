"""Dialogs that draft a claim and move it: each one write."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name
from core.desk import payers
from core.desk.case_claims import needs_under
from core.desk.story import ClaimRow
from core.foundation import clock, database
from core.foundation.errors import Invalid
from core.foundation.formats import amount, figure, moment
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.recovery import claims, payouts, rule_cards
from core.recovery.claim_states import ANSWERS, CLAIMS, ClaimAction
from core.recovery.rule_cards import Card
from core.recovery.windows import Window
from pages.parts import badges, dialogs, state
from pages.parts.act import act, attempt
from pages.parts.case_view import View
from pages.parts.conflict import Clash
from pages.parts.formats import gray, plain
from pages.parts.who import actor

A = ClaimAction

WAYS: tuple[str, ...] = (N_("Payer's portal"), N_("Shopee Seller Centre"), N_("E-mail"), N_("Phone"), N_("Forwarder"))
MOST_PAYERS = 12
NEEDS_TEXT = frozenset({A.REJECT, A.ASK_INFORMATION})
NEEDS_DATE = frozenset({A.ASK_INFORMATION})
MAY_HAVE_DATE = frozenset({A.ASK_INFORMATION, A.APPROVE, A.PARTLY_APPROVE})


def _claim(view: View, claim_id: Any) -> ClaimRow | None:
    """The claim a dialog is for: the one named, else the one looked at."""
    named = next((one for one in view.story.claims if one.id == claim_id), None)
    found = named or view.claim
    if found is None:
        st.info(_("This case has no claim yet. Draft one first."))
    return found


def _save(words: str, form: str, icon: str = "check") -> bool:
    return st.button(words, type="primary", width="stretch", icon=f":material/{icon}:", key=state.widget(form, "save"))


def draft(view: View, _subject: Any) -> None:
    """Choose who has to pay, see the window and what is lacking, draft."""
    me, form = actor(), view.form("draft")
    header = view.story.header
    with database.reading() as session:
        found = payers.payers(
            session,
            header.shipment_id,
            header.type,
            actor=me,
            reported_at=header.noticed_at,
            incident_id=view.id,
            now=view.now,
        )[:MOST_PAYERS]
    if not found:
        st.info(_("No rule card fits this parcel. An admin can add one in Settings."))
        return
    by_id = {one.card.id: one for one in found}
    chosen = st.radio(
        _("Who has to pay"),
        list(by_id),
        format_func=lambda card_id: plain(by_id[card_id].card.title),
        captions=[plain(f"{one.card.payer_name} · {one.card.window_text()}") for one in found],
        key=state.widget(form, "card"),
    )
    payer, card, event_at = by_id[chosen], by_id[chosen].card, None
    if payer.window is not None:
        st.markdown(_window_words(payer.window, view.now))
    else:
        st.markdown(f":orange[:material/help:] {plain(payer.unknown or '')}")
        if payer.event_missing:
            event_at = _event_input(form, me.zone)
    _lacks(view, card)
    for doubt in card.doubts(view.now.date()):
        st.markdown(f":orange[:material/warning:] {plain(doubt)}")
    demand = st.text_input(
        _("Demand in {currency} (empty: the booked loss up to the cap)", currency=header.value.currency),
        key=state.widget(form, "demand"),
        placeholder=figure(header.gross or header.value),
    )
    note = st.text_area(_("Note (optional)"), key=state.widget(form, "note"), height=70)
    if _save(_("Draft claim"), form, "note_add"):

        def write(session: Any) -> str:
            money = Money.parse(demand, header.value.currency, field="demand") if demand.strip() else None
            return claims.draft_claim(
                session,
                view.id,
                actor=me,
                rule_card_id=chosen,
                demand=money,
                event_at=event_at,
                note=note or "",
                now=clock.now(),
            ).reference

        done = act(
            write, key=state.key(form), notice=lambda reference: _("Claim {reference} drafted.", reference=reference)
        )
        if done:
            st.query_params["claim"] = done.result
            dialogs.done()


def _window_words(window: Window, now: datetime) -> str:
    marks = []
    if window.opens_at is not None and window.opens_at > now:
        marks.append(badges.opening(window.opens_at, now))
    if window.due_at is not None:
        when = moment(window.due_at, window.zone, year=True)
        marks.append(
            f"{plain(_('closes {when} ({zone})', when=when, zone=window.zone))} {badges.due(window.due_at, now)}"
        )
    return " ".join(marks) or gray(_("No closing date is known: file as soon as it is open."))


def _event_input(form: str, zone: str) -> datetime | None:
    """The moment the window counts from, where nobody stored it: a day in the viewer's zone."""
    found: date | None = st.date_input(
        _("When it starts ({zone})", zone=zone), None, key=state.widget(form, "event"), format="YYYY-MM-DD"
    )
    return None if found is None else clock.start_of_day(found, zone)


def _lacks(view: View, card: Card) -> None:
    missing = [kind_name(need.code) for need in needs_under(view.story, card.documents) if not need.met]
    if missing:
        st.markdown(
            f":orange[:material/error:] {plain(_('Still missing: {documents}.', documents=', '.join(missing)))}"
        )
    elif card.documents:
        st.markdown(f":green[:material/check_circle:] {_('Every document is there.')}")


def ready(view: View, claim_id: Any) -> None:
    """Declare a draft complete."""
    _plain_move(
        view,
        claim_id,
        "ready",
        A.MARK_READY,
        claims.mark_ready,
        _("Demand, window and documents are checked once more."),
    )


def back_to_draft(view: View, claim_id: Any) -> None:
    """Take a ready claim back."""
    _plain_move(view, claim_id, "draft-again", A.BACK_TO_DRAFT, claims.back_to_draft, "")


def expire(view: View, claim_id: Any) -> None:
    """Put a claim away whose window has closed."""
    _plain_move(
        view, claim_id, "expire", A.EXPIRE, claims.expire, _("The claim ends; another payer may still be asked.")
    )


def _plain_move(view: View, claim_id: Any, name: str, action: ClaimAction, move: Any, words: str) -> None:
    me, claim = actor(), _claim(view, claim_id)
    if claim is None:
        return
    form = view.form(name, claim.id)
    st.markdown(f"**{plain(claim.reference)}** · {plain(claim.payer_name)} · {plain(amount(claim.demand))}")
    if words:
        st.caption(words)
    if _save(_(CLAIMS.row(action).label), form) and act(
        lambda session: move(session, claim.id, actor=me, now=clock.now()).id,
        key=state.key(form),
        notice=_("Claim {reference} moved on.", reference=claim.reference),
    ):
        dialogs.done()


def submit(view: View, claim_id: Any) -> None:
    """Note that it was filed: case number, way, receipt."""
    me, claim = actor(), _claim(view, claim_id)
    if claim is None:
        return
    form = view.form("submit", claim.id)
    st.caption(_("File it with the payer first; then write down here what proves it."))
    number = st.text_input(_("Case number of the payer"), key=state.widget(form, "number"), max_chars=100)
    via = st.selectbox(_("Through"), WAYS, format_func=_, key=state.widget(form, "via"), accept_new_options=True)
    receipt = st.file_uploader(
        _("Receipt (screenshot, mail or PDF)"),
        key=state.widget(form, "receipt"),
        type=("image", "application/pdf", ".pdf", ".eml", ".msg"),
    )
    if _save(_("Submit claim"), form, "outgoing_mail"):

        def write(session: Any) -> str:
            from core.cases import evidence

            receipt_id = None
            if receipt is not None:
                receipt_id = evidence.add_evidence(
                    session, view.id, actor=me, name=receipt.name, data=receipt, kind="receipt", now=clock.now()
                ).id
            way = _(via) if via in WAYS else str(via or "")
            return claims.submit(
                session, claim.id, actor=me, case_number=number, via=way, receipt_id=receipt_id, now=clock.now()
            ).reference

        if act(
            write, key=state.key(form), notice=lambda reference: _("Claim {reference} is filed.", reference=reference)
        ):
            dialogs.done()


def answer(view: View, claim_id: Any, first: ClaimAction | None = None) -> None:
    """Write down what the payer did."""
    me, claim = actor(), _claim(view, claim_id)
    if claim is None:
        return
    form = view.form("answer", claim.id)
    possible = [row.action for row in CLAIMS if claim.state in row.sources and row.action in ANSWERS]
    actions = [ClaimAction(one) for one in possible if one is not A.CLOSE]
    if not actions:
        st.info(_("No answer is awaited for this claim now."))
        return
    action = st.radio(
        _("What happened"),
        actions,
        index=actions.index(first) if first in actions else 0,
        format_func=lambda one: _(CLAIMS.row(one).label),
        key=state.widget(form, "action"),
    )
    text, part, due = "", "", None
    if action in (A.PARTLY_APPROVE,):
        part = st.text_input(
            _("Approved in {currency}", currency=claim.demand.currency),
            key=state.widget(form, "amount"),
            placeholder=figure(claim.demand),
        )
    label = _("The payer's words") if action in NEEDS_TEXT else _("The payer's words (optional)")
    text = st.text_area(label, key=state.widget(form, "text"), height=90) or ""
    if action in MAY_HAVE_DATE:
        words = _("Wanted by") if action in NEEDS_DATE else _("To be paid by (optional)")
        due = st.date_input(words, None, key=state.widget(form, "due"), format="YYYY-MM-DD")
    if _save(_("Save the answer"), form, "reply"):

        def write(session: Any) -> str:
            money = Money.parse(part, claim.demand.currency, field="amount") if part.strip() else None
            due_at = None if due is None else clock.end_of_day(due, me.zone)
            return claims.record_answer(
                session, claim.id, action, actor=me, amount=money, text=text, due_at=due_at, now=clock.now()
            ).reference

        if act(write, key=state.key(form), notice=_("Answer saved.")):
            dialogs.done()


def send(view: View, claim_id: Any) -> None:
    """What was asked has been sent: the same as an answer, begun at that choice."""
    answer(view, claim_id, A.SEND_INFORMATION)


def close_claim(view: View, claim_id: Any) -> None:
    """End a claim on which nothing more is to come."""
    me, claim = actor(), _claim(view, claim_id)
    if claim is None:
        return
    form = view.form("close-claim", claim.id)
    note = st.text_area(_("Note (optional)"), key=state.widget(form, "note"), height=70)
    if _save(_("Close claim"), form, "archive") and act(
        lambda session: (
            claims.record_answer(session, claim.id, A.CLOSE, actor=me, text=note or "", now=clock.now()).reference
        ),
        key=state.key(form),
        notice=_("Claim {reference} closed.", reference=claim.reference),
    ):
        dialogs.done()


def appeal(view: View, claim_id: Any) -> None:
    """Appeal with the reasons."""
    me, claim = actor(), _claim(view, claim_id)
    if claim is None:
        return
    form = view.form("appeal", claim.id)
    if claim.answer_text:
        st.markdown(f"{gray(_('The payer wrote:'))}  \n{plain(claim.answer_text)}")
    text = st.text_area(_("Why the answer is wrong"), key=state.widget(form, "text"), height=140)
    if _save(_("Appeal"), form, "gavel") and act(
        lambda session: claims.appeal(session, claim.id, actor=me, text=text or "", now=clock.now()).reference,
        key=state.key(form),
        notice=_("Appeal noted."),
    ):
        dialogs.done()


def withdraw(view: View, claim_id: Any) -> None:
    """Take a claim back."""
    me, claim = actor(), _claim(view, claim_id)
    if claim is None:
        return
    form = view.form("withdraw-claim", claim.id)
    reason = st.text_input(_("Why it is withdrawn"), key=state.widget(form, "reason"), max_chars=500)
    if _save(_("Withdraw claim"), form, "cancel") and act(
        lambda session: claims.withdraw(session, claim.id, actor=me, reason=reason, now=clock.now()).reference,
        key=state.key(form),
        notice=_("Claim {reference} withdrawn.", reference=claim.reference),
    ):
        dialogs.done()


def edit(view: View, claim_id: Any) -> None:
    """Change what an unfiled claim asks for."""
    me, claim = actor(), _claim(view, claim_id)
    if claim is None:
        return
    form, currency = view.form("edit-claim", claim.id), claim.demand.currency
    seen = state.seen(form, {"demand": claim.demand.amount, "note": claim.note})
    shown = {"demand": lambda value: amount(Money(value, currency))}
    demand = st.text_input(
        _("Demand in {currency}", currency=currency),
        figure(Money(seen["demand"], currency)),
        key=state.widget(form, "demand"),
    )
    note = st.text_area(_("Note (optional)"), seen["note"], key=state.widget(form, "note"), height=90) or ""
    clash = Clash(form, {"demand": _("Demand"), "note": _("Note")}, shown)
    if _save(_("Save"), form):
        parsed = attempt(lambda: Money.parse(demand, currency, field="demand"))
        if parsed is None:
            return
        known, wanted = clash.settle(seen, {"demand": parsed.amount, "note": note})
        if act(
            lambda session: (
                claims.edit_claim(session, claim.id, actor=me, seen=known, typed=wanted, now=clock.now()).reference
            ),
            key=state.key(form),
            notice=_("Saved."),
            clash=clash,
        ):
            dialogs.done()


def event(view: View, claim_id: Any) -> None:
    """Say when the window starts, where the parcel does not know it."""
    me, claim = actor(), _claim(view, claim_id)
    if claim is None:
        return
    form = view.form("event", claim.id)
    with database.reading() as session:
        card = rule_cards.get_card(session, claim.rule_card_id, actor=me)
    st.caption(plain(_("This rule counts {window}.", window=card.window_text())))
    event_at = _event_input(form, me.zone)
    if _save(_("Save"), form):

        def write(session: Any) -> str:
            if event_at is None:
                raise Invalid(_("Choose the day."), "event_at")
            return claims.set_event(session, claim.id, actor=me, event_at=event_at, now=clock.now()).reference

        if act(write, key=state.key(form), notice=_("The window was computed anew.")):
            dialogs.done()


def payout(view: View, claim_id: Any) -> None:
    """Money came in."""
    me, claim = actor(), _claim(view, claim_id)
    if claim is None:
        return
    form, currency = view.form("payout", claim.id), claim.demand.currency
    approved = claim.approved or claim.demand
    still = approved - claim.paid
    st.markdown(plain(_("Approved {approved}, still to come {still}.", approved=amount(approved), still=amount(still))))
    left, right = st.columns([2, 1])
    received = left.text_input(_("Amount received"), figure(still), key=state.widget(form, "received"))
    in_currency = (
        right.text_input(_("Currency"), currency, key=state.widget(form, "currency"), max_chars=3).strip().upper()
    )
    worth = ""
    if in_currency != currency:
        worth = st.text_input(
            _("What it is worth in {currency}, as the bank says", currency=currency), key=state.widget(form, "worth")
        )
    paid_on = st.date_input(
        _("Received on"), clock.local_day(view.now, me.zone), key=state.widget(form, "day"), format="YYYY-MM-DD"
    )
    reference = st.text_input(_("Reference of the payment"), key=state.widget(form, "reference"), max_chars=100)
    if _save(_("Record payout"), form, "payments"):

        def write(session: Any) -> int:
            try:
                money = Money.parse(received, in_currency, field="received")
            except ValueError:
                raise Invalid(
                    _("“{text}” is not a currency code. Write three letters, like SGD.", text=in_currency), "currency"
                ) from None
            return payouts.record_payout(
                session,
                claim.id,
                actor=me,
                received=money,
                amount=Money.parse(worth, currency, field="amount") if worth.strip() else None,
                paid_on=paid_on,
                reference=reference,
                now=clock.now(),
            ).id

        if act(write, key=state.key(form), notice=_("Payout recorded.")):
            dialogs.done()
