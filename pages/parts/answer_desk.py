"""What an answer is made of: what it asks for, its languages, the rules it rests on, the evidence for each place of the list."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name
from core.foundation import clock
from core.foundation.formats import apart, day
from core.foundation.formats import figure as figure_text
from core.foundation.language import N_, _, current
from core.foundation.money import Money
from core.foundation.permissions import Permission
from core.models.answer import Plea
from core.models.rule import Confidence
from core.recovery import answers
from core.recovery.answers import Choice, Place, PlatformRule
from core.recovery.packs.words import CONFIDENCE
from pages.parts import badges, dialogs, state
from pages.parts.act import act, attempt
from pages.parts.answer_view import AnswerView
from pages.parts.at_input import Spots
from pages.parts.choices import segments
from pages.parts.formats import cut, dotted, gray, line, plain
from pages.parts.who import actor

DIALOG = "answer-choose"
TITLE = N_("What the answer is made of")
USUAL = "usual"
NAMED = frozenset({Plea.PARTIAL, Plea.COMPENSATE})
"""What is asked for with an amount."""


def begin(view: AnswerView) -> None:
    """Before an answer is begun: what it will be made of, and the button that writes it."""
    if not view.may or not view.open:
        st.info(
            _("No answer was begun.") if view.open else _("This return is over; nothing is to be answered."),
            icon=":material/info:",
        )
        return
    with st.container(border=True, gap="small"):
        st.header(_("Write the answer from the case"), anchor=False)
        st.caption(
            _(
                "It is put together from what the case knows, each fact with its exhibit. You edit it afterwards; nothing is "
                "sent by itself."
            )
        )
        _form(view, view.form("begin"), again=False)


def more(view: AnswerView) -> None:
    """After an answer went: the way to send more, folded away."""
    if view.may and view.open:
        with st.expander(_("Write more to the platform"), icon=":material/edit_note:", key="answer-more"):
            _form(view, view.form("begin"), again=False)


def choose(view: AnswerView, _subject: Any) -> None:
    """Change what the answer is made of; the text is written anew, or kept."""
    _form(view, view.form("choose"), again=True)


def _form(view: AnswerView, form: str, *, again: bool) -> None:
    desk, base = view.desk, view.desk.choice
    spots = Spots()
    plea = segments(
        _("What is asked of the platform"),
        list(Plea),
        key=state.widget(form, "plea"),
        default=base.plea,
        words=lambda one: _(answers.PLEA_LABELS[one]),
    )
    amount = _amount(view, form, plea, spots)
    language, reading = _languages(view, form)
    reason = _reason(view, form)
    rules = _rules(view, form, (language, reading), spots)
    places = _places(view, form, reason)
    keep = again and st.checkbox(
        _("Keep the text as it was edited"),
        key=state.widget(form, "keep"),
        help=_("Otherwise it is written anew, and what was edited is lost."),
    )
    label = _("Write it anew") if again and not keep else _("Keep the choice") if keep else _("Write the answer")
    if not st.button(
        label, type="primary", icon=":material/edit_note:", width="stretch", key=state.widget(form, "save")
    ):
        return
    money = attempt(lambda: Money.parse(amount, desk.currency, field="amount")) if amount.strip() else None
    if amount.strip() and money is None:
        return
    choice = Choice(plea, money if plea in NAMED else None, language, reading, reason, rules, places)
    done = act(
        lambda session: (
            answers.prepare_answer(
                session,
                desk.dispute_id,
                actor=actor(),
                choice=choice,
                keep_text=keep,
                seen=desk.written.version if desk.written is not None else 0,
                now=clock.now(),
            ).version
        ),
        key=state.key(form),
        notice=_("The answer is written. Read it before it goes."),
        spots=spots,
    )
    if done:
        state.forget(view.form("text"))
        dialogs.done()


def _amount(view: AnswerView, form: str, plea: Plea, spots: Spots) -> str:
    if plea not in NAMED:
        return ""
    desk = view.desk
    held = desk.choice.amount or (desk.amount if plea is Plea.COMPENSATE else None)
    typed = st.text_input(
        _("Amount in {currency}", currency=desk.currency),
        figure_text(held) if held is not None else "",
        key=state.widget(form, f"amount-{plea.value}"),
    )
    spots.under("amount")
    if plea is Plea.PARTIAL:
        st.caption(plain(_("You may promise {amount} here.", amount=f"{figure_text(desk.left)} {desk.left.currency}")))
    return str(typed or "")


def _languages(view: AnswerView, form: str) -> tuple[str, str]:
    desk = view.desk
    names = {code: one.name for code, one in answers.wordings().items()}
    language = segments(
        _("Language of the answer"),
        list(desk.languages),
        key=state.widget(form, "language"),
        default=desk.choice.language,
        words=lambda code: names[code],
    )
    readings = [code for code in dict.fromkeys(("zh-CN", "en", current())) if code != language]
    kept = desk.choice.reading_language if desk.choice.reading_language in readings else readings[0]
    reading = segments(
        _("Beside it, to read"),
        readings,
        key=state.widget(form, f"reading-{language}"),
        default=kept,
        words=lambda code: names[code],
    )
    return language, reading


def _reason(view: AnswerView, form: str) -> int | None:
    """The platform's own reasons of dispute, where it gave a list for this case; else the usual list, said to be one."""
    reasons = view.desk.reasons
    if not reasons:
        st.caption(_("The platform gave no list of proof for this return: the usual one for its reason is shown."))
        return None
    options: list[int | str] = [*reasons, USUAL]
    kept: int | str = view.desk.choice.reason if view.desk.choice.reason is not None else USUAL
    chosen = st.selectbox(
        _("Dispute under the platform's reason"),
        options,
        index=options.index(kept) if kept in options else 0,
        format_func=lambda one: (
            _("the usual list of proof")
            if isinstance(one, str)
            else cut(f"{one} · {reasons[one]}" if reasons[one] else one, 90)
        ),
        key=state.widget(form, "reason"),
    )
    return chosen if isinstance(chosen, int) else None


