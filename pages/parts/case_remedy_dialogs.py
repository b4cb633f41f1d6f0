"""The dialogs of what a buyer gets: offering it, deciding, saying that it was given or not, and what came of it for the shop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.cases import remedies
from core.cases.remedies import KIND_LABELS, Preview, Row
from core.foundation import clock, database
from core.foundation.errors import Refusal
from core.foundation.formats import amount, figure
from core.foundation.language import N_, _, _n
from core.foundation.money import LARGEST, Money
from core.models.remedy import RemedyKind
from pages.parts import badges, dialogs, remedy_forms, remedy_words, state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.case_view import View
from pages.parts.choices import pills, segments
from pages.parts.formats import gray, plain
from pages.parts.who import actor

NOT_SAID = "not-said"
KINDS = (RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND, RemedyKind.RESHIP, RemedyKind.VOUCHER)
NUMBERS: dict[RemedyKind, str] = {
    RemedyKind.REFUND: N_("Number of the refund (optional)"),
    RemedyKind.PARTIAL_REFUND: N_("Number of the refund (optional)"),
    RemedyKind.RESHIP: N_("Tracking number of the new parcel (optional)"),
    RemedyKind.VOUCHER: N_("Code of the voucher (optional)"),
}


def offer(view: View, _subject: Any) -> None:
    """Offer the buyer something: what was asked for, what it is, how much, what it costs, why; and what that needs."""
    me, form, spots = actor(), view.form("remedy-offer"), Spots()
    heard = pills(
        _("What the buyer asks for"),
        [NOT_SAID, *KINDS],
        key=state.widget(form, "asked"),
        default=NOT_SAID,
        words=lambda one: _("not said") if one == NOT_SAID else _(KIND_LABELS[RemedyKind(one)]),
    )
    asked = None if heard == NOT_SAID else RemedyKind(heard)
    with database.reading() as session:
        idea = remedies.suggest(session, view.id, actor=me, asked=asked, now=clock.now())
    st.caption(plain(" ".join(idea.why)))
    kind = segments(
        _("What the buyer gets"),
        KINDS,
        key=state.widget(form, f"kind-{heard}"),
        default=idea.kind,
        words=lambda one: _(KIND_LABELS[one]),
    )
    usual = figure(idea.amount) if idea.amount is not None and kind is idea.kind else ""
    left, right = st.columns(2)
    currency = view.story.header.value.currency
    typed = left.text_input(
        _("Worth to the buyer, {currency}", currency=currency), usual, key=state.widget(form, f"amount-{heard}-{kind}")
    )
    price = right.text_input(
        _("Cost to us, {currency}", currency=currency),
        key=state.widget(form, f"cost-{heard}-{kind}"),
        placeholder=_("the same"),
    )
    spots.under("amount", "cost")
    _needs(view, typed, price, currency)
    why = st.text_input(_("Why"), key=state.widget(form, "reason"), max_chars=1_000)
    spots.under("reason")
    if not st.button(_("Offer it"), type="primary", width="stretch", key=state.widget(form, "save")):
        return

    def write(session: Any) -> int:
        return remedies.propose(
            session,
            view.id,
            actor=me,
            kind=kind,
            amount=Money.parse(typed, currency, field="amount"),
            cost=Money.parse(price, currency, field="cost") if price.strip() else None,
            reason=why,
            asked=idea.asked,
            now=clock.now(),
        ).needs

    if act(write, key=state.key(form), notice=_proposed, spots=spots):
        dialogs.done()


def _proposed(needs: int) -> str:
    if needs == 0:
        return _("Within your authority: give it, then say so here.")
    return _n("Sent to be approved.", "Sent to be approved by two persons.", needs)


def _needs(view: View, typed: str, price: str, currency: str) -> None:
    """What this amount needs, as soon as it can be read."""
    try:
        money = Money.parse(typed, currency)
        cost = Money.parse(price, currency) if price.strip() else money
        with database.reading() as session:
            found = remedies.preview(session, view.id, actor=actor(), amount=money, cost=cost, now=clock.now())
    except Refusal:
        return
    if found.needs == 0:
        said = _("Within your authority.") + _left(found)
        if found.stands_for:
            said = _("Within the authority of {name}, in whose place you decide.", name=found.stands_for)
        st.markdown(f"{badges.badge(_('at once'), 'green', 'check_circle')} {gray(plain(said))}")
        return
    label = _n("needs {n} approval", "needs {n} approvals", found.needs)
    st.markdown(
        f"{badges.badge(label, 'violet', 'shield')} {gray(plain(remedies.over_words(found.over) + '.' + _left(found)))}"
    )


def _left(found: Preview) -> str:
    if found.left.amount >= LARGEST:
        return ""
    return " " + _("You may give {amount} more for this order without asking.", amount=amount(found.left))


def _found(view: View, remedy_id: Any) -> Row | None:
    """The row a dialog is about, read anew; None with a sentence where it is gone."""
    with database.reading() as session:
        rows = remedies.of_case(session, view.id, actor=actor(), now=clock.now())
    row = next((one for one in rows if one.id == remedy_id), None)
    if row is None:
        st.info(_("This offer is not here any more."), icon=":material/info:")
    return row


def decide(view: View, remedy_id: Any) -> None:
    """Approve, ask back or decline."""
    if row := _found(view, remedy_id):
        st.markdown("  \n".join(remedy_words.lines(row, view.me)))
        remedy_forms.decide(row, view.form("remedy-decide", row.id), dialogs.done, main=True)


def given(view: View, remedy_id: Any) -> None:
    """Say that the buyer got it."""
    row = _found(view, remedy_id)
    if row is None:
        return
    form, spots = view.form("remedy-given", row.id), Spots()
    st.markdown("  \n".join(remedy_words.lines(row, view.me)))
    number = st.text_input(_(NUMBERS[row.kind]), key=state.widget(form, "number"), max_chars=120)
    spots.under("reference")
    st.caption(_("Its cost goes into the books in place of the goods: nothing is counted twice."))
    if st.button(_("It was given"), type="primary", width="stretch", key=state.widget(form, "save")) and act(
        lambda session: remedies.mark_given(session, row.id, actor=actor(), reference=number, now=clock.now()).id,
        key=state.key(form),
        notice=_("Given, and booked."),
        spots=spots,
    ):
        dialogs.done()


@dataclass(frozen=True)
class Wording:
    """A dialog that wants one line of words: what it asks for, its button, what is said afterwards, what it does with them."""

    name: str
    asks: str
    button: str
    notice: str
    write: Callable[[Any, int, str], Any]

    def __call__(self, view: View, remedy_id: Any) -> None:
        row = _found(view, remedy_id)
        if row is None:
            return
        form, spots = view.form(self.name, row.id), Spots()
        st.markdown("  \n".join(remedy_words.lines(row, view.me)))
        said = st.text_input(_(self.asks), key=state.widget(form, "words"), max_chars=1_000)
        spots.under("reason", "text")
        pressed = st.button(_(self.button), type="primary", width="stretch", key=state.widget(form, "save"))
        if pressed and act(
            lambda session: self.write(session, row.id, said).id,
            key=state.key(form),
            notice=_(self.notice),
            spots=spots,
        ):
            dialogs.done()


answer = Wording(
    "remedy-answer",
    N_("Your answer"),
    N_("Send the answer"),
    N_("Answered: it waits for approval again."),
    lambda session, number, said: remedies.answer(session, number, actor=actor(), text=said, now=clock.now()),
)
withdraw = Wording(
    "remedy-withdraw",
    N_("Why it is withdrawn"),
    N_("Withdraw"),
    N_("Withdrawn."),
    lambda session, number, said: remedies.withdraw(session, number, actor=actor(), reason=said, now=clock.now()),
)
take_back = Wording(
    "remedy-back",
    N_("Why it was not given"),
    N_("Take it back"),
    N_("Taken back, the books too."),
    lambda session, number, said: remedies.take_back(session, number, actor=actor(), reason=said, now=clock.now()),
)


def result(view: View, _subject: Any) -> None:
    """Note what came of it for the shop."""
    me, form = actor(), view.form("shop-result")
    with database.reading() as session:
        before = remedies.result_of(session, view.id, actor=me)
    seen = state.seen(form, vars(before) if before is not None else {"rating": None})
    stars = st.segmented_control(
        _("Stars the buyer gave"),
        [1, 2, 3, 4, 5],
        default=seen.get("rating"),
        format_func=lambda n: f"{n} :material/star:",
        key=state.widget(form, "rating"),
    )
    avoided = _yes_no(_("Review"), form, "review", seen.get("review_avoided"), _("no bad review"), _("a bad review"))
    back = _yes_no(_("The buyer ordered again"), form, "back", seen.get("came_back"), _("yes"), _("no"))
    st.caption(_("What is not known yet may stay open, and be noted later, on a closed case too."))
    if st.button(_("Note it"), type="primary", width="stretch", key=state.widget(form, "save")) and act(
        lambda session: (
            remedies.record_result(
                session,
                view.id,
                actor=me,
                rating=stars,
                review_avoided=avoided,
                came_back=back,
                now=clock.now(),
            ).id
        ),
        key=state.key(form),
        notice=_("Noted."),
    ):
        dialogs.done()


def _yes_no(label: str, form: str, name: str, now: bool | None, yes: str, no: str) -> bool | None:
    """Yes, no, or nothing chosen: not known."""
    said = {True: yes, False: no}
    found: bool | None = st.segmented_control(
        label, [True, False], default=now, format_func=said.__getitem__, key=state.widget(form, name)
    )
    return found


DIALOGS: dict[str, tuple[str, Callable[[View, Any], None]]] = {
    "remedy-offer": (N_("Offer the buyer something"), offer),
    "remedy-decide": (N_("Decide about the offer"), decide),
    "remedy-given": (N_("The buyer got it"), given),
    "remedy-answer": (N_("Answer the question"), answer),
    "remedy-withdraw": (N_("Withdraw the offer"), withdraw),
    "remedy-back": (N_("Not given after all"), take_back),
    "shop-result": (N_("Result for the shop"), result),
}
"""The dialogs of this section by name, for the case's own list."""
