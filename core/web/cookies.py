"""The cookies Recoup sets: the session token, and the language chosen before anybody is known."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import Response

from core.foundation.config import settings

SESSION = "recoup_session"
LANGUAGE = "recoup_language"

_YEAR = 365 * 24 * 3600


def read(headers: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
    """The value of one cookie in raw ASGI headers; None when it is missing or the header is broken."""
    line = "; ".join(value.decode("latin-1") for key, value in headers if key == b"cookie")
    for part in line.split(";"):
        key, equals, value = part.strip().partition("=")
        if equals and key == name:
            return value.strip('"')
    return None


def _secure(scheme: str) -> bool:
    return scheme == "https" or settings().https


def set_session(response: Response, token: str, *, seconds: int, scheme: str) -> None:
    """Give the browser its session token: out of reach of scripts, not sent from other sites, over https only where
    there is https.
    """
    response.set_cookie(
        SESSION, token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=_secure(scheme)
    )


def clear_session(response: Response, *, scheme: str) -> None:
    """Take the session token back."""
    response.delete_cookie(SESSION, path="/", httponly=True, samesite="lax", secure=_secure(scheme))


def set_language(response: Response, language: str, *, scheme: str) -> None:
    """Remember the language chosen on the sign-in page, for this browser."""
    response.set_cookie(
        LANGUAGE, language, max_age=_YEAR, path="/", httponly=True, samesite="lax", secure=_secure(scheme)
    )
