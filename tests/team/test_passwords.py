"""Passwords: the policy in sentences, one verification whatever the case."""

from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher

from core.foundation.errors import Invalid
from core.team import passwords


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short-one", "at least 10 characters"),
        ("x" * 300, "at most 256"),
        ("abababababab", "repeats too few"),
        ("password2026!", "first that anybody"),
        ("1234567890", "first that anybody"),
        ("Qwertyuiop", "first that anybody"),
        ("woaini5201314", "first that anybody"),
        ("mei.lin.2026", "your own name"),
        ("Mei.Lin@shop.example", "your own name"),
        ("ｐａｓｓｗｏｒｄ１２３", "first that anybody"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        passwords.check_policy(password, username="mei.lin", name="Mei Lin", email="mei.lin@shop.example")
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password", ["four words in a row", "纸箱里的三只蓝色杯子到了", "rk7t-4wzn-x9cd", "Tr0ub4dor&3x"]
)
def test_a_good_password_passes(password: str) -> None:
    passwords.check_policy(password, username="mei.lin", name="Mei Lin", email=None)


def test_a_temporary_password_meets_the_policy_and_is_never_the_same() -> None:
    made = {passwords.temporary() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert re.fullmatch(r"[a-z0-9]{4}(-[a-z0-9]{4}){2}", password)
        passwords.check_policy(password, username="mei", name="Mei")


def test_what_looks_the_same_is_the_same_password() -> None:
    stored = passwords.hash_password("ｃａｆé four cups")
    assert passwords.matches(stored, "cafe\u0301 four cups")
    assert not passwords.matches(stored, "cafe four cups")


def test_no_hash_and_a_broken_hash_match_nothing() -> None:
    assert not passwords.matches(None, "anything at all")
    assert not passwords.matches("", "anything at all")
    assert not passwords.matches("not a hash", "anything at all")


def test_a_password_longer_than_allowed_never_matches_by_being_cut() -> None:
    stored = passwords.hash_password("y" * 256)
    assert passwords.matches(stored, "y" * 256)
    assert not passwords.matches(stored, "y" * 257)


def test_every_check_costs_exactly_one_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    verify = passwords._verify

    def counted(stored: str, password: str) -> bool:
        calls.append(stored)
        return verify(stored, password)

    monkeypatch.setattr(passwords, "_verify", counted)
    stored = passwords.hash_password("four words in a row")
    for known, typed in ((stored, "four words in a row"), (stored, "wrong"), (None, "wrong"), (None, "w" * 9999)):
        calls.clear()
        passwords.matches(known, typed)
        assert len(calls) == 1


def test_a_hash_of_weaker_parameters_is_outdated(monkeypatch: pytest.MonkeyPatch) -> None:
    old = passwords.hash_password("four words in a row")
    assert not passwords.outdated(old)
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    assert passwords.outdated(old)
    assert passwords.matches(old, "four words in a row")


def test_the_real_parameters_are_argon2id_of_today() -> None:
    monkeyless = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
    assert monkeyless.type.name == "ID"
