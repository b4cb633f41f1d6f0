"""Settings: people. Who is on the team, what they may do, how they get in."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.formats import moment
from core.foundation.language import _
from core.foundation.permissions import ROLE_NAMES, Actor, Permission, Role
from core.team import people
from core.team.roster import PersonRow
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.choices import segments
from pages.parts.conflict import Clash
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading, line
from pages.parts.who import actor

ADD, EDIT = "person-add", "person-edit"
ROLES = (Role.AGENT, Role.LEAD, Role.MANAGER, Role.ADMIN, Role.VIEWER)


def draw(me: Actor) -> None:
    """The list, and the dialog that is open."""
    may_edit = me.may(Permission.PERSON_EDIT)
    with database.reading() as session:
        found = people.list_people(session, actor=me)
    heading(
        _("People"),
        button=_("Add a person") if may_edit else "",
        icon="person_add",
        key="person-add-open",
        dialog=ADD,
    )
    with st.container(border=True, gap="xsmall"):
        for one in found:
            line(
                _words(one, me),
                button=_("Edit") if may_edit else "",
                key=f"person-{one.id}",
                args=(EDIT, one.id),
            )
    opened = state.opened()
    if opened and opened.name == ADD:
        dialogs.show(_("Add a person"), _add)
    elif opened and opened.name == EDIT:
        dialogs.show(_("Edit a person"), lambda: _edit(opened.subject))


def _words(one: PersonRow, me: Actor) -> str:
    marks = badge(_(ROLE_NAMES[one.role]), "blue" if one.active else "gray")
    if not one.active:
        marks += " " + badge(_("Closed account"), "gray", "lock")
    seen = (
        _("last seen {moment}", moment=moment(one.last_seen_at, me.zone)) if one.last_seen_at else _("never signed in")
    )
    waiting = _("has to choose a password") if one.must_change_password and one.active else None
    second = dotted(plain(one.username), plain(one.email) if one.email else None, plain(seen), waiting)
    return f"**{plain(one.name)}** {marks}  \n{gray(second)}"


def _roles(form: str, value: Role) -> Role:
    return segments(
        _("Role"), ROLES, key=state.widget(form, "role"), default=value, words=lambda role: _(ROLE_NAMES[role])
    )


def _told(name: str, person: str) -> None:
    st.success(
        _(
            "Temporary password of {person}. It is shown this once and must be changed at the first sign-in.",
            person=plain(person),
        )
    )
    st.code(state.memory().told[name], language=None)
    if st.button(_("Done"), type="primary", width="stretch", key=f"{name}-done"):
        dialogs.done()


def _add() -> None:
    me, kept = actor(), state.memory()
    if ADD in kept.told:
        _told(ADD, kept.told[f"{ADD}-name"])
        return
    name = st.text_input(_("Name"), key=state.widget(ADD, "name"), max_chars=80)
    username = st.text_input(_("Username"), key=state.widget(ADD, "username"), max_chars=64)
    email = st.text_input(_("E-mail (optional)"), key=state.widget(ADD, "email"), max_chars=200)
    role = _roles(ADD, Role.AGENT)
    if not st.button(_("Add"), type="primary", width="stretch", key=state.widget(ADD, "save")):
        return
    passwords: list[str] = []

    def write(session: Any) -> int:
        made = people.create_person(
            session, actor=me, username=username, name=name, role=role, email=email or None, now=clock.now()
        )
        passwords.append(made.temporary_password)
        return made.person.id

    if act(write, key=state.key(ADD)):
        if not passwords:
            dialogs.done()
        kept.told.update({ADD: passwords[-1], f"{ADD}-name": name})
        st.rerun()


def _edit(person_id: int) -> None:
    me, kept = actor(), state.memory()
    form = f"{EDIT}-{person_id}"
    if form in kept.told:
        _told(form, kept.told[f"{form}-name"])
        return
    with database.reading() as session:
        one = people.get_person(session, person_id, actor=me)
    seen = state.seen(form, {"username": one.username, "name": one.name, "email": one.email, "role": one.role})
    typed = {
        "name": st.text_input(_("Name"), seen["name"], key=state.widget(form, "name"), max_chars=80),
        "username": st.text_input(_("Username"), seen["username"], key=state.widget(form, "username"), max_chars=64),
        "email": st.text_input(_("E-mail (optional)"), seen["email"] or "", key=state.widget(form, "email")) or None,
    }
    role = _roles(form, seen["role"])
    clash = Clash(form, {"name": _("Name"), "username": _("Username"), "email": _("E-mail")})
    if st.button(_("Save"), type="primary", width="stretch", key=state.widget(form, "save")):
        known, wanted = clash.settle(seen, typed)

        def write(session: Any) -> int:
            people.edit_person(session, person_id, actor=me, seen=known, typed=wanted, now=clock.now())
            if role is not seen["role"]:
                people.set_role(session, person_id, actor=me, role=role, now=clock.now())
            return person_id

        if act(write, key=state.key(form), notice=_("Saved."), clash=clash):
            dialogs.done()
    _doors(me, one, form)


def _doors(me: Actor, one: PersonRow, form: str) -> None:
    """How somebody gets in, or no longer does."""
    reset, close = f"{form}-reset", f"{form}-close"
    if st.button(_("Reset password"), icon=":material/key:", width="stretch", key=state.widget(reset, "save")):
        passwords: list[str] = []

        def write(session: Any) -> int:
            passwords.append(people.reset_password(session, one.id, actor=me, now=clock.now()))
            return one.id

        if act(write, key=state.key(reset)) and passwords:
            state.memory().told.update({form: passwords[-1], f"{form}-name": one.name})
            st.rerun()
    words = _("Close the account") if one.active else _("Open the account again")
    change = people.deactivate if one.active else people.activate
    if st.button(words, icon=":material/lock:", width="stretch", key=state.widget(close, "save")) and act(
        lambda session: change(session, one.id, actor=me, now=clock.now()).id, key=state.key(close), notice=_("Saved.")
    ):
        dialogs.done()
    if one.active:
        st.caption(_("Closing signs the person out everywhere at once. What they did keeps their name."))
