"""Everything app.py hands to the server: the routes of our own and the layers around all of them."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from core.web import files, oidc, sign_in
from core.web.gate import Gate
from core.web.headers import Headers, Shell
from core.web.health import healthz
from core.web.mishaps import Mishaps

_FORM = ["GET", "POST"]


def routes() -> list[BaseRoute]:
    """The routes beside Streamlit's. The provider's two are there only where one is configured."""
    return [
        Route("/healthz", healthz),
        Route("/first", sign_in.first_page, methods=_FORM),
        Route("/sign-in", sign_in.sign_in_page, methods=_FORM),
        Route("/sign-out", sign_in.sign_out_page, methods=_FORM),
        Route("/password", sign_in.password_page, methods=_FORM),
        *files.routes(),
        *oidc.routes(),
    ]


def layers() -> list[Middleware]:
    """The middleware, outermost first: headers on everything, the net under bugs, the gate, then the shell page's
    language.
    """
    return [Middleware(Headers), Middleware(Mishaps), Middleware(Gate), Middleware(Shell)]
