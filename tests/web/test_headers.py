"""Headers on every answer, the shell page in the reader's language, and bugs that stay inside."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re

import pytest
from starlette.testclient import TestClient

from core.foundation import database, logs
from core.web import health
from tests.web.conftest import PAGE, add, sign_in


@pytest.mark.parametrize("path", ["/sign-in", "/healthz", "/data", "/media/x", "/", "/broken"])
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    add()
    for headers in ({}, PAGE):
        answer = client.get(path, headers=headers)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_the_shell_page_speaks_the_readers_language_and_bears_our_name(client: TestClient) -> None:
    mei = add()
    sign_in(client, mei)
    page = client.get("/case?ref=INC-2026-00001", headers=PAGE | {"accept-language": "zh-CN,zh;q=0.9"})
    assert '<html lang="zh-CN">' in page.text
    assert "<title>Recoup</title>" in page.text
    assert page.headers["content-length"] == str(len(page.content))
    assert "etag" not in page.headers
    assert "Accept-Language" in page.headers["vary"]
    assert '<html lang="en">' in client.get("/", headers=PAGE).text


def test_a_persons_own_language_counts_over_the_browsers(client: TestClient) -> None:
    mei = add(language="zh-CN")
    sign_in(client, mei)
    assert '<html lang="zh-CN">' in client.get("/", headers=PAGE | {"accept-language": "en"}).text


def test_the_shells_policy_allows_its_own_inline_script_by_hash_and_no_other(client: TestClient) -> None:
    mei = add()
    sign_in(client, mei)
    policy = client.get("/", headers=PAGE).headers["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(b"x = 1").digest()).decode()
    assert f"script-src 'self' 'wasm-unsafe-eval' 'sha256-{digest}';" in policy
    assert "img-src 'self' data: blob:;" in policy


def test_our_own_pages_run_no_script_and_allow_their_style_by_hash(client: TestClient) -> None:
    add()
    page = client.get("/sign-in")
    css = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert css
    digest = base64.b64encode(hashlib.sha256(css.group(1).encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "http" not in re.sub(r'data:[^"]*', "", css.group(1))


def test_a_bug_is_logged_with_an_id_and_only_the_id_is_shown(
    client: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs.log, "propagate", True)
    mei = add()
    sign_in(client, mei)
    with caplog.at_level(logging.ERROR, "recoup"):
        answer = client.get("/broken?secret=1")
    assert answer.status_code == 500
    assert "the inside of a bug" not in answer.text
    assert "Traceback" not in answer.text
    shown = re.search(r"logged as ([a-z0-9]{4}-[a-z0-9]{4})", answer.text)
    assert shown
    line = json.loads(logs.JsonLines().format(caplog.records[-1]))
    assert line["id"] == shown.group(1)
    assert line["error"] == "builtins.RuntimeError"
    assert "the inside of a bug" in line["trace"]
    assert line["path"] == "/broken"
    assert "secret" not in json.dumps(line["path"])


def test_a_log_line_is_one_line_of_json() -> None:
    record = logging.LogRecord("recoup", logging.INFO, "x.py", 1, "two\nlines", None, None)
    record.facts = {"count": 3}
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["count"] == 3


def test_health_says_that_all_is_well_and_nothing_else(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert set(answer.json()) == {"ok", "app", "database", "migrations"}
    assert answer.json() | {"app": ""} == {"ok": True, "app": "", "database": "ok", "migrations": "ok"}


def test_health_is_503_without_a_database_and_gives_no_address_away(
    client: TestClient, live_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.configure("postgresql://somebody:secret@127.0.0.1:1/nowhere")
    try:
        answer = client.get("/healthz")
    finally:
        database.configure(live_database)
    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"
    assert "secret" not in answer.text
    assert "127.0.0.1" not in answer.text


def test_health_is_503_while_the_database_is_behind(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = 'far-ahead'")
    found = health.state()
    assert found["ok"] is False
    assert found["migrations"] == "newer"
    assert client.get("/healthz").status_code == 503
