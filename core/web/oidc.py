"""Signing in with the team's OpenID provider, where one is configured: /oidc/start leads there, /oidc/back comes home.

Authlib's Starlette client does the protocol: discovery, PKCE, state, nonce, signature and expiry. The state lives in
a signed cookie of ten minutes that only these two routes see. What comes out is the same session as after a password.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from httpx2 import HTTPError
from joserfc.errors import JoseError
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.foundation import clock, database, logs
from core.foundation.config import settings
from core.foundation.errors import Refusal
from core.foundation.language import _
from core.team import identity, sign_in
from core.web import cookies, forms, html
from core.web.html import Page
from core.web.sign_in import spoken

STATE_COOKIE = "recoup_oidc"
_MINUTES = 10
_LEEWAY_S = 60


def routes() -> list[Route]:
    """The two routes, or none where no provider is configured."""
    if not settings().oidc_issuer:
        return []
    state = Middleware(
        SessionMiddleware,
        secret_key=settings().secret,
        session_cookie=STATE_COOKIE,
        max_age=_MINUTES * 60,
        path="/oidc",
        same_site="lax",
        https_only=settings().https,
    )
    return [Route("/oidc/start", start, middleware=[state]), Route("/oidc/back", back, middleware=[state])]


@lru_cache(maxsize=4)
def _client(issuer: str, client_id: str, client_secret: str) -> Any:
    oauth = OAuth()
    oauth.register(
        "provider",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=issuer + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "timeout": 10},
    )
    return oauth.create_client("provider")


def _provider() -> Any:
    known = settings()
    return _client(known.oidc_issuer, known.oidc_client_id, known.oidc_client_secret)


@spoken
async def start(request: Request) -> Response:
    """Lead the browser to the provider, remembering where it wanted to go."""
    request.session.clear()
    request.session["next"] = forms.safe_next(request.query_params.get("next"))
    try:
        return cast("Response", await _provider().authorize_redirect(request, _own_address(request)))
    except (OAuthError, HTTPError, RuntimeError, KeyError, ValueError) as error:
        return _failed(request, error)


@spoken
async def back(request: Request) -> Response:
    """Take the provider's answer, find the person, open the session. A stranger gets a sentence and nothing else."""
    wanted = forms.safe_next(request.session.get("next"))
    try:
        claims = await _claims(request)
    except (OAuthError, JoseError, HTTPError, RuntimeError, KeyError, ValueError, TypeError) as error:
        return _failed(request, error)
    finally:
        request.session.clear()
    try:
        token = await run_sync(_enter, claims, request)
    except Refusal as refusal:
        page = Page(_("No account here"), said=str(refusal), links=[("/sign-in", _("Sign in another way"))])
        return html.respond(page, request.scope, 403)
    response = RedirectResponse(wanted, 303, {"cache-control": "no-store"})
    cookies.set_session(response, token, seconds=settings().session_longest_days * 24 * 3600, scheme=request.url.scheme)
    return response


async def _claims(request: Request) -> dict[str, Any]:
    """The ID token's claims, all of them checked: signature, issuer, audience, expiry, nonce."""
    issuer, client_id = settings().oidc_issuer, settings().oidc_client_id
    # Authlib compares the audience only when it is told to.
    issuers = [issuer, issuer + "/"]
    options = {"iss": {"essential": True, "values": issuers}, "aud": {"essential": True, "value": client_id}}
    answer = await _provider().authorize_access_token(request, claims_options=options, leeway=_LEEWAY_S)
    claims = answer.get("userinfo")
    if not claims or not claims.get("sub"):
        raise OAuthError(error="no_id_token")
    return dict(claims)


def _enter(claims: dict[str, Any], request: Request) -> str:
    now = clock.now()
    with database.transaction() as session:
        person = identity.match(
            session,
            issuer=str(claims["iss"]),
            subject=str(claims["sub"]),
            email=claims.get("email"),
            email_verified=claims.get("email_verified") in (True, "true"),
            now=now,
        )
        agent, address = request.headers.get("user-agent", ""), forms.address(request)
        return sign_in.enter(session, person, user_agent=agent, address=address, how="provider", now=now)


def _own_address(request: Request) -> str:
    """Where the provider sends the browser back to: the configured address of Recoup, else the one the browser used."""
    base = settings().public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}/oidc/back"


def _failed(request: Request, error: Exception) -> Response:
    """The provider said no or made no sense: logged with an id, told in one sentence."""
    mark = logs.mishap(error, "oidc")
    said = _("Signing in with the provider did not work. Try again, or tell an admin this number: {mark}.", mark=mark)
    page = Page(_("That did not work"), said=said, links=[("/sign-in", _("To the sign-in page"))])
    return html.respond(page, request.scope, 502)
