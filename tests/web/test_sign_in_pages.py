"""The plain pages of the door: first admin, sign-in, password, sign-out."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from core.foundation import config, database
from core.foundation.config import settings
from core.foundation.permissions import Role
from core.models.team import Person, SignInTry, WebSession
from core.team import passwords
from core.web import cookies
from tests.web.conftest import GOOD, HOME, PAGE, add, add_with_first_password, build, sign_in, token_for

FIRST = {"name": "Mei Lin", "username": "Mei.Lin", "password": GOOD, "again": GOOD}


def _people() -> list[Person]:
    with database.reading() as session:
        return list(session.scalars(select(Person)))


def _try(client: TestClient, username: str, password: str, **more: str) -> tuple[int, str]:
    answer = client.post("/sign-in", data={"username": username, "password": password, **more})
    said = re.search(r'role="alert"[^>]*>([^<]*)<', answer.text)
    return answer.status_code, said.group(1) if said else ""


def test_on_an_empty_database_the_first_page_makes_the_first_admin(client: TestClient) -> None:
    assert client.get("/", headers=PAGE).headers["location"] == "/sign-in"
    assert client.get("/sign-in").headers["location"] == "/first"
    assert "Nobody is on the team yet" in client.get("/first").text
    made = client.post("/first", data=FIRST)
    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert client.get("/", headers=PAGE).status_code == 200
    [person] = _people()
    assert (person.username, person.role, person.must_change_password) == ("mei.lin", Role.ADMIN, False)


def test_once_somebody_is_there_the_first_page_is_gone(client: TestClient) -> None:
    add()
    for answer in (client.get("/first"), client.post("/first", data=FIRST)):
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert len(_people()) == 1


def test_two_browsers_at_once_make_one_first_admin(live_database: str) -> None:
    together = threading.Barrier(2)
    answers: list[tuple[int, bool]] = []

    def make(name: str) -> None:
        with TestClient(build(), follow_redirects=False, headers=HOME) as browser:
            together.wait()
            answer = browser.post("/first", data={**FIRST, "username": name})
            answers.append((answer.status_code, cookies.SESSION in answer.cookies))

    threads = [threading.Thread(target=make, args=(name,)) for name in ("anna", "bert")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_people()) == 1
    assert sorted(entered for _, entered in answers) == [False, True]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"again": "another one"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"username": "mei lin"}, "A username has 2 to 64"),
        ({"name": ""}, "A name has 1 to 80"),
        ({"password": "mei.lin.1234", "again": "mei.lin.1234"}, "your own name"),
    ],
)
def test_a_refused_first_page_says_why_and_keeps_what_was_typed(
    client: TestClient, change: dict[str, str], said: str
) -> None:
    form = FIRST | change
    answer = client.post("/first", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    if form["name"]:
        assert f'value="{form["name"]}"' in answer.text
    assert form["password"] not in answer.text
    assert not _people()


def test_the_right_password_lets_in_with_a_cookie_no_script_reads(client: TestClient) -> None:
    add()
    answer = client.post("/sign-in", data={"username": "mei", "password": GOOD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/sign-in?next=%2Fintake").headers["location"] == "/intake"


def test_over_https_the_cookie_is_for_https_only(live_database: str) -> None:
    add()
    home = {"origin": "https://testserver"}
    with TestClient(build(), base_url="https://testserver", follow_redirects=False, headers=home) as browser:
        answer = browser.post("/sign-in", data={"username": "mei", "password": GOOD})
        assert "Secure" in answer.headers["set-cookie"]
    with (
        config.override(public_url="https://recoup.example"),
        TestClient(build(), follow_redirects=False, headers=HOME) as browser,
    ):
        answer = browser.post("/sign-in", data={"username": "mei", "password": GOOD})
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age" in answer.headers["strict-transport-security"]


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer_at_the_same_cost(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add()
    add("gone", active=False)
    add("provider-only")
    with database.transaction() as session:
        session.scalars(select(Person).where(Person.username == "provider-only")).one().password_hash = None
    calls: list[str] = []
    verify = passwords._verify

    def counted(stored: str, typed: str) -> bool:
        calls.append(stored)
        return verify(stored, typed)

    monkeypatch.setattr(passwords, "_verify", counted)
    answers = []
    for username, password in (("mei", "wrong"), ("nobody", GOOD), ("gone", GOOD), ("provider-only", GOOD), ("", "")):
        before = len(calls)
        answer = client.post("/sign-in", data={"username": username, "password": password})
        assert len(calls) == before + 1, username
        assert "set-cookie" not in answer.headers
        answers.append((answer.status_code, answer.text.replace(f'value="{username}"', 'value=""')))
    assert len(set(answers)) == 1
    assert answers[0][0] == 401
    assert "Username or password is wrong." in answers[0][1]


@pytest.mark.parametrize("username", ["mei", "nobody"])
def test_too_many_failures_lock_for_a_while_and_say_until_when_for_any_name(client: TestClient, username: str) -> None:
    add()
    for _ in range(settings().lockout_tries - 1):
        assert _try(client, username, "wrong") == (401, "Username or password is wrong.")
    for password in ("wrong", GOOD, GOOD):
        status, said = _try(client, username, password)
        assert status == 401
        assert re.fullmatch(
            r"Too many attempts\. Try again in 1[45] min, after \d+ \w+ \d\d:\d\d \(Asia/Singapore\)\.", said
        )
    assert client.get("/", headers=PAGE).status_code == 303


def test_the_form_has_labels_focus_and_a_place_for_the_refusal(client: TestClient) -> None:
    add()
    page = client.get("/sign-in").text
    for name in ("username", "password"):
        assert re.search(rf'<label for="{name}">[^<]+</label><input [^>]*id="{name}"', page)
    assert re.search(r'id="username"[^>]* autofocus', page)
    assert 'autocomplete="current-password"' in page
    assert 'role="alert"' in page
    refused = client.post("/sign-in", data={"username": "mei", "password": "wrong"}).text
    assert re.search(r'id="password"[^>]*aria-describedby="said"[^>]* autofocus', refused)
    assert 'id="username" value="mei"' in refused


def test_the_page_speaks_the_browsers_language_and_the_one_that_was_chosen(client: TestClient) -> None:
    add()
    assert '<html lang="en">' in client.get("/sign-in").text
    assert '<html lang="zh-CN">' in client.get("/sign-in", headers={"accept-language": "zh-TW,zh;q=0.9,en;q=0.8"}).text
    chosen = client.get("/sign-in?next=%2Fintake&lang=zh-CN")
    assert '<html lang="zh-CN">' in chosen.text
    assert 'href="?next=%2Fintake&amp;lang=en"' in chosen.text
    assert '<html lang="zh-CN">' in client.get("/sign-in").text
    assert client.get("/sign-in?lang=xx").status_code == 200


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/case?ref=INC-2026-00001", "/case?ref=INC-2026-00001"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("/\t/evil.example", "/"),
        ("/sign-in?next=/x", "/"),
        ("/sign-out", "/"),
        ("/oidc/start", "/"),
        ("case", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_lands_here_and_nowhere_else(client: TestClient, wanted: str, leads: str) -> None:
    mei = add()
    answer = client.post("/sign-in", data={"username": "mei", "password": GOOD, "next": wanted})
    assert answer.headers["location"] == leads
    sign_in(client, mei)
    assert client.get("/sign-in", params={"next": wanted}).headers["location"] == leads


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "http://testserver:81"},
        {"origin": "", "sec-fetch-site": "cross-site"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/first", "/sign-out", "/password"])
def test_a_form_on_another_page_is_refused(client: TestClient, path: str, headers: dict[str, str]) -> None:
    if path != "/first":
        mei = add()
        sign_in(client, mei)
    answer = client.post(path, data=FIRST | {"username": "mei"}, headers=headers)
    assert answer.status_code in (403, 422)
    assert "sent from another page" in answer.text
    assert "set-cookie" not in answer.headers
    with database.reading() as session:
        assert not session.scalars(select(WebSession).where(WebSession.revoked_at.is_not(None))).all()


def test_without_an_origin_the_fetch_metadata_decides(live_database: str) -> None:
    add()
    form = {"username": "mei", "password": GOOD}
    with TestClient(build(), follow_redirects=False) as browser:
        assert browser.post("/sign-in", data=form).status_code == 403
        assert browser.post("/sign-in", data=form, headers={"sec-fetch-site": "same-origin"}).status_code == 303


def test_behind_a_proxy_the_configured_address_is_home_too(client: TestClient) -> None:
    add()
    form = {"username": "mei", "password": GOOD}
    with config.override(public_url="https://recoup.example"):
        assert client.post("/sign-in", data=form, headers={"origin": "https://recoup.example"}).status_code == 303


def test_an_endless_form_is_refused(client: TestClient) -> None:
    add()
    assert client.post("/sign-in", data={"username": "x" * 20_000, "password": "y"}).status_code == 413


def test_the_first_password_is_changed_before_anything_else(client: TestClient) -> None:
    temporary = add_with_first_password()
    entered = client.post("/sign-in", data={"username": "wei", "password": temporary, "next": "/intake"})
    page = client.get(entered.headers["location"]).text
    assert "Somebody else made your first password" in page
    assert 'name="current"' not in page
    old = client.cookies[cookies.SESSION]
    for password, said in (("short", "at least 10"), (GOOD, "")):
        answer = client.post("/password", data={"password": password, "again": password, "next": "/intake"})
        if said:
            assert (answer.status_code, said in answer.text) == (422, True)
    assert (answer.status_code, answer.headers["location"]) == (303, "/intake")
    assert client.cookies[cookies.SESSION] != old
    assert client.get("/intake", headers=PAGE).status_code == 200
    assert _try(client, "wei", temporary)[0] == 401


def test_a_later_change_asks_for_the_old_password_and_ends_every_other_session(client: TestClient) -> None:
    mei = add()
    elsewhere = token_for(mei)
    sign_in(client, mei)
    new = "five quiet words in a row"
    form = {"password": new, "again": new, "next": "/account"}
    refused = client.post("/password", data=form | {"current": "wrong"})
    assert (refused.status_code, "The current password is wrong." in refused.text) == (422, True)
    changed = client.post("/password", data=form | {"current": GOOD})
    assert (changed.status_code, changed.headers["location"]) == (303, "/account")
    assert client.get("/data").status_code == 200
    with database.reading() as session:
        running = session.scalars(select(WebSession).where(WebSession.revoked_at.is_(None))).all()
    assert len(running) == 1
    client.cookies.set(cookies.SESSION, elsewhere, domain="testserver.local", path="/")
    assert client.get("/data").status_code == 401


def test_guessing_the_old_password_in_a_stolen_session_is_held_too(client: TestClient) -> None:
    mei = add()
    sign_in(client, mei)
    form = {"password": "five quiet words", "again": "five quiet words", "current": "wrong"}
    for _ in range(settings().lockout_tries):
        said = client.post("/password", data=form).text
    assert "Too many attempts" in said
    assert "Too many attempts" in client.post("/password", data=form | {"current": GOOD}).text


def test_signing_out_asks_by_get_and_ends_the_session_by_post(client: TestClient) -> None:
    mei = add()
    token = sign_in(client, mei)
    assert "Sign out?" in client.get("/sign-out").text
    assert client.get("/data").status_code == 200
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert f'{cookies.SESSION}=""' in answer.headers["set-cookie"]
    client.cookies.set(cookies.SESSION, token, domain="testserver.local", path="/")
    assert client.get("/data").status_code == 401


def test_a_session_outlives_the_process_that_opened_it(live_database: str) -> None:
    mei = add()
    token = token_for(mei)
    for _ in range(2):
        with TestClient(build(), follow_redirects=False) as browser:
            browser.cookies.set(cookies.SESSION, token, domain="testserver.local", path="/")
            assert browser.get("/data").status_code == 200
        database.close()
        database.configure(live_database)


def test_nothing_typed_is_kept_in_the_clear(client: TestClient) -> None:
    add()
    _try(client, "my password by mistake", "hunter2-hunter2")
    with database.reading() as session:
        rows = [row.subject for row in session.scalars(select(SignInTry))]
    assert len(rows) == 2
    assert not any("mistake" in row for row in rows)


@pytest.mark.parametrize("words", ['"><script>alert(1)</script>', "'; --", "<b>名字</b>"])
def test_what_was_typed_comes_back_as_text(client: TestClient, words: str) -> None:
    add()
    page = client.post("/sign-in", data={"username": words, "password": "x", "next": "/" + words}).text
    assert "<script" not in page
    assert "<b>" not in page
