"""One's own account: language, time zone, password, and where one is signed in."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.config import settings
from core.foundation.formats import moment
from core.foundation.language import LANGUAGES, _, _n
from core.foundation.permissions import ROLE_NAMES
from core.team import account
from core.team.account import SessionRow
from pages.parts import state, who
from pages.parts.act import act, notices
from pages.parts.formats import plain
from pages.parts.same_tab import link

_FORM = "account"
_END = "account-session"

me = who.signed_in()
actor = who.actor_of(me)
with database.reading() as session:
    own = account.my_account(session, actor=actor)
    running = account.my_sessions(session, actor=actor, now=clock.now())


def _device(row: SessionRow) -> str:
    """The browser and the system out of a User-Agent, in the words people know them by."""
    agent = row.user_agent
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    found = [next((name for mark, name in known if mark in agent), "") for known in (browsers, systems)]
    return " · ".join(name for name in found if name) or _("Unknown browser")


def _save(language: str | None, zone: str | None) -> None:
    def write(session: Any) -> None:
        account.set_language(session, actor=actor, language=language, now=now)
        account.set_zone(session, actor=actor, zone=zone, now=now)

    now = clock.now()
    if act(write, key=state.key(_FORM), notice=_("Saved")) is not None:
        st.rerun()


def _end(mark: str) -> None:
    now = clock.now()
    ended = act(
        lambda session: account.revoke_session(session, mark, actor=actor, now=now),
        key=f"{state.key(_END)}-{mark}",
        notice=_("That session is over"),
    )
    if ended is not None:
        st.rerun()


def _end_others() -> None:
    now = clock.now()
    ended = act(
        lambda session: account.revoke_other_sessions(session, me.mark, actor=actor, now=now),
        key=state.key(_END),
        notice=lambda n: _n("{n} session is over", "{n} sessions are over", n),
    )
    if ended is not None:
        st.rerun()


st.title(_("Account"))
st.markdown(f"**{plain(own.name)}** · {plain(own.username)} · {_(ROLE_NAMES[own.role])}")

left, right = st.columns([1, 1], gap="medium")
with left:
    st.header(_("Language and time"))
    with st.form("account-reader", border=True):
        languages = [None, *LANGUAGES]
        language = st.selectbox(
            _("Language"),
            languages,
            index=languages.index(own.language),
            format_func=lambda tag: LANGUAGES[tag] if tag else _("As the browser"),
        )
        zones = [None, *clock.zones()]
        zone = st.selectbox(
            _("Time zone"),
            zones,
            index=zones.index(own.zone) if own.zone in zones else 0,
            format_func=lambda name: name or _("As the browser ({zone})", zone=st.context.timezone or "UTC"),
        )
        if st.form_submit_button(_("Save"), type="primary"):
            _save(language, zone)
    st.header(_("Password"))
    if own.has_password:
        st.caption(_("After a change you stay signed in here and are signed out everywhere else."))
        link("/password?next=%2Faccount", _("Change the password"))
    else:
        st.caption(_("You sign in with {provider} and have no password here.", provider=plain(settings().oidc_name)))

with right:
    st.header(_("Where you are signed in"))
    if len(running) > 2 and st.button(_("Sign out everywhere else"), icon=":material/logout:", key="end-others"):
        _end_others()
    for row in running:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            here = row.mark == me.mark
            seen = moment(row.last_seen_at, actor.zone)
            st.markdown(
                f"{plain(_device(row))}  \n:small[:gray[{plain(row.address)} · "
                f"{_('last used {moment}', moment=plain(seen))}]]",
                width="stretch",
            )
            if here:
                st.badge(_("This browser"), color="green", icon=":material/check_circle:")
            elif st.button(_("Sign out"), key=f"end-{row.mark}"):
                _end(row.mark)

notices()
