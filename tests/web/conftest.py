"""A small app behind the real routes and layers; what stands in for Streamlit tells what reached it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from core.foundation import database
from core.foundation.permissions import SYSTEM, Role
from core.models.team import Person
from core.team import passwords, people, sessions
from core.web import cookies, routes

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
GOOD = "four words in a row"
SHELL = '<!DOCTYPE html><html lang="en"><head><title>Streamlit</title><script>x = 1</script></head></html>'
PAGE = {"accept": "text/html,application/xhtml+xml"}
HOME = {"origin": "http://testserver"}


async def _anything(request: Request) -> Response:
    """Streamlit's part: its page for every address, and what it was told."""
    if request.url.path == "/broken":
        raise RuntimeError("the inside of a bug")
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(SHELL, headers={"etag": "1", "cache-control": "no-cache"})
    ours = {name: value for name, value in request.headers.items() if name.startswith("x-recoup-")}
    return JSONResponse({"path": request.url.path, "headers": ours})


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_json({name: value for name, value in socket.headers.items() if name.startswith("x-recoup-")})
    await socket.close()


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is tested is what is asked, not how long it takes."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


def build() -> Starlette:
    """The app as app.py puts it together, with a stand-in for Streamlit's routes."""
    beneath = [
        WebSocketRoute("/_stcore/stream", _socket),
        WebSocketRoute("/other", _socket),
        Route("/{path:path}", _anything, methods=["GET", "PUT", "POST", "DELETE", "OPTIONS"]),
    ]
    return Starlette(routes=[*routes.routes(), *beneath], middleware=routes.layers())


@pytest.fixture
def client(live_database: str) -> Iterator[TestClient]:
    """A browser that keeps cookies and follows nothing."""
    with TestClient(build(), follow_redirects=False, headers=HOME) as opened:
        yield opened


def add(username: str = "mei", role: Role = Role.AGENT, password: str = GOOD, **more: object) -> Person:
    """Somebody on the team, committed."""
    with database.transaction() as session:
        person = Person(
            username=username, name=username.title(), role=role, password_hash=passwords.hash_password(password), **more
        )
        session.add(person)
        session.flush()
        return person


def add_with_first_password(username: str = "wei") -> str:
    """Somebody an admin has just added; the temporary password."""
    with database.transaction() as session:
        return people.create_person(
            session, actor=SYSTEM, username=username, name=username.title(), role=Role.AGENT, now=datetime.now(UTC)
        ).temporary_password


def token_for(person: Person) -> str:
    """A running session of theirs."""
    with database.transaction() as session:
        return sessions.start(session, person.id, user_agent="test", address="", now=datetime.now(UTC))


def sign_in(client: TestClient, person: Person) -> str:
    """Give the client a session of that person."""
    token = token_for(person)
    client.cookies.set(cookies.SESSION, token, domain="testserver.local", path="/")
    return token
