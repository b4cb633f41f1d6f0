"""The real server, cold: what Streamlit itself answers behind the gate, over HTTP and over its websocket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Origin, Subprotocol
from websockets.sync.client import ClientConnection, connect

from core.foundation import database, embedded
from core.foundation.permissions import Role
from core.models.team import Person
from core.team import sessions
from core.web import cookies
from tests.conftest import _clone, _drop
from tests.web.conftest import PAGE, add, token_for

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def server(postgres: embedded.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a server started for this file: the first test finds it cold, having answered only for its health."""
    folder = tmp_path_factory.mktemp("server")
    address = _clone(postgres, "served")
    database.configure(address)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"DATABASE_URL": address, "RECOUP_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", process, folder / "server.log")
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
        database.close()
        _drop(postgres, "served")


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            if httpx2.get(address).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def _open(server: str, token: str | None = None, *, resume: str = "") -> ClientConnection:
    headers = {"Cookie": f"{cookies.SESSION}={token}"} if token else {}
    protocols = [Subprotocol(word) for word in (["streamlit", "x", resume] if resume else ["streamlit"])]
    home = Origin(f"http://{server}")
    return connect(f"ws://{server}/_stcore/stream", origin=home, subprotocols=protocols, additional_headers=headers)


def _run(stream: ClientConnection, page: str = "", query: str = "") -> list[ForwardMsg]:
    """Ask for a run as the browser does for a deep link; everything that comes back until it is done."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_name = page
    stream.send(asked.SerializeToString())
    got: list[ForwardMsg] = []
    while not got or got[-1].WhichOneof("type") != "script_finished":
        data = stream.recv(timeout=20)
        assert isinstance(data, bytes)
        got.append(ForwardMsg.FromString(data))
    return got


def _drawn(messages: list[ForwardMsg]) -> str:
    return " ".join(str(one.delta) for one in messages if one.WhichOneof("type") == "delta")


def _kinds(messages: list[ForwardMsg]) -> set[str]:
    return {str(one.WhichOneof("type")) for one in messages}


def _session_id(messages: list[ForwardMsg]) -> str:
    return next(one.new_session.initialize.session_id for one in messages if one.WhichOneof("type") == "new_session")


def test_a_cold_server_asked_first_for_a_deep_link_shows_somebody_signed_out_nothing(server: str) -> None:
    add("chief", Role.ADMIN)
    with _open(server) as stream:
        got = _run(stream, "settings", "part=people")
    assert "Signed out" in _drawn(got)
    assert "/sign-in?next=" in _drawn(got)
    assert "navigation" not in _kinds(got)
    for secret in ("chief", "Chief", "Settings"):
        assert secret not in _drawn(got)


@pytest.mark.parametrize("cookie", [None, "forged"])
def test_signed_out_streamlits_own_doors_are_shut(server: str, cookie: str | None) -> None:
    headers = {"cookie": f"{cookies.SESSION}={cookie}"} if cookie else {}
    with httpx2.Client(base_url=f"http://{server}", headers=headers) as browser:
        for path in (
            "/media/x.png",
            "/_stcore/metrics",
            "/_stcore/agent/openapi.json",
            "/_stcore/upload_file/a/b",
            "/",
        ):
            assert browser.get(path).status_code == 401, path
        assert browser.put("/_stcore/upload_file/a/b", content=b"x").status_code == 401
        assert browser.post("/_stcore/agent/interact", json={}).status_code == 401
        assert browser.get("/case?ref=INC-2026-00001", headers=PAGE).status_code == 303
        assert browser.get("/_stcore/health").status_code == 200
        assert browser.get("/_stcore/host-config").status_code == 200


def test_signed_in_the_page_is_drawn_and_a_revoked_session_ends_on_the_next_click(server: str) -> None:
    boss = add("boss", Role.ADMIN)
    token = token_for(boss)
    with _open(server, token) as stream:
        got = _run(stream, "account")
        assert "navigation" in _kinds(got)
        assert "Account" in _drawn(got)
        assert "Something went wrong" not in _drawn(got)
        with database.transaction() as session:
            sessions.end(session, sessions.hash_of(token), now=datetime.now(UTC))
        after = _run(stream, "account")
    assert "Signed out" in _drawn(after)
    assert "Boss" not in _drawn(after)


def test_the_shell_is_ours_in_the_readers_language(server: str) -> None:
    mei = add(language="zh-CN")
    headers = {"cookie": f"{cookies.SESSION}={token_for(mei)}", **PAGE}
    for path in ("/", "/account", "/no/such/page"):
        page = httpx2.get(f"http://{server}{path}", headers=headers)
        assert page.status_code == 200
        assert '<html lang="zh-CN">' in page.text
        assert "<title>Recoup</title>" in page.text
        assert "script-src 'self' 'wasm-unsafe-eval' 'sha256-" in page.headers["content-security-policy"]


def _somebody(username: str) -> tuple[Person, str]:
    person = add(username)
    return person, token_for(person)


def test_a_running_screen_is_never_handed_to_another_sign_in(server: str) -> None:
    _, first = _somebody("anna")
    _, second = _somebody("bert")
    with _open(server, first) as stream:
        mine = _session_id(_run(stream, "account"))
    with _open(server, first, resume=mine) as stream:
        assert _session_id(_run(stream, "account")) == mine
    with _open(server, second, resume=mine) as stream:
        assert _session_id(_run(stream, "account")) != mine
    with _open(server, None, resume=mine) as stream:
        assert _session_id(_run(stream, "account")) != mine
