"""What comes in with a request: the form, where to go next, and whether it comes from our own page."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request

from core.foundation.config import settings
from core.foundation.errors import NotAllowed, TooLarge
from core.foundation.language import _

_LARGEST = 16 * 1024


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form of ours. Raises `NotAllowed` when another site sent it, `TooLarge` when it is no
    form of ours.
    """
    check_origin(request)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise TooLarge(_("This form is too large."))
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))


def check_origin(request: Request) -> None:
    """Raise `NotAllowed` unless the browser says that the form stood on a page of this very server.

    Browsers send Origin with every POST; where a privacy tool took it out, Sec-Fetch-Site has to say the same.
    """
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site") == "same-origin":
            return
    else:
        ours = {request.headers.get("host", ""), urlsplit(settings().public_url).netloc}
        if urlsplit(origin).netloc in ours - {""}:
            return
    raise NotAllowed(_("This form was sent from another page. Open the sign-in page and try again."))


def safe_next(wanted: str | None) -> str:
    """Where to go after signing in: a path of our own with its query, or `/`. Anything that could lead elsewhere is
    `/`.
    """
    path = wanted or "/"
    if not path.startswith("/") or path.startswith("//") or "\\" in path or any(ord(sign) < 33 for sign in path):
        return "/"
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return "/"
    if parts.path in ("/sign-in", "/sign-out", "/first", "/password") or parts.path.startswith("/oidc/"):
        return "/"
    return path


def with_next(page: str, wanted: str) -> str:
    """`page` with `wanted` as its `next`, left out where that is the front page."""
    return page if wanted == "/" else f"{page}?next={quote(wanted, safe='')}"


def address(request: Request) -> str:
    """The address a request came from, as the server (or the trusted proxy in front of it) tells."""
    return request.client.host if request.client else "unknown"
