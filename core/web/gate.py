"""The gate: pages, websocket, media, uploads, downloads and metrics are for those who are signed in.

Pure ASGI, so streaming and websockets pass untouched. It asks the session table on every request it guards; the frame
asks again on every run, because a websocket that is open outlives the request that opened it.
"""

from __future__ import annotations

import re
from datetime import datetime

from anyio.to_thread import run_sync
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.foundation import clock, database
from core.foundation.language import _, using
from core.team import sessions
from core.team.sessions import SignedIn
from core.web import cookies, forms, html

WHO = "recoup.who"
"""Where the scope carries the `SignedIn` of a request, for the routes behind the gate."""

PERSON_HEADER = b"x-recoup-session"
"""Set by the gate alone, so that Streamlit never gives one person's running session to another
(`server.trustedUserHeaders`).
"""

# Open to everybody, and why. Streamlit's own bundles hold nothing of ours. Its health, host-config and stream
# endpoints have to answer a tab whose session ended, or the tab hangs on stale content for ever: the stream is let
# through without an identity, and the frame shows "Signed out" and stops before any page. The rest are the door
# itself.
_OPEN = frozenset(
    {
        "/_stcore/health",
        "/_stcore/host-config",
        "/favicon.png",
        "/sign-in",
        "/sign-out",
        "/first",
        "/oidc/start",
        "/oidc/back",
        "/healthz",
    }
)
_STREAM = "/_stcore/stream"
_STATIC = re.compile(r"/static/[\w./~-]+", re.ASCII)

# Behind the gate, but reachable with a first password that still has to be changed.
_CHANGE = "/password"


def is_open(path: str) -> bool:
    """Whether a path answers to somebody who is not signed in."""
    return path in _OPEN or (bool(_STATIC.fullmatch(path)) and "/.." not in path and "//" not in path)


class Gate:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # Whatever a client claims about itself in our own headers is thrown away before anything can read it.
        headers = [(key, value) for key, value in scope["headers"] if not key.lower().startswith(b"x-recoup-")]
        scope = dict(scope, headers=headers)
        path = scope["path"]
        if scope["type"] == "http" and is_open(path):
            await self.app(scope, receive, send)
            return
        token = cookies.read(headers, cookies.SESSION)
        who = await run_sync(who_is, token, clock.now()) if token else None
        if who is not None and (not who.must_change_password or path == _CHANGE):
            scope[WHO] = who
            headers.append((PERSON_HEADER, who.mark.encode()))
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await _refuse(scope, who)(scope, receive, send)
        elif path == _STREAM:
            await self.app(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4401})


def who_is(token: str, now: datetime) -> SignedIn | None:
    """Who holds this token now, or None; moves the end of a session that is in use. Runs in a thread of its own."""
    with database.reading() as session:
        who = sessions.whoami(session, token, now=now)
    if who is not None and sessions.due_for_touch(who, now):
        with database.transaction() as session:
            sessions.touch(session, who, now=now)
    return who


def _refuse(scope: Scope, who: SignedIn | None) -> Response:
    """A page request is led to the door and back again afterwards; anything else is told no."""
    headers = dict(scope["headers"])
    if scope["method"] in ("GET", "HEAD") and b"text/html" in headers.get(b"accept", b""):
        path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
        wanted = (path + b"?" + query if query else path).decode("latin-1")
        door = "/sign-in" if who is None else _CHANGE
        response: Response = RedirectResponse(forms.with_next(door, forms.safe_next(wanted)), 303)
    else:
        with using(html.language_of(scope)):
            said = (
                _("Signed out. Sign in again.")
                if who is None
                else _("Change your first password before anything else.")
            )
        response = PlainTextResponse(said, 401)
    response.headers["cache-control"] = "no-store"
    return response
