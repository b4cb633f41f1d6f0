"""Settings: the texts for buyers by language, the team's own in place of Recoup's, their versions, tried before they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from core.cases import messages
from core.cases.messages import Text, Version
from core.foundation import clock, database
from core.foundation.errors import Refusal
from core.foundation.formats import moment
from core.foundation.language import _, current
from core.foundation.permissions import Actor, Permission
from core.models.message import Situation
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.formats import cut, dotted, gray, plain
from pages.parts.lines import heading
from pages.parts.who import actor, on_phone

EDIT, PAST = "message-edit", "message-past"
TALL = 340
"""Pixels of a text and of what comes of it, side by side."""


def draw(me: Actor) -> None:
    """The texts of one language, their buttons, and the dialog that is open."""
    heading(_("Texts for buyers"))
    st.caption(
        _(
            "What a message to a buyer begins with. Recoup comes with a text for every situation and language; the team's own "
            "takes its place, version by version."
        )
    )
    known = messages.languages()
    codes = list(known)
    first = current() if current() in codes else codes[0]
    language: str = st.selectbox(
        _("Language"),
        codes,
        index=codes.index(first),
        format_func=lambda code: known[code].name,
        key="messages-language",
        width=320,
    )
    with database.reading() as session:
        found = messages.texts_of(session, language, actor=me)
    with st.container(border=True, gap="small"):
        for one in found:
            _line(one, me)
    _dialog({one.situation.value: one for one in found}, language)


def _line(one: Text, me: Actor) -> None:
    name = one.situation.value
    words = f"**{plain(_(messages.SITUATION_LABELS[one.situation]))}** {_mark(one)}"
    second = gray(plain(cut(_begin(one), 56 if on_phone() else 140)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=on_phone()):
        st.markdown(f"{words}  \n{second}", width="stretch")
        st.button(
            _("Versions"),
            icon=":material/history:",
            type="tertiary",
            key=f"message-past-{name}",
            on_click=state.open_dialog,
            args=(PAST, name),
        )
        st.button(
            _("Change") if me.may(Permission.MESSAGE_TEMPLATE) else _("Look"),
            key=f"message-edit-{name}",
            on_click=state.open_dialog,
            args=(EDIT, name),
        )


def _begin(one: Text) -> str:
    """The first words after the greeting's line: what tells the texts apart."""
    return one.text.split("\n\n", 1)[-1]


def _mark(one: Text) -> str:
    """Whose text it is."""
    if one.fell_back:
        other = messages.languages()[one.language].name
        return badge(_("missing, {language} is used", language=other), "orange", "translate")
    if one.id is None:
        return badge(_("Recoup's"), "gray", "inventory_2")
    return badge(_("the team's own, version {n}", n=one.version), "blue", "edit")


def _dialog(found: Mapping[str, Text], language: str) -> None:
    opened = state.opened()
    if opened is None or opened.subject not in found:
        return
    one = found[opened.subject]
    title = f"{plain(_(messages.SITUATION_LABELS[one.situation]))}, {plain(messages.languages()[language].name)}"
    if opened.name == EDIT:
        dialogs.show(title, lambda: _edit(one), width="large")
    elif opened.name == PAST:
        dialogs.show(title, lambda: _past(one), width="medium")


# --- writing one --------------------------------------------------------------------------------------------------------


def _edit(one: Text) -> None:
    """The text with the names it may use, and what a buyer would get of it."""
    me, form = actor(), f"{EDIT}-{one.asked}-{one.situation}"
    may = me.may(Permission.MESSAGE_TEMPLATE)
    seen = state.seen(form, {"text": one.text})
    left, right = (st.container(), st.container()) if on_phone() else st.columns(2, gap="medium")
    with left:
        typed = st.text_area(
            _("Text"),
            seen["text"],
            key=state.widget(form, "text"),
            height=TALL,
            max_chars=messages.LONGEST_TEXT,
            disabled=not may,
        )
    with right:
        good = _trial(typed or "", one, form)
    _names(one.situation)
    if may:
        _save(one, form, typed or "", me, good=good)