def _rules(view: AnswerView, form: str, languages: tuple[str, str], spots: Spots) -> tuple[str, ...]:
    """The rules that fit the case, and those chosen before; what there is to know about each."""
    known = {one.code: one for one in (*view.desk.rules, *view.desk.resting)}
    chosen = st.multiselect(
        _("Rules it rests on"),
        list(known),
        [code for code in view.desk.choice.rules if code in known],
        format_func=lambda code: cut(known[code].reading, 110),
        key=state.widget(form, "rules"),
    )
    spots.under("rules")
    for code in chosen:
        st.caption(_about(known[code], view.desk.today, languages))
    if actor().may(Permission.PLATFORM_RULE_EDIT):
        st.page_link(
            "settings.py",
            label=_("All rules of the platform"),
            icon=":material/menu_book:",
            query_params={"part": "platform"},
        )
    return tuple(chosen)


def _about(rule: PlatformRule, today: date, languages: tuple[str, str]) -> str:
    """A rule with its source, for the team: never part of the answer."""
    mark = badges.badge(
        _(CONFIDENCE[rule.confidence]), "orange" if rule.confidence is Confidence.LOW else "gray", "verified"
    )
    if rule.retired or not rule.begun(today):
        mark += " " + badges.badge(_("not in use"), "red", "block")
    if rule.due(today):
        mark += " " + badges.badge(_("due to be checked"), "orange", "history")
    for code in dict.fromkeys(languages):
        if code not in rule.words:
            missing = _("missing in {language}, English is used", language=answers.wordings()[code].name)
            mark += " " + badges.badge(missing, "orange", "translate")
    said = [_(answers.TOPIC_LABELS[rule.topic]), _("checked {day}", day=day(rule.checked_on, year=True))]
    if rule.valid_from is not None:
        said.append(_("valid since {day}", day=day(rule.valid_from, year=True)))
    # Not gray: a caption is pale already, and paler is not to be read.
    return f"{plain(rule.reading)} {mark} {dotted(plain(apart(said)), line(rule.source, 80))}"


def _places(view: AnswerView, form: str, reason: int | None) -> tuple[Place, ...]:
    """The evidence for each place of the list, as it is under the chosen reason."""
    desk = view.desk
    modules, kept = desk.lists[reason], desk.fillings[reason]
    if reason == desk.choice.reason:
        kept = {one.module: one.evidence for one in desk.choice.places}
    items = {one.id: one for one in desk.items}
    places = []
    for module in modules:
        label = plain(cut(" ".join(module.requirement.split()), 400)) + (
            "" if module.required else f" {gray(plain(_('optional')))}"
        )
        chosen = st.multiselect(
            label,
            list(items),
            [one for one in kept.get(module.code, ()) if one in items],
            format_func=lambda one: cut(f"{kind_name(items[one].kind)} · {items[one].name}", 60),
            key=state.widget(form, f"place-{reason}-{module.code}"),
            placeholder=_("no evidence chosen"),
        )
        if len(chosen) > answers.MOST_PICTURES:
            st.caption(_("More than {n}: they are joined on numbered sheets.", n=answers.MOST_PICTURES))
        places.append(Place(module.code, tuple(chosen)))
    return tuple(places)
