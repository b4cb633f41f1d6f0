"""The last net under plain HTTP: a bug becomes a log line with an id and one sentence that names it."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.foundation import logs
from core.foundation.language import _, using
from core.web import html
from core.web.html import Page


class Mishaps:
    """ASGI middleware, near the outside: no trace and no message of a bug ever leaves the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            mark = logs.mishap(error, "http", method=scope["method"], path=scope["path"])
            if started:
                raise
            with using(html.language_of(scope)):
                page = Page(_("Something went wrong"), said=sentence(mark), links=[("/", _("To the start page"))])
                await html.respond(page, scope, 500)(scope, receive, send)


def sentence(mark: str) -> str:
    """What a person is told about a bug."""
    return _("That is a fault of Recoup, not yours. It is logged as {mark}; tell an admin this number.", mark=mark)
