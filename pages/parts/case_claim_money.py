"""The money of a claim: what came in, what went away again, and what is not as it should be."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.cases.words import MONEY_LABELS, payer_said
from core.desk.case_disputes import DisputeRow
from core.desk.story import ClaimRow
from core.foundation import clock, database
from core.foundation.errors import Invalid
from core.foundation.formats import amount, day, figure
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.foundation.permissions import Permission
from core.models.clock import LIVING, ClockKind
from core.models.dispute import DisputeState
from core.models.ledger import PayoutBack
from core.models.rule import PayerKind
from core.recovery import money_tasks, payouts
from core.recovery.money_tasks import WAY_LABELS, MoneyWay, ways_for
from core.recovery.payouts import BACK_LABELS, PayoutLine
from pages.parts import badges, dialogs, state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.case_claim_shared import claim_of, save
from pages.parts.case_view import View
from pages.parts.choices import segments
from pages.parts.formats import dotted, gray, plain
from pages.parts.who import actor


def payout(view: View, claim_id: Any) -> None:
    """Money came in."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form, currency, spots = view.form("payout", claim.id), claim.demand.currency, Spots()
    approved = claim.approved or Money.zero(currency)
    still = approved - claim.paid
    st.markdown(plain(_("Approved {approved}, still to come {still}.", approved=amount(approved), still=amount(still))))
    _others(view, claim)
    left, right = st.columns([2, 1])
    received = left.text_input(_("Amount received"), figure(still) if still else "", key=state.widget(form, "received"))
    in_currency = (
        right.text_input(_("Currency"), currency, key=state.widget(form, "currency"), max_chars=3).strip().upper()
    )
    spots.under("received", "currency")
    worth = ""
    if in_currency != currency:
        worth = st.text_input(
            _("What it is worth in {currency}, as the bank says", currency=currency), key=state.widget(form, "worth")
        )
    spots.under("amount")
    paid_on = st.date_input(
        _("Received on"), clock.local_day(view.now, me.zone), key=state.widget(form, "day"), format="YYYY-MM-DD"
    )
    spots.under("paid_on")
    reference = st.text_input(_("Reference of the payment"), key=state.widget(form, "reference"), max_chars=100)
    spots.under("reference")
    keep = st.checkbox(
        _("More came than was granted or lost: keep the surplus as owed back to the payer"),
        key=state.widget(form, "keep"),
    )
    twice = claim.payer_kind is PayerKind.PLATFORM and bool(_compensated(view))
    besides = twice and st.checkbox(besides_words(), key=state.widget(form, "besides"))
    spots.under("besides")
    if save(_("Record payout"), form, "payments"):

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
                keep_surplus=bool(keep),
                besides=bool(besides),
                now=clock.now(),
            ).id

        if act(write, key=state.key(form), notice=_("Payout recorded."), spots=spots):
            dialogs.done()


def besides_words() -> str:
    """What somebody says who books a claim on the platform beside the compensation of a return."""
    return _("It came besides the compensation that is booked already: it is money of its own")


def _compensated(view: View) -> tuple[DisputeRow, ...]:
    """The returns of the case whose compensation was paid."""
    return tuple(one for one in view.disputes if one.mine and one.paid and one.state is DisputeState.PAID)


def _others(view: View, claim: ClaimRow) -> None:
    """What the case's other payers brought: together no more than the loss comes back."""
    for row in _compensated(view):
        if row.paid is not None:
            said = _(
                "{amount} of compensation came for return {number}.", amount=amount(row.paid), number=row.return_number
            )
            st.markdown(gray(plain(said)))
    for one in view.story.claims:
        if one.id != claim.id and one.paid:
            st.markdown(
                gray(
                    plain(
                        _(
                            "{amount} of the loss of {loss} came back through {reference} ({payer}).",
                            amount=amount(one.paid),
                            loss=amount(view.story.header.gross),
                            reference=one.reference,
                            payer=payer_said(one.payer_name),
                        )
                    )
                )
            )


def task(view: View, clock_id: Any) -> None:
    """Settle what is not as it should be: one of the ways of its kind, in a few words."""
    me = actor()
    found = next((one for one in view.story.clocks if one.id == clock_id and one.kind is ClockKind.MONEY), None)
    claim = None if found is None else next((one for one in view.story.claims if one.id == found.claim_id), None)
    if found is None or claim is None or found.state not in LIVING:
        st.info(_("This task is settled already."))
        return
    form, spots = view.form("money", found.id), Spots()
    st.markdown(f"**{plain(_(MONEY_LABELS.get(found.title, found.title)))}** · {plain(payer_said(claim.payer_name))}")
    st.markdown(_amounts(claim))
    ways = ways_for(found.title, claim.state, paid=bool(claim.paid), held=bool(claim.surplus))
    how: MoneyWay = st.radio(
        _("What was done"), ways, format_func=lambda way: _(WAY_LABELS[way]), key=state.widget(form, "how")
    )
    spots.under("how")
    note = st.text_area(
        _("In a few words (optional)") if how is MoneyWay.ASKED else _("In a few words"),
        key=state.widget(form, "note"),
        height=80,
    )
    spots.under("note")
    if save(_("Settle"), form) and act(
        lambda session: (
            money_tasks.resolve_money_task(session, found.id, actor=me, how=how, note=note or "", now=clock.now()).id
        ),
        key=state.key(form),
        notice=_("Settled."),
        spots=spots,
    ):
        dialogs.done()


