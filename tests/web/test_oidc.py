"""Signing in with a provider: the good way, and every way it must not work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from core.foundation import config, database
from core.models.team import Person, WebSession
from core.web import cookies, oidc
from tests.web import provider as small
from tests.web.conftest import HOME, PAGE, add, build
from tests.web.provider import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    oidc._client.cache_clear()
    with small.running() as running:
        yield running


@pytest.fixture
def client(live_database: str, provider: Provider) -> Iterator[TestClient]:
    known = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": small.CLIENT_ID,
        "oidc_client_secret": small.CLIENT_SECRET,
        "oidc_name": "Shop account",
        "secret_text": "s" * 40,
    }
    with config.override(**known), TestClient(build(), follow_redirects=False, headers=HOME) as opened:
        yield opened


def _round(client: TestClient, wanted: str = "/") -> Any:
    """From our button to the provider and back, as a browser goes."""
    start = client.get("/oidc/start", params={"next": wanted})
    assert start.status_code == 302, start.text
    there = httpx2.get(start.headers["location"])
    assert there.status_code == 302
    home = there.headers["location"]
    assert home.startswith("http://testserver/oidc/back?")
    return client.get(home.removeprefix("http://testserver"), headers=PAGE)


def _sessions() -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(WebSession)) or 0


def test_the_sign_in_page_offers_the_provider_and_keeps_the_deep_link(client: TestClient) -> None:
    add()
    page = client.get("/sign-in", params={"next": "/case?ref=INC-2026-00001"}).text
    assert 'href="/oidc/start?next=%2Fcase%3Fref%3DINC-2026-00001"' in page
    assert "Sign in with Shop account" in page


def test_somebody_the_admin_created_comes_in_and_lands_where_they_wanted(
    client: TestClient, provider: Provider
) -> None:
    mei = add(email="mei@shop.example")
    answer = _round(client, "/case?ref=INC-2026-00001")
    assert (answer.status_code, answer.headers["location"]) == (303, "/case?ref=INC-2026-00001")
    assert client.get("/data").status_code == 200
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["scope"] == "openid email profile"
    with database.reading() as session:
        linked = session.get_one(Person, mei.id)
    assert (linked.oidc_issuer, linked.oidc_subject) == (provider.issuer, "s-1")
    provider.person = {"sub": "s-1"}
    assert _round(client).status_code == 303


def test_the_state_cookie_is_short_lived_signed_and_for_these_routes_alone(client: TestClient) -> None:
    cookie = client.get("/oidc/start").headers["set-cookie"]
    assert cookie.startswith(f"{oidc.STATE_COOKIE}=")
    for part in ("path=/oidc", "Max-Age=600", "httponly", "samesite=lax"):
        assert part in cookie
    add()
    assert oidc.STATE_COOKIE not in client.get("/sign-in").headers.get("set-cookie", "")
    back = _round(client)
    assert any(value.startswith(f"{oidc.STATE_COOKIE}=null") for value in back.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "s-9", "email": "stranger@elsewhere.example", "email_verified": True},
        {"sub": "s-9", "email": "mei@shop.example", "email_verified": False},
        {"sub": "s-9", "email": "mei@shop.example"},
        {"sub": "s-9"},
    ],
)
def test_a_stranger_gets_a_sentence_and_nothing_else(
    client: TestClient, provider: Provider, person: dict[str, Any]
) -> None:
    add(email="mei@shop.example")
    provider.person = person
    answer = _round(client)
    assert answer.status_code == 403
    assert "have no account here" in answer.text
    assert cookies.SESSION not in answer.cookies
    assert client.get("/data").status_code == 401
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 1
    assert _sessions() == 0


def _wrong_nonce(claims: dict[str, Any]) -> None:
    claims["nonce"] = "another"


def _no_nonce(claims: dict[str, Any]) -> None:
    del claims["nonce"]


def _wrong_audience(claims: dict[str, Any]) -> None:
    claims["aud"] = "another-client"


def _wrong_audience_with_our_party(claims: dict[str, Any]) -> None:
    claims |= {"aud": ["another-client"], "azp": small.CLIENT_ID}


def _wrong_issuer(claims: dict[str, Any]) -> None:
    claims["iss"] = "https://evil.example"


def _expired(claims: dict[str, Any]) -> None:
    claims["exp"] = int(time.time()) - 3600


def _no_expiry(claims: dict[str, Any]) -> None:
    del claims["exp"]


def _no_subject(claims: dict[str, Any]) -> None:
    del claims["sub"]


@pytest.mark.parametrize(
    "lie",
    [
        _wrong_nonce,
        _no_nonce,
        _wrong_audience,
        _wrong_audience_with_our_party,
        _wrong_issuer,
        _expired,
        _no_expiry,
        _no_subject,
    ],
)
def test_a_token_that_is_not_for_us_now_lets_nobody_in(
    client: TestClient, provider: Provider, lie: Callable[[dict[str, Any]], None]
) -> None:
    add(email="mei@shop.example")
    provider.lie = lie
    _refused(client, _round(client))


def test_a_token_signed_by_somebody_else_lets_nobody_in(client: TestClient, provider: Provider) -> None:
    add(email="mei@shop.example")
    provider.sign_with_another_key()
    _refused(client, _round(client))


def test_an_error_of_the_provider_is_one_sentence_with_an_id(client: TestClient, provider: Provider) -> None:
    add(email="mei@shop.example")
    provider.error = "access_denied"
    answer = _round(client)
    _refused(client, answer)
    assert "words of the provider" not in answer.text
    provider.error, provider.token_status = "", 500
    _refused(client, _round(client))


def test_an_answer_nobody_asked_for_lets_nobody_in(client: TestClient, provider: Provider) -> None:
    add(email="mei@shop.example")
    _refused(client, client.get("/oidc/back?code=x&state=y"))
    _refused(client, client.get("/oidc/back"))


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(
    client: TestClient, provider: Provider, live_database: str
) -> None:
    add(email="mei@shop.example")
    start = client.get("/oidc/start")
    home = httpx2.get(start.headers["location"]).headers["location"].removeprefix("http://testserver")
    with TestClient(build(), follow_redirects=False, headers=HOME) as other:
        _refused(other, other.get(home))
    assert client.get(home).status_code == 303
    client.cookies.delete(cookies.SESSION)
    _refused(client, client.get(home), sessions=1)


def test_a_provider_that_does_not_answer_is_one_sentence(client: TestClient, provider: Provider) -> None:
    add()
    oidc._client.cache_clear()
    with config.override(oidc_issuer="http://127.0.0.1:9"):
        answer = client.get("/oidc/start")
    assert answer.status_code == 502
    assert "did not work" in answer.text


def test_without_a_provider_the_routes_are_not_there(live_database: str) -> None:
    add()
    with TestClient(build(), follow_redirects=False, headers=HOME) as plain:
        assert "oidc" not in plain.get("/sign-in").text
        assert plain.get("/oidc/start").json()["path"] == "/oidc/start"


def _refused(client: TestClient, answer: Any, sessions: int = 0) -> None:
    assert answer.status_code == 502
    assert "Signing in with the provider did not work" in answer.text
    assert client.get("/data").status_code == 401
    assert _sessions() == sessions
