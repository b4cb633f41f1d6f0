"""The door in plain HTML: /first, /sign-in, /password and /sign-out. They work without a script and by keyboard."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import wraps

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.foundation import clock, database
from core.foundation.config import settings
from core.foundation.errors import Invalid, Refusal, TooLarge
from core.foundation.formats import moment, span
from core.foundation.language import _, current, using
from core.foundation.permissions import Actor
from core.team import account, passwords, roster, sessions, sign_in
from core.team.sessions import SignedIn
from core.web import cookies, forms, html
from core.web.gate import WHO, who_is
from core.web.html import Field, Page

Endpoint = Callable[[Request], Awaitable[Response]]

# Argon2 takes 64 MiB and a core for each password: this many at once, the rest wait their turn.
_hashing = CapacityLimiter(2)


def spoken(endpoint: Endpoint) -> Endpoint:
    """Answer in the reader's language, and say a refusal nobody else has put into a page as one sentence."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        with using(html.language_of(request.scope)):
            try:
                return await endpoint(request)
            except Refusal as refusal:
                status = 413 if isinstance(refusal, TooLarge) else 403
                links = [("/sign-in", _("To the sign-in page"))]
                return html.respond(Page(_("That did not work"), said=str(refusal), links=links), request.scope, status)

    return answered


@spoken
async def sign_in_page(request: Request) -> Response:
    """GET shows the form, POST tries the password."""
    wanted = forms.safe_next(request.query_params.get("next"))
    if request.method != "POST":
        if await run_sync(_who, request) is not None:
            return _go(wanted)
        if await run_sync(_nobody_yet):
            return _go("/first")
        return html.respond(_sign_in(wanted), request.scope)
    form = await forms.read_form(request)
    wanted = forms.safe_next(form.get("next"))
    username, password = form.get("username", ""), form.get("password", "")
    outcome = await _try(username, password, request, enter=True)
    if outcome.token is None:
        return html.respond(_sign_in(wanted, username[:100], _wrong(outcome)), request.scope, 401)
    to = forms.with_next("/password", wanted) if outcome.must_change_password else wanted
    return _let_in(_go(to), outcome.token, request)


@spoken
async def first_page(request: Request) -> Response:
    """The very first visit makes the first admin; afterwards this page leads to the sign-in page."""
    if not await run_sync(_nobody_yet):
        return _go("/sign-in")
    if request.method != "POST":
        return html.respond(_first({}), request.scope)
    form = await forms.read_form(request)
    try:
        password = _twice(form)
        passwords.check_policy(password, username=form.get("username", ""), name=form.get("name", ""))
        password_hash = await run_sync(passwords.hash_password, password, limiter=_hashing)
        token = await run_sync(_make_first_admin, form, password, password_hash, request)
    except Refusal as refusal:
        return html.respond(_first(form, str(refusal)), request.scope, 422)
    return _let_in(_go("/"), token, request)


@spoken
async def password_page(request: Request) -> Response:
    """A new password for oneself: asked of everybody whose first one was given by somebody else, and open to all."""
    who: SignedIn = request.scope[WHO]
    wanted = forms.safe_next(request.query_params.get("next"))
    if request.method != "POST":
        return html.respond(_password(who, wanted), request.scope)
    form = await forms.read_form(request)
    wanted = forms.safe_next(form.get("next"))
    try:
        token = await _change_password(who, form, request)
    except Refusal as refusal:
        return html.respond(_password(who, wanted, str(refusal)), request.scope, 422)
    return _let_in(_go(wanted), token, request)


@spoken
async def sign_out_page(request: Request) -> Response:
    """POST ends the session at once, in every tab; GET asks first, so that a link or a picture elsewhere cannot do
    it.
    """
    if request.method != "POST":
        page = Page(_("Sign out?"), action="/sign-out", button=_("Sign out"), links=[("/", _("Stay signed in"))])
        return html.respond(page, request.scope)
    await forms.read_form(request)
    token = request.cookies.get(cookies.SESSION)
    if token:
        await run_sync(_leave, token)
    response = _go("/sign-in")
    cookies.clear_session(response, scheme=request.url.scheme)
    return response


async def _try(username: str, password: str, request: Request, *, enter: bool) -> sign_in.Outcome:
    """The three steps of a try, each in a thread, the slow one without a connection. `enter` opens a session after
    it.
    """

    def begin() -> sign_in.Attempt:
        with database.transaction() as session:
            return sign_in.begin(session, username, address=forms.address(request), now=clock.now())

    def finish() -> sign_in.Outcome:
        with database.transaction() as session:
            if enter:
                return sign_in.finish(session, attempt, checked, user_agent=_agent(request), now=clock.now())
            return sign_in.prove(session, attempt, checked, now=clock.now())

    attempt = await run_sync(begin)
    checked = await run_sync(sign_in.check, attempt, password, limiter=_hashing)
    return await run_sync(finish)


async def _change_password(who: SignedIn, form: dict[str, str], request: Request) -> str:
    """Prove the old password unless it was given by somebody else, write the new one, and swap the session for a
    fresh one.
    """
    password = _twice(form)
    if not who.must_change_password:
        outcome = await _try(who.username, form.get("current", ""), request, enter=False)
        if outcome.person_id is None:
            raise Invalid(
                _("The current password is wrong.") if outcome.held_until is None else _wrong(outcome), "current"
            )
    actor = who.actor(language=current(), zone="UTC")
    await run_sync(_check_own, actor, password)
    password_hash = await run_sync(passwords.hash_password, password, limiter=_hashing)
    return await run_sync(_write_password, actor, password, password_hash, request)


