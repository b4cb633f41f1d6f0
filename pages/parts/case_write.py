"""Writing to the buyer: what about and in which language, the reading beside it, its tone checked, copied, kept as sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from core.cases import messages
from core.cases.messages import Agreed, Desk, Draft, Flaw, Time
from core.foundation import clock, database
from core.foundation.errors import Invalid
from core.foundation.formats import day as told
from core.foundation.formats import figure
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models.message import Situation
from pages.parts import badges, dialogs, state
from pages.parts.act import act, attempt
from pages.parts.case_view import View
from pages.parts.formats import cut, gray, plain
from pages.parts.who import actor, on_phone

TALL = 330
"""Pixels of the text and of its reading, side by side."""


def write(view: View, subject: Any) -> None:
    """The dialog. `subject` is the situation it begins with (its code), or None for the one that usually comes next."""
    me = actor()
    form = view.form("write", subject or "")
    with database.reading() as session:
        desk = messages.desk_of(session, view.id, actor=me, now=clock.now())
    situation, language = _about(form, desk, subject)
    day, amount = _values(form, desk, situation, _typed_times(form, desk, situation, language))
    with database.reading() as session:
        draft = messages.draft(
            session, view.id, actor=me, situation=situation, language=language, day=day, amount=amount
        )
    _hints(desk, draft)
    text = _text(form, draft)
    spoken = _spoken(draft, text, desk)
    flaws = messages.flaws(text, situation, messages.languages()[spoken])
    _checklist(situation, flaws)
    for lost in (one for one in draft.names if one not in text):
        st.warning(plain(_("The text no longer names {what}.", what=lost)), icon=":material/event:")
    agreed, waits = _agreed(form, messages.besides(_times(desk, text, spoken), situation, day), desk)
    _send(view, form, me, draft, spoken, text, day, amount, agreed, Flaw.GAP in flaws, waits)


def _about(form: str, desk: Desk, subject: Any) -> tuple[Situation, str]:
    """What it is about, and in which language: those of the market first."""
    first = next((one for one in Situation if one.value == subject), desk.situation)
    usual = list(dict.fromkeys((desk.language, *desk.usual)))
    known = messages.languages()
    left, right = st.columns([3, 2])
    situations: list[Any] = list(Situation)
    about: Situation = left.selectbox(
        _("What it is about"),
        situations,
        index=situations.index(first),
        format_func=lambda one: _(messages.SITUATION_LABELS[one]),
        key=state.widget(form, "about"),
    )
    language: str = right.selectbox(
        _("Language"),
        [*usual, *(code for code in known if code not in usual)],
        format_func=lambda code: known[code].name,
        key=state.widget(form, "language"),
    )
    return about, language


def _times(desk: Desk, text: str, language: str) -> tuple[Time, ...]:
    """The times a text names, in free words or not."""
    with database.reading() as session:
        return messages.times_named(
            session, text, language, actor=actor(), market=desk.market, zone=desk.zone, now=clock.now()
        )


def _typed_times(form: str, desk: Desk, situation: Situation, language: str) -> tuple[Time, ...]:
    """The times of the kind its day is, in the text as somebody changed it; none while it stands as drafted."""
    name = state.widget(form, f"text-{situation}-{language}")
    typed = st.session_state.get(name)
    if not typed or typed == _drafted(form).get(name):
        return ()
    return tuple(one for one in _times(desk, typed, language) if one.whose is messages.wanted(situation))


def _values(form: str, desk: Desk, situation: Situation, typed: tuple[Time, ...]) -> tuple[date | None, Money | None]:
    """The day and the amount the message names, where it names them; the day follows what was typed in the text."""
    offered, needs_amount = messages.day_offered(situation, desk.today), messages.rules()[situation].amount
    if offered is None:
        return None, None
    left, right = st.columns([3, 2])
    name = state.widget(form, f"day-{situation}")
    taken = _taken(form, name, offered, typed)
    day: date | None = left.date_input(
        _("By which day ({zone})", zone=desk.zone),
        min_value=desk.today,
        format="YYYY-MM-DD",
        key=name,
        persist_state="session",
    )
    if taken is not None and taken.day == day:
        left.caption(plain(_("From the text: “{words}”", words=taken.words)))
    if not needs_amount:
        return day, None
    figures = right.text_input(
        _("Amount, {currency}", currency=desk.currency),
        figure(desk.amounts[situation]) if situation in desk.amounts else "",
        key=state.widget(form, f"amount-{situation}"),
        persist_state="session",
    )
    if not (figures or "").strip():
        return day, None
    amount = attempt(lambda: _amount(figures or "", desk.currency))
    return day, amount


def _taken(form: str, name: str, offered: date, typed: tuple[Time, ...]) -> Time | None:
    """The time of the text the day was filled from. Only a day that nobody chose is filled."""
    chosen: dict[str, Any] = _seen(form)["days"]
    held = st.session_state.setdefault(name, offered)
    if typed and held == chosen.get(name, offered) and held not in {one.day for one in typed}:
        st.session_state[name] = held = chosen[name] = typed[0].day
    return next((one for one in typed if one.day == held), None)


def _seen(form: str) -> dict[str, Any]:
    """What was filled in, beside what stands in the fields now."""
    return state.seen(form, {"drafted": {}, "days": {}})


def _drafted(form: str) -> dict[str, str]:
    found: dict[str, str] = _seen(form)["drafted"]
    return found


def _amount(typed: str, currency: str) -> Money:
    found = Money.parse(typed, currency, field="amount")
    if found.amount <= Decimal(0):
        raise Invalid(_("Write an amount above zero."), "amount")
    return found


def _hints(desk: Desk, draft: Draft) -> None:
    """Why this language, what the buyer said, and a language that has no text of its own."""
    known = messages.languages()
    name = known[desk.language].name
    why = (
        _("The buyer wrote in {language}.", language=name)
        if desk.recognised
        else _("{language} is usual in this market.", language=name)
    )
    said = f" {_('“{words}”', words=cut(desk.buyer_said, 240))}" if desk.buyer_said else ""
    st.markdown(gray(plain(why + said)))
    if draft.source.fell_back:
        st.warning(
            plain(
                _(
                    "There is no text of this in {language}. This is the one in {other}: translate it, or send it as it is.",
                    language=known[draft.source.asked].name,
                    other=known[draft.source.language].name,
                )
            ),
            icon=":material/translate:",
        )


def _text(form: str, draft: Draft) -> str:
    """The text to the buyer, to be changed; beside it the same in the agent's language.

    While nobody changed it, it follows what is chosen above; once changed it stays, and can be filled anew.
    """
    name = state.widget(form, f"text-{draft.source.situation}-{draft.source.asked}")
    drafted = _drafted(form)
    held = st.session_state.get(name)
    if held is None or held == drafted.get(name):
        st.session_state[name] = drafted[name] = draft.text
    left, right = (st.container(), st.container()) if on_phone() else st.columns(2, gap="medium")
    known = messages.languages()
    with left:
        typed = st.text_area(
            _("To the buyer, in {language}", language=known[draft.source.asked].name),
            key=name,
            height=TALL if not on_phone() else 260,
            max_chars=messages.LONGEST_TEXT,
            persist_state="session",
        )
    changed = typed != draft.text
    with right:
        if draft.reading is not None:
            st.caption(_read(draft, changed))
            with st.container(border=True, height=TALL - 38 if not on_phone() else 200):
                st.text(draft.reading)
    if changed:
        st.button(
            _("Fill it in anew"),
            icon=":material/restart_alt:",
            type="tertiary",
            key=state.widget(form, "anew"),
            on_click=_anew,
            args=(drafted, name, draft.text),
        )
    return typed or ""


def _read(draft: Draft, changed: bool) -> str:
    """What stands beside the text to the buyer."""
    if not draft.same:
        return _("For you to read: another text about this; the team's own has no translation")
    return _("For you to read: the text before it was changed") if changed else _("The same for you to read")


def _anew(drafted: dict[str, str], name: str, text: str) -> None:
    st.session_state[name] = drafted[name] = text


def _spoken(draft: Draft, text: str, desk: Desk) -> str:
    """The language the message is in: where the text fell back, whichever of the two it is in now."""
    if not draft.source.fell_back:
        return draft.source.language
    return draft.source.asked if messages.recognised(text, desk.market) == draft.source.asked else draft.source.language


def _checklist(situation: Situation, flaws: tuple[Flaw, ...]) -> None:
    """The tone, point by point."""
    marks = [
        badges.badge(_(messages.CHECKS[one]), "orange", "error")
        if one in flaws
        else badges.badge(_(messages.CHECKS[one]), "green", "check_circle")
        for one in messages.asked(situation)
    ]
    st.markdown(" ".join(marks))
    missed = [one for one in flaws if one is not Flaw.GAP]
    if missed:
        told = "; ".join(_(messages.FLAW_LABELS[one]) for one in missed)
        st.caption(plain(_("It can be sent all the same, but {what}.", what=told)))


def _agreed(form: str, times: tuple[Time, ...], desk: Desk) -> tuple[list[Agreed], bool]:
    """What is agreed of each time the text promises besides its day, and whether a reason is still to be written."""
    found, waits = [], False
    for one in times:
        said = _("The text promises “{words}”: {day}", words=one.words, day=told(one.day))
        name = state.widget(form, f"time-{one.words}-{one.day}")
        with st.container(border=True, gap="xsmall"):
            left, right = st.columns([3, 2], vertical_alignment="bottom")
            runs = right.checkbox(_("Remind of it"), True, key=f"{name}-on", persist_state="session")
            day: date | None = left.date_input(
                plain(said),
                one.day,
                min_value=desk.today,
                format="YYYY-MM-DD",
                disabled=not runs,
                key=f"{name}-day",
                persist_state="session",
            )
            agreed, reason = day if runs else None, ""
            if agreed != one.day:
                reason = st.text_input(
                    _("Why not by that day") if agreed else _("Why it needs no clock"),
                    key=f"{name}-why",
                    max_chars=messages.LONGEST_REASON,
                    persist_state="session",
                )
                waits = waits or not (reason or "").strip()
        found.append(Agreed(one.words, agreed, reason or ""))
    return found, waits


def _send(
    view: View,
    form: str,
    me: Actor,
    draft: Draft,
    spoken: str,
    text: str,
    day: date | None,
    amount: Money | None,
    agreed: list[Agreed],
    gap: bool,
    waits: bool,
) -> None:
    """Copy it into the platform's chat, then say that it was sent."""
    off, refusal = gap or waits or not text.strip(), None
    if not off:
        about = draft.source.situation
        with database.reading() as session:
            refusal = messages.not_approved(session, view.id, actor=me, situation=about, text=text, amount=amount)
        off = refusal is not None
    with st.container(horizontal=not on_phone(), vertical_alignment="center", gap="small"):
        with st.popover(
            _("Copy"), icon=":material/content_copy:", disabled=off, width="stretch" if on_phone() else "content"
        ):
            st.caption(
                _(
                    "The sign at its corner copies it; it shows when you point at the text or tap it. Paste it into the platform's chat."
                )
            )
            st.code(text, language=None, wrap_lines=True)
        sent = st.button(
            _("Mark as sent"),
            type="primary",
            icon=":material/lock:" if off else ":material/done_all:",
            disabled=off,
            width="stretch" if on_phone() else "content",
            key=state.widget(form, "send"),
        )
    if refusal is not None:
        _refused(refusal, form, me)
    elif off:
        st.caption(_off(text, gap))
    if sent and act(
        lambda session: (
            messages.mark_sent(
                session,
                view.id,
                actor=me,
                situation=draft.source.situation,
                language=spoken,
                text=text,
                day=day,
                amount=amount,
                template_id=draft.source.id,
                agreed=agreed,
                now=clock.now(),
            ).id
        ),
        key=state.key(form),
        notice=_("Kept as sent. The day it names runs as a clock.")
        if day or any(one.day for one in agreed)
        else _("Kept as sent."),
    ):
        dialogs.done()


def _off(text: str, gap: bool) -> str:
    """What is still to be done before it can be sent."""
    if not text.strip():
        return _("Write the message.")
    if gap:
        return _("Sending is off: fill the gaps (____) first.")
    return _("Sending is off: say in a few words why the time the text promises is not its clock.")


def _refused(refusal: str, form: str, me: Actor) -> None:
    """Why it may not be sent yet, and the way to the offer that is missing."""
    st.caption(f":material/lock: {plain(refusal)}")
    if me.may(Permission.REMEDY_PROPOSE) and st.button(
        _("Offer"), icon=":material/redeem:", key=state.widget(form, "offer")
    ):
        state.open_dialog("remedy-offer")
        st.rerun()
