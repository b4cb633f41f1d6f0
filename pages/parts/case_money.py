"""The money of a case: what was lost, what came back, what is left, and the postings behind it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import streamlit as st

from core.desk.story import MoneyRow
from core.foundation import clock
from core.foundation.formats import amount, apart, day, figure
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Permission
from core.models.ledger import Account
from core.money import ledger
from core.money.ledger import ACCOUNT_LABELS, LOSSES
from pages.parts import badges, case_charts, dialogs, state
from pages.parts.act import act
from pages.parts.case_charts import Fall
from pages.parts.case_view import View
from pages.parts.choices import segments
from pages.parts.formats import dotted, gray, plain
from pages.parts.who import actor


def draw(view: View) -> None:
    """The waterfall with gross, recovered and net."""
    header = view.story.header
    with st.container(border=True, gap="small"):
        st.header(_("Money, {currency}", currency=header.value.currency), anchor=False)
        if not view.story.money:
            st.caption(_("No loss posted. A parcel that is only late costs nothing yet."))
        else:
            falls = _falls(view)
            case_charts.waterfall(
                falls, _("Money of the case: {list}", list=apart(f"{one.name} {one.said}" for one in falls))
            )
            st.caption(_caption(view))
        if view.story.money:
            st.button(
                _("Postings"),
                type="tertiary",
                icon=":material/receipt_long:",
                key="case-postings",
                on_click=state.open_dialog,
                args=("postings",),
            )


def _caption(view: View) -> str:
    header = view.story.header
    held = -sum((row.amount.amount for row in view.story.money if row.account is Account.PAYER_CREDIT), Decimal(0))
    said = _(
        "Gross {gross}, recovered {recovered}, net {net}.",
        gross=figure(header.gross),
        recovered=figure(header.recovered),
        net=figure(header.net),
    )
    if header.base.currency != header.value.currency:
        worth = _("Value {base} in base currency", base=amount(header.base))
        said += " " + (
            _("{worth}, rate of {day}.", worth=worth, day=day(header.rate_on, year=True))
            if header.rate_on
            else f"{worth}."
        )
    if held:
        said += " " + _("{amount} is owed back to payers.", amount=amount(Money(held, header.value.currency)))
    return plain(said)


def _falls(view: View) -> list[Fall]:
    """Losses one below the other down to the gross, recoveries back up to the net."""
    sums: dict[Account, Money] = {}
    for row in view.story.money:
        sums[row.account] = sums.get(row.account, Money.zero(row.amount.currency)) + row.amount
    falls: list[Fall] = []
    reached = 0.0
    losses = [(account, money) for account, money in sums.items() if account.startswith("loss.") and money]
    backs = [(account, money) for account, money in sums.items() if account.startswith("recovery.") and money]
    for account, money in losses:
        size = float(money.amount)
        falls.append(Fall(_(ACCOUNT_LABELS[account]), reached, reached + size, f"−{figure(money)}", "loss"))
        reached += size
    falls.append(Fall(_("Gross loss"), 0.0, reached, _signed(view.story.header.gross), "total"))
    for account, money in backs:
        size = float(-money.amount)
        falls.append(Fall(_(ACCOUNT_LABELS[account]), reached - size, reached, f"+{figure(-money)}", "recovery"))
        reached -= size
    name = _("Net so far") if view.story.header.open else _("Net loss")
    falls.append(Fall(name, 0.0, reached, _signed(view.story.header.net), "total"))
    return falls


def _signed(money: Money) -> str:
    return f"−{figure(money)}" if money.amount > 0 else figure(money)


# --- dialogs ------------------------------------------------------------------------------------------------------------


def loss(view: View, _subject: Any) -> None:
    """Post one loss."""
    me, form = actor(), view.form("loss")
    currency = view.story.header.value.currency
    account = segments(
        _("What was lost"),
        list(LOSSES),
        key=state.widget(form, "account"),
        default=Account.LOSS_GOODS,
        words=lambda one: _(LOSSES[one]),
    )
    typed = st.text_input(_("Amount in {currency}", currency=currency), key=state.widget(form, "amount"))
    note = st.text_input(_("Note (optional)"), key=state.widget(form, "note"), max_chars=300)
    if st.button(_("Post the loss"), type="primary", width="stretch", key=state.widget(form, "save")) and act(
        lambda session: (
            ledger.post_loss(
                session,
                view.id,
                actor=me,
                account=account,
                amount=Money.parse(typed, currency, field="amount"),
                note=note,
                now=clock.now(),
            ).id
        ),
        key=state.key(form),
        notice=_("Loss posted."),
    ):
        dialogs.done()


def postings(view: View, _subject: Any) -> None:
    """Every posting of the case; a loss that was wrong is taken back here."""
    me = actor()
    may_post = me.may(Permission.LEDGER_POST) and view.story.header.open
    for row in reversed(view.story.money):
        with st.container(border=True, gap="xsmall"):
            st.markdown(_posting(row))
            back = row.reverses_id is None and not row.reversed and row.account in LOSSES
            if back and may_post:
                _take_back(view, row)


def _posting(row: MoneyRow) -> str:
    mark = ""
    if row.reverses_id is not None:
        mark = " " + badges.badge(_("takes back"), "gray", "undo")
    elif row.reversed:
        mark = " " + badges.badge(_("taken back"), "gray", "undo")
    second = dotted(day(row.on_date, year=True), plain(row.by or "Recoup"), plain(row.note) if row.note else None)
    money = amount(row.amount) if row.amount.amount > 0 else f"−{amount(-row.amount)}"
    if row.account.startswith("recovery.") or row.account is Account.PAYER_CREDIT:
        # What came in reads positive; what went away again, negative.
        money = amount(-row.amount) if row.amount.amount < 0 else f"−{amount(row.amount)}"
    return f"**{plain(_(ACCOUNT_LABELS[row.account]))}** {plain(money)}{mark}  \n{gray(second)}"


def _take_back(view: View, row: MoneyRow) -> None:
    form = view.form("reverse", row.posting_id)
    with st.popover(_("Take back"), icon=":material/undo:", key=f"case-reverse-{row.posting_id}"):
        note = st.text_input(_("Why it is taken back"), key=state.widget(form, "note"), max_chars=300)
        if st.button(_("Take back"), key=state.widget(form, "save")) and act(
            lambda session: ledger.reverse(session, row.posting_id, actor=actor(), note=note, now=clock.now()).id,
            key=state.key(form),
            notice=_("Posting taken back."),
        ):
            dialogs.done()
