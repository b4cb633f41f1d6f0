"""Marking the answer as sent, with its receipt; and the answers that went, word for word, with everything that went along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name
from core.foundation import clock, database
from core.foundation.formats import amount, day, listed, moment
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Permission
from core.recovery import answers
from core.recovery.answers import SentAnswer
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.answer_view import AnswerView
from pages.parts.at_input import Spots
from pages.parts.formats import cut, dotted, gray, line, plain
from pages.parts.who import actor

DIALOG = "answer-send"
TITLE = N_("The answer was sent")
NO_RECEIPT = 0


def offer(view: AnswerView) -> None:
    """The button that says that it was sent; off, with the reason, while something stops it."""
    if view.desk.written is not None and view.may:
        _button(view)


def draw(view: AnswerView) -> None:
    """What went before."""
    if not view.desk.sent:
        return
    with st.container(border=True, gap="small"):
        st.header(_("Sent"), anchor=False)
        for one in view.desk.sent:
            _answer(one, view)


def _button(view: AnswerView) -> None:
    written = view.desk.written
    stopped = written is None or bool(written.findings)
    st.button(
        _("Answer was sent"),
        icon=":material/lock:" if stopped or not view.open else ":material/outgoing_mail:",
        type="primary",
        disabled=stopped or not view.open,
        width="stretch" if view.phone else "content",
        key="answer-send",
        on_click=state.open_dialog,
        args=(DIALOG,),
    )
    if not view.open:
        st.caption(_("This return is over; nothing is to be answered."))
    elif stopped:
        st.caption(_("Off: what is held against the case stops it. Mend the text, keep it, then say that it was sent."))
    else:
        st.caption(_("Put the text and the pictures into Seller Centre first. Here you say that it was done."))


def send(view: AnswerView, _subject: Any) -> None:
    """The text to copy, the receipt, and the word that it went."""
    desk, form, spots = view.desk, view.form("send"), Spots()
    if desk.written is None:
        st.info(_("This answer has gone already."), icon=":material/info:")
        return
    st.caption(plain(_("Copy the text, put it and the pictures into Seller Centre, then say so here.")))
    st.code(desk.written.text, language=None, wrap_lines=True, height=220)
    items = {one.id: one for one in desk.items}
    order = sorted(items, key=lambda one: (items[one].kind != "receipt", -one))
    receipt = st.selectbox(
        _("Receipt among the evidence (optional)"),
        [NO_RECEIPT, *order],
        format_func=lambda one: (
            _("none") if one == NO_RECEIPT else cut(f"{kind_name(items[one].kind)} · {items[one].name}", 60)
        ),
        key=state.widget(form, "receipt"),
    )
    spots.under("receipt_id")
    reference = st.text_input(
        _("The platform's number for it (optional)"), key=state.widget(form, "reference"), max_chars=100
    )
    spots.under("reference")
    st.caption(_("Kept as it went: the text, every exhibit, the pictures, the paper, the rules as they read today."))
    if not st.button(
        _("Answer was sent"),
        type="primary",
        icon=":material/outgoing_mail:",
        width="stretch",
        key=state.widget(form, "save"),
    ):
        return
    with st.spinner(_("Putting the paper and the pictures together")):
        done = act(
            lambda session: (
                answers.mark_answered(
                    session,
                    desk.dispute_id,
                    actor=actor(),
                    receipt_id=receipt or None,
                    reference=reference or "",
                    now=clock.now(),
                ).id
            ),
            key=state.key(form),
            notice=_("The answer is kept as it was sent."),
            spots=spots,
        )
    if done:
        state.forget(view.form("text"))
        dialogs.done()


def _answer(one: SentAnswer, view: AnswerView) -> None:
    plea = _(answers.PLEA_LABELS[one.plea]) + (f" {amount(one.amount)}" if one.amount is not None else "")
    names = {code: words.name for code, words in answers.wordings().items()}
    second = dotted(
        plain(moment(one.sent_at, view.me.zone, year=True)),
        plain(one.sent_by or "Recoup"),
        plain(names.get(one.language, one.language)),
        plain(_n("{n} exhibit", "{n} exhibits", len(one.exhibits))),
    )
    with st.container(gap="xsmall"):
        st.markdown(f"**{plain(_('Answer {n}', n=one.number))}** {plain(plea)}  \n{gray(second)}")
        for told in one.set_aside:
            st.caption(
                plain(_("Let stand by {who}: {words} ({why})", who=told["who"], words=told["words"], why=told["why"]))
            )
        with st.expander(_("As it was sent"), icon=":material/description:", key=f"answer-text-{one.id}"):
            st.text(one.text)
            listed_ = [
                f"{row['number']} {kind_name(str(row['kind']))} ({cut(row['name'], 40)})" for row in one.exhibits
            ]
            if listed_:
                st.caption(plain(_("Exhibits: {exhibits}", exhibits=listed(listed_))))
            for rule in one.rules:
                st.caption(_rule(rule))
        if view.me.may(Permission.BUYER_READ):
            st.download_button(
                _("PDF and pictures as they went (ZIP)"),
                lambda: _bundle(one, view),
                file_name=f"answer-{view.desk.return_number}-{one.number}.zip",
                mime="application/zip",
                icon=":material/folder_zip:",
                type="tertiary",
                key=f"answer-sent-{one.id}",
                on_click="ignore",
            )


def _rule(rule: Mapping[str, Any]) -> str:
    """A rule as it read when the answer went. Answers from before rules had versions went with the shipped one, the first."""
    checked = day(date.fromisoformat(str(rule["checked_on"])), year=True)
    version = _("version {n}", n=rule.get("version", 1))
    return dotted(
        plain(_("Rule: {rule}", rule=rule["text"])),
        plain(version),
        line(rule["source"], 80),
        plain(_("checked {day}", day=checked)),
    )


def _bundle(one: SentAnswer, view: AnswerView) -> bytes:
    with database.reading() as session:
        return answers.sent_bundle(session, one.id, actor=view.me).zipped(one.sent_at)
