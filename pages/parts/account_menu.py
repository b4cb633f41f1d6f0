"""The account in the side bar: whose it is, the other language, the account page, the way out."""

from __future__ import annotations

import streamlit as st

from core.foundation import clock, database, language
from core.foundation.language import LANGUAGES, _
from core.foundation.permissions import ROLE_NAMES, Actor
from core.team import account, sign_in
from core.team.sessions import SignedIn
from core.web import cookies
from pages.parts import who
from pages.parts.formats import line

_KEY = "account-menu"
_OUT = "out"
_ACCOUNT = "account"
_PLACES = 20


def draw(signed_in: SignedIn, actor: Actor) -> None:
    """Draw the menu. What was chosen happens in the callback, before the next run draws anything."""
    role = _(ROLE_NAMES[signed_in.role])
    others = [tag for tag in LANGUAGES if tag != language.current()]
    words = {tag: LANGUAGES[tag] for tag in others} | {_ACCOUNT: _("Account and password"), _OUT: _("Sign out")}
    icons = dict.fromkeys(others, "translate") | {_ACCOUNT: "manage_accounts", _OUT: "logout"}
    chosen = st.menu_button(
        _label(actor.name, role),
        [*others, _ACCOUNT, _OUT],
        key=_KEY,
        icon=":material/account_circle:",
        type="tertiary",
        format_func=lambda choice: f":material/{icons[choice]}: {words[choice]}",
        on_click=_chosen,
    )
    if chosen == _ACCOUNT:
        st.switch_page("account.py")


def _label(name: str, role: str) -> str:
    """Name and role where both fit on the side bar's one line, else the name alone. A Chinese character takes two places."""
    both = f"{name} · {role}"
    places = sum(2 if ord(letter) > 0x2E7F else 1 for letter in both)
    return line(both if places <= _PLACES else name, 28)


def _chosen() -> None:
    choose(st.session_state[_KEY])


def choose(choice: str) -> None:
    """Do what a line of the menu stands for; the account page alone is gone to after the run has begun."""
    if choice == _OUT:
        sign_out()
    elif choice in LANGUAGES:
        me = who.actor()
        with database.transaction() as session:
            account.set_language(session, actor=me, language=choice, now=clock.now())


def sign_out() -> None:
    """End this session at once, in every tab; the run that follows finds nobody and says so."""
    token = who.sent().get(cookies.SESSION)
    if token:
        with database.transaction() as session:
            sign_in.leave(session, token, now=clock.now())