def _check_own(actor: Actor, password: str) -> None:
    with database.reading() as session:
        own = account.my_account(session, actor=actor)
    passwords.check_policy(password, username=own.username, name=own.name, email=own.email)


def _write_password(actor: Actor, password: str, password_hash: str, request: Request) -> str:
    now = clock.now()
    with database.transaction() as session:
        account.change_password(session, actor=actor, password=password, password_hash=password_hash, now=now)
        return sessions.start(
            session, roster.myself(actor), user_agent=_agent(request), address=forms.address(request), now=now
        )


def _make_first_admin(form: dict[str, str], password: str, password_hash: str, request: Request) -> str:
    now = clock.now()
    with database.transaction() as session:
        person = roster.first_admin(
            session,
            username=form.get("username", ""),
            name=form.get("name", ""),
            password=password,
            password_hash=password_hash,
            now=now,
        )
        address, agent = forms.address(request), _agent(request)
        return sign_in.enter(session, person, user_agent=agent, address=address, how="first", now=now)


def _leave(token: str) -> None:
    with database.transaction() as session:
        sign_in.leave(session, token, now=clock.now())


def _nobody_yet() -> bool:
    with database.reading() as session:
        return roster.is_empty(session)


def _who(request: Request) -> SignedIn | None:
    token = request.cookies.get(cookies.SESSION)
    return who_is(token, clock.now()) if token else None


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _go(to: str) -> Response:
    return RedirectResponse(to, 303, {"cache-control": "no-store"})


def _let_in(response: Response, token: str, request: Request) -> Response:
    seconds = settings().session_longest_days * 24 * 3600
    cookies.set_session(response, token, seconds=seconds, scheme=request.url.scheme)
    return response


def _twice(form: dict[str, str]) -> str:
    password = form.get("password", "")
    if password != form.get("again", ""):
        raise Invalid(_("The two passwords differ. Type the same one twice."), "again")
    return password


def _wrong(outcome: sign_in.Outcome) -> str:
    """One sentence for every reason, and one for a lock, which an account that does not exist gets just the same."""
    if outcome.held_until is None:
        return _("Username or password is wrong.")
    zone = settings().zone
    return _(
        "Too many attempts. Try again in {span}, after {moment} ({zone}).",
        span=span(_up(outcome.held_until, clock.now())),
        moment=moment(outcome.held_until, zone),
        zone=zone,
    )


def _sign_in(wanted: str, username: str = "", said: str = "") -> Page:
    provider = settings().oidc_name if settings().oidc_issuer else ""
    return Page(
        _("Sign in"),
        said=said,
        action="/sign-in",
        fields=[
            Field("username", _("Username"), value=username, autocomplete="username", focus=not said),
            Field("password", _("Password"), "password", autocomplete="current-password", focus=bool(said)),
            Field("next", kind="hidden", value=wanted),
        ],
        button=_("Sign in"),
        other=(forms.with_next("/oidc/start", wanted), _("Sign in with {provider}", provider=provider))
        if provider
        else None,
    )


def _first(form: dict[str, str], said: str = "") -> Page:
    return Page(
        _("Welcome to Recoup"),
        lead=_("Nobody is on the team yet. The account you make now is the admin's; you add the others afterwards."),
        said=said,
        action="/first",
        fields=[
            Field("name", _("Your name"), value=form.get("name", "")[:100], autocomplete="name", focus=not said),
            Field(
                "username",
                _("Username"),
                value=form.get("username", "")[:100],
                autocomplete="username",
                hint=_("Letters a–z, digits, dots or dashes, such as mei.lin"),
            ),
            *_new_password(focus=bool(said)),
        ],
        button=_("Make the first account"),
    )


def _password(who: SignedIn, wanted: str, said: str = "") -> Page:
    forced = who.must_change_password
    old = Field("current", _("Current password"), "password", autocomplete="current-password", focus=True)
    return Page(
        _("Choose your password"),
        lead=_("Somebody else made your first password. Choose one that only you know.") if forced else "",
        said=said,
        action="/password",
        fields=[
            Field("username", kind="hidden", value=who.username, autocomplete="username"),
            *([] if forced else [old]),
            *_new_password(focus=forced),
            Field("next", kind="hidden", value=wanted),
        ],
        button=_("Save the password"),
        links=[("/sign-out", _("Sign out"))] if forced else [(wanted, _("Back without changing it"))],
    )


def _new_password(*, focus: bool) -> list[Field]:
    hint = _("At least {n} characters; a few words in a row are good.", n=passwords.SHORTEST)
    return [
        Field("password", _("New password"), "password", autocomplete="new-password", hint=hint, focus=focus),
        Field("again", _("The same again"), "password", autocomplete="new-password"),
    ]


def _up(until: datetime, now: datetime) -> timedelta:
    """How long until then, in whole minutes, never none."""
    return timedelta(minutes=max(1, math.ceil((until - now).total_seconds() / 60)))
