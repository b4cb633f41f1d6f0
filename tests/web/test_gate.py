"""The gate: what is behind it, what is not and why, and whom it believes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from core.foundation import database
from core.foundation.permissions import SYSTEM, Role
from core.team import people, sessions
from core.team import sign_in as door
from core.web import cookies
from core.web.gate import is_open
from tests.web.conftest import PAGE, add, add_with_first_password, sign_in

# Every kind of address Streamlit and Recoup answer. What is missing here is guarded too: the gate lists what is open.
GUARDED = [
    "/",
    "/case?ref=INC-2026-00001",
    "/today",
    "/account",
    "/no/such/page",
    "/media/0123456789abcdef.pdf",
    "/component/x/index.html",
    "/_stcore/upload_file/session/file",
    "/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/interact",
    "/_stcore/bidi-components/x",
    "/_stcore/script-health-check",
    "/case/_stcore/health",
    "/_stcore/health/",
    "/_stcore/health/x",
    "/files/1/original",
    "/password",
    "/static/../media/x",
    "/static/%2e%2e/media/x",
    "/static//media/x",
    "/static/..%5cmedia",
    "/static/a%00b",
    "/Sign-In",
    "/sign-in/",
    "/healthz/",
    "/app/static/secret.txt",
]
OPEN = [
    "/_stcore/health",
    "/_stcore/host-config",
    "/static/js/index.DormvYxC.js",
    "/favicon.png",
    "/healthz",
    "/sign-in",
]


@pytest.mark.parametrize("path", GUARDED)
def test_signed_out_every_page_leads_to_the_door_and_everything_else_is_refused(client: TestClient, path: str) -> None:
    add()
    asked = client.get(path, headers=PAGE)
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/sign-in")
    for method in ("GET", "PUT", "POST", "DELETE", "OPTIONS"):
        answer = client.request(method, path)
        assert answer.status_code == 401, method
        assert answer.text == "Signed out. Sign in again."
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", OPEN)
def test_what_a_tab_without_a_session_needs_stays_open(client: TestClient, path: str) -> None:
    add()
    assert client.get(path).status_code in (200, 303)
    assert is_open(path)


def test_a_deep_link_is_kept_with_its_query_through_signing_in(client: TestClient) -> None:
    add()
    asked = client.get("/case?ref=INC-2026-00001&tab=%E8%AF%81%E6%8D%AE", headers=PAGE)
    shown = client.get(asked.headers["location"])
    assert 'value="/case?ref=INC-2026-00001&amp;tab=%E8%AF%81%E6%8D%AE"' in shown.text
    form = {
        "username": "mei",
        "password": "four words in a row",
        "next": "/case?ref=INC-2026-00001&tab=%E8%AF%81%E6%8D%AE",
    }
    entered = client.post("/sign-in", data=form)
    assert (entered.status_code, entered.headers["location"]) == (303, form["next"])
    assert client.get("/case?ref=INC-2026-00001", headers=PAGE).status_code == 200


def test_a_client_cannot_say_who_it_is(client: TestClient) -> None:
    mei = add()
    forged = {"x-recoup-session": "forged", "X-Recoup-Person": "1", "x-app-user": "admin"}
    assert client.get("/data", headers=forged).status_code == 401
    token = sign_in(client, mei)
    told = client.get("/data", headers=forged).json()["headers"]
    assert told == {"x-recoup-session": sessions.mark_of(sessions.hash_of(token))}
    with client.websocket_connect("/_stcore/stream", headers=forged) as socket:
        assert socket.receive_json() == told


def test_the_stream_of_somebody_signed_out_carries_no_identity_and_other_sockets_are_closed(client: TestClient) -> None:
    add()
    with client.websocket_connect("/_stcore/stream", headers={"x-recoup-session": "forged"}) as socket:
        assert socket.receive_json() == {}
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/other"):
        pass
    assert closed.value.code == 4401


def test_a_revoked_session_is_refused_by_the_next_request(client: TestClient) -> None:
    mei = add()
    token = sign_in(client, mei)
    assert client.get("/data").status_code == 200
    with database.transaction() as session:
        door.leave(session, token, now=datetime.now(UTC))
    assert client.get("/data").status_code == 401


def test_a_closed_account_is_refused_by_the_next_request(client: TestClient) -> None:
    add("boss", Role.ADMIN)
    mei = add()
    sign_in(client, mei)
    with database.transaction() as session:
        people.deactivate(session, mei.id, actor=SYSTEM, now=datetime.now(UTC))
    assert client.get("/data").status_code == 401
    assert client.get("/", headers=PAGE).headers["location"] == "/sign-in"


@pytest.mark.parametrize("cookie", ["", "x", "é", '"', "a" * 4000, "=;=", "\x7f"])
def test_a_cookie_that_is_no_session_is_nobody(client: TestClient, cookie: str) -> None:
    add()
    header = f"other=1; {cookies.SESSION}={cookie}".encode("latin-1", "replace")
    assert client.get("/data", headers={b"cookie": header}).status_code == 401


def test_with_a_first_password_only_changing_it_and_leaving_are_possible(client: TestClient) -> None:
    temporary = add_with_first_password()
    entered = client.post(
        "/sign-in", data={"username": "wei", "password": temporary, "next": "/case?ref=INC-2026-00001"}
    )
    assert entered.headers["location"] == "/password?next=%2Fcase%3Fref%3DINC-2026-00001"
    assert client.get("/intake", headers=PAGE).headers["location"] == "/password?next=%2Fintake"
    refused = client.get("/media/x.pdf")
    assert (refused.status_code, refused.text) == (401, "Change your first password before anything else.")
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_json() == {}
    assert client.get(entered.headers["location"]).status_code == 200
    assert client.get("/sign-out").status_code == 200


def test_a_session_in_use_slides_but_is_not_written_on_every_request(client: TestClient) -> None:
    mei = add()
    token = token_hash = sign_in(client, mei)
    assert token_hash
    with database.transaction() as session:
        who = sessions.whoami(session, token, now=datetime.now(UTC))
        assert who is not None
        sessions.touch(session, who, now=datetime.now(UTC) - sessions.TOUCH_EVERY * 2)
    with database.reading() as session:
        old = sessions.whoami(session, token, now=datetime.now(UTC))
    client.get("/data")
    with database.reading() as session:
        new = sessions.whoami(session, token, now=datetime.now(UTC))
    client.get("/data")
    with database.reading() as session:
        same = sessions.whoami(session, token, now=datetime.now(UTC))
    assert old is not None
    assert new is not None
    assert same is not None
    assert old.last_seen_at < new.last_seen_at == same.last_seen_at
