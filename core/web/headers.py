"""Headers on every answer, and the language and title of Streamlit's shell page.

The content policy is the one measured to work with tables, charts, uploads and dialogs; `img-src 'self'` also stops
pictures in a buyer's words from calling home.
"""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.foundation.config import settings
from core.foundation.language import LANGUAGES
from core.web import html

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

SHELL_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)

# For answers that bring no policy of their own: pictures, JSON and plain text, which may do nothing at all.
_NOTHING = "default-src 'none'; frame-ancestors 'none'; sandbox"


class Headers:
    """ASGI middleware: security headers on every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("x-content-type-options", "nosniff")
                headers.setdefault("referrer-policy", "same-origin")
                headers.setdefault("x-frame-options", "DENY")
                headers.setdefault("cross-origin-opener-policy", "same-origin")
                headers.setdefault("cross-origin-resource-policy", "same-origin")
                headers.setdefault("permissions-policy", "camera=(self), geolocation=(), microphone=(), payment=()")
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("content-security-policy", _NOTHING)
                if settings().https:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self.app(scope, receive, sealed)


class Shell:
    """ASGI middleware: gives Streamlit's shell page the reader's language, our title and the content policy.

    Streamlit sends the same HTML file for every page address; it is small, so it is collected whole and sent changed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(("/static/", "/media/", "/_stcore/", "/component/")):
            await self.app(scope, receive, send)
            return
        # Without accept-encoding the page comes as it is; without the conditional headers it always comes whole.
        dropped = (b"accept-encoding", b"if-none-match", b"if-modified-since") if _wants_page(scope) else ()
        scope = dict(scope, headers=[(key, value) for key, value in scope["headers"] if key not in dropped])
        start: Message | None = None
        body = b""

        async def rewritten(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                if not _is_shell(message):
                    await send(message)
                    return
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    body = _rewrite(body, html.language_of(scope))
                    _seal(start, body, head=scope["method"] == "HEAD")
                    await send(start)
                    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

        await self.app(scope, receive, rewritten)


def _wants_page(scope: Scope) -> bool:
    return b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def _is_shell(message: Message) -> bool:
    """Streamlit's page is HTML without a policy; our own pages bring one along."""
    headers = MutableHeaders(scope=message)
    return headers.get("content-type", "").startswith("text/html") and "content-security-policy" not in headers


def _rewrite(body: bytes, language: str) -> bytes:
    tag = language if language in LANGUAGES else "en"
    body = body.replace(b'<html lang="en">', f'<html lang="{tag}">'.encode(), 1)
    return body.replace(b"<title>Streamlit</title>", b"<title>Recoup</title>", 1)


def _seal(start: Message, body: bytes, *, head: bool) -> None:
    headers = MutableHeaders(scope=start)
    for name in ("etag", "last-modified", "content-encoding"):
        if name in headers:
            del headers[name]
    if not head:
        headers["content-length"] = str(len(body))
    hashes = "".join(f" 'sha256-{_digest(script)}'" for script in _INLINE.findall(body))
    headers["content-security-policy"] = SHELL_POLICY.format(scripts=hashes)
    headers["vary"] = "Cookie, Accept-Language"


def _digest(script: bytes) -> str:
    return base64.b64encode(hashlib.sha256(script).digest()).decode()