def _trial(text: str, one: Text, form: str) -> bool:
    """What comes of the text with an invented case; whether it can be kept."""
    full = st.toggle(_("With everything known"), True, key=state.widget(form, "full"))
    today: date = clock.local_day(clock.now(), actor().zone)
    try:
        found = messages.try_text(text, one.situation, one.asked, today=today)
    except Refusal as refusal:
        st.error(plain(refusal.message), icon=":material/error:")
        return False
    with st.container(border=True, height=TALL - 46):
        st.text(found.full if full else found.bare)
    marks = [
        badge(_(messages.CHECKS[flaw]), "orange", "error")
        if flaw in found.flaws
        else badge(_(messages.CHECKS[flaw]), "green", "check_circle")
        for flaw in messages.asked(one.situation)
    ]
    st.markdown(" ".join(marks))
    return True


def _names(situation: Situation) -> None:
    """What stands in braces and what brackets do."""
    needed = messages.needed(messages.rules()[situation])
    names = [
        f"**{plain('{' + name + '}')}** {plain(_(messages.FIELD_LABELS[name]))}{' ' + plain(_('(needed)')) if name in needed else ''}"
        for name in messages.FIELDS
    ]
    st.markdown(gray(" · ".join(names)))
    st.caption(plain(_("What stands in [square brackets] is left out where a name in it is not known.")))


def _save(one: Text, form: str, text: str, me: Actor, *, good: bool) -> None:
    if st.button(
        _("Keep as the team's own"), type="primary", width="stretch", disabled=not good, key=state.widget(form, "save")
    ) and act(
        lambda session: (
            messages.add_text(
                session, actor=me, situation=one.situation, language=one.asked, text=text, now=clock.now()
            ).version
        ),
        key=state.key(form),
        notice=lambda version: _("Version {n} is used from now on.", n=version),
    ):
        dialogs.done()
    if not good:
        st.caption(_("Keeping it is off until the text can be filled."))


# --- versions -----------------------------------------------------------------------------------------------------------


def _past(one: Text) -> None:
    """The team's own versions, newest first, each to be used again; and Recoup's own text."""
    me = actor()
    may = me.may(Permission.MESSAGE_TEMPLATE)
    with database.reading() as session:
        found = messages.versions_of(session, one.situation, one.asked, actor=me)
    if not found:
        st.info(_("The team has no text of its own here. Recoup's is used."), icon=":material/info:")
    for version in found:
        _version(version, one, me, may=may)


def _version(version: Version, one: Text, me: Actor, *, may: bool) -> None:
    form = f"{PAST}-{version.id}"
    mark = (
        badge(_("in use"), "green", "check_circle")
        if version.retired_at is None
        else badge(_("retired"), "gray", "archive")
    )
    told = dotted(
        moment(version.added_at, me.zone, year=True),
        version.added_by or "Recoup",
        _("until {when}", when=moment(version.retired_at, me.zone, year=True)) if version.retired_at else None,
    )
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{plain(_('Version {n}', n=version.version))}** {mark}  \n{gray(plain(told))}")
        st.text(version.text)
        if not may:
            return
        if version.retired_at is None:
            pressed = st.button(
                _("Take back: Recoup's text is used again"), icon=":material/undo:", key=state.widget(form, "off")
            )
        else:
            pressed = st.button(_("Use this one again"), icon=":material/history:", key=state.widget(form, "again"))
    if pressed and act(lambda session: _write(session, version, one, me), key=state.key(form), notice=_("Saved.")):
        dialogs.done()


def _write(session: Any, version: Version, one: Text, me: Actor) -> int:
    now = clock.now()
    if version.retired_at is None:
        return messages.retire_text(session, version.id, actor=me, now=now).version
    made = messages.add_text(session, actor=me, situation=one.situation, language=one.asked, text=version.text, now=now)
    return made.version