def arrived(view: View, _subject: Any) -> None:
    """The parcel counted as lost has turned up: whoever was asked to pay, or has paid, is told."""
    me, form, spots = actor(), view.form("arrived"), Spots()
    st.markdown(
        _(
            "Every payer that was asked or has paid becomes a task: tell it, and give the money back where it came."
            " A closed case is opened again where money came back for it."
        )
    )
    on = st.date_input(
        _("Delivered on"),
        clock.local_day(view.now, me.zone),
        max_value=clock.local_day(view.now, me.zone),
        key=state.widget(form, "on"),
        format="YYYY-MM-DD",
    )
    spots.under("at")

    def write(session: Any) -> int:
        at = clock.start_of_day(on, me.zone)
        return len(money_tasks.parcel_arrived(session, view.id, actor=me, at=at, now=clock.now()))

    def said(tasks: int) -> str:
        if tasks:
            return _n("{n} payer to be told.", "{n} payers to be told.", tasks)
        return _("No payer was asked for this parcel. Close the case as arrived.")

    if save(_("It arrived"), form) and act(write, key=state.key(form), notice=said, spots=spots):
        dialogs.done()


def _amounts(claim: ClaimRow) -> str:
    rows = [
        dotted(
            plain(_("approved {amount}", amount=amount(claim.approved))) if claim.approved is not None else None,
            plain(_("paid {amount}", amount=amount(claim.paid))),
        )
    ]
    if claim.surplus:
        rows.append(badges.badge(_("owed back {amount}", amount=amount(claim.surplus)), "orange", "undo"))
    return " ".join(rows)


def lines(view: View, claim_id: Any) -> None:
    """Every payout of the claim; one that went away again is taken back here."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    with database.reading() as session:
        found = payouts.payout_lines(session, claim.id, actor=me)
    if not found:
        st.info(_("No payout was recorded for this claim."))
    for one in reversed(found):
        with st.container(border=True, gap="xsmall"):
            st.markdown(_line(one))
            if one.left and view.story.header.open and me.may(Permission.PAYOUT_REVERSE):
                _take_back(view, one)


def _line(one: PayoutLine) -> str:
    rows = [
        f"**{plain(amount(one.amount))}**",
        gray(dotted(day(one.payout.paid_on, year=True), plain(one.payout.reference))),
    ]
    if one.payout.received_currency != one.payout.currency:
        received = Money(one.payout.received_amount, one.payout.received_currency)
        rows[1] += gray(plain(_(", received as {amount}", amount=amount(received))))
    for back in one.backs:
        said = dotted(
            plain(f"−{amount(Money(back.amount, one.payout.currency))}"),
            plain(_(BACK_LABELS[back.how])),
            day(back.on_date, year=True),
            plain(back.note),
        )
        rows.append(gray(f":material/undo: {said}"))
    return "  \n".join(rows)


def _take_back(view: View, one: PayoutLine) -> None:
    form, me, spots = view.form("take-back", one.payout.id), actor(), Spots()
    if not st.toggle(_("Take back"), key=state.widget(form, "open")):
        return
    how = segments(
        _("What happened"),
        list(PayoutBack),
        key=state.widget(form, "how"),
        default=PayoutBack.BOUNCED,
        words=lambda way: _(BACK_LABELS[way]),
    )
    typed = st.text_input(
        _("How much in {currency}", currency=one.left.currency), figure(one.left), key=state.widget(form, "amount")
    )
    spots.under("amount")
    on = st.date_input(_("On"), clock.local_day(view.now, me.zone), key=state.widget(form, "day"), format="YYYY-MM-DD")
    spots.under("on_date")
    note = st.text_input(_("Why it is taken back"), key=state.widget(form, "note"), max_chars=300)
    spots.under("note")
    if save(_("Take the payout back"), form, "undo") and act(
        lambda session: (
            payouts.reverse_payout(
                session,
                one.payout.id,
                actor=me,
                how=how,
                amount=Money.parse(typed, one.left.currency, field="amount"),
                note=note,
                on_date=on,
                now=clock.now(),
            ).id
        ),
        key=state.key(form),
        notice=_("Payout taken back."),
        spots=spots,
    ):
        dialogs.done()
