"""Who is looking: the actor of this run, from the session cookie, asked of the session table anew every time.

The gate in front of the server has asked already, but a websocket outlives the request that opened it: a session that
was revoked a second ago is refused here, on the next click, in fragments too. Ask once in a run and pass the actor
on: each call is a query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.foundation import clock, database, language
from core.foundation.config import settings
from core.foundation.language import LANGUAGES, _, best
from core.foundation.permissions import Actor
from core.team import sessions
from core.team.sessions import SignedIn
from core.web import cookies
from pages.parts.same_tab import link

_LANGUAGE = "_reader_language"
_asked: ContextVar[SignedIn | None] = ContextVar("asked", default=None)


def sent() -> Mapping[str, str]:
    """The cookies this tab came with. Tests, which have no browser, put a function of their own in this one's place."""
    return st.context.cookies


def actor() -> Actor:
    """The actor of this run, by whom every verb and read is asked. Without one the run ends here with a way to sign
    in.
    """
    return actor_of(signed_in())


def actor_of(who: SignedIn) -> Actor:
    """The actor for a session, in the language this run speaks and the zone the person or the browser keeps."""
    return who.actor(language=language.current(), zone=st.context.timezone or settings().zone)


@contextmanager
def asked(who: SignedIn) -> Iterator[None]:
    """While the frame runs a page, what the table said a moment ago stands; a fragment's run is outside and asks anew."""
    before = _asked.set(who)
    try:
        yield
    finally:
        _asked.reset(before)


def signed_in() -> SignedIn:
    """The session behind this run. Speaks the reader's language from here on; stops the run for nobody."""
    if known := _asked.get():
        return known
    token = sent().get(cookies.SESSION)
    who = _ask(token) if token else None
    _speak(who)
    if who is None:
        _stop(_("Signed out"), "/sign-in", _("Sign in again"))
    if who.must_change_password:
        _stop(_("Your first password has to be changed before anything else."), "/password", _("Choose your password"))
    return who


def on_phone() -> bool:
    """Whether the browser says it runs on a phone."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def _ask(token: str) -> SignedIn | None:
    now = clock.now()
    with database.reading() as session:
        who = sessions.whoami(session, token, now=now)
    if who is not None and sessions.due_for_touch(who, now):
        with database.transaction() as session:
            sessions.touch(session, who, now=now)
    return who


def _speak(who: SignedIn | None) -> None:
    chosen = (who.language if who else None) or sent().get(cookies.LANGUAGE)
    spoken = chosen if chosen in LANGUAGES else best(st.context.locale)
    st.session_state[_LANGUAGE] = spoken
    language.speak(spoken)


def _spoken() -> str | None:
    """The language of the run this thread belongs to: for callbacks and fragments, which start before anybody asked."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    found = st.session_state.get(_LANGUAGE)
    return found if isinstance(found, str) else None


def _stop(said: str, door: str, words: str) -> NoReturn:
    """One sentence, and one link that stays in this tab (Streamlit's own open another) and leads back here."""
    path = urlsplit(st.context.url or "/").path or "/"
    query = urlencode([(name, value) for name in st.query_params for value in st.query_params.get_all(name)])
    back = quote(f"{path}?{query}" if query else path, safe="")
    st.info(said, icon=":material/lock:")
    link(f"{door}?next={back}", words)
    st.stop()
    raise AssertionError("st.stop() came back")


language.provide(_spoken)
