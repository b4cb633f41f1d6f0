"""Passwords: hashed with Argon2id, measured against a short policy, never stored or logged in any other form.

Every check of a password costs exactly one Argon2 verification, also for a user who does not exist, so the time of an
answer says nothing about who has an account.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.foundation.errors import Invalid
from core.foundation.language import _

SHORTEST = 10
LONGEST = 256

# RFC 9106's second recommended choice (64 MiB, 3 passes): about 50 ms on a small server, and few enough at once to
# fit in memory.
_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)

# Temporary passwords are read aloud and typed on phones: no letter that looks like another, no vowels, so no words.
_READABLE = "bcdfghjkmnpqrstvwxz23456789"
_COMMON = Path(__file__).parent.parent / "data" / "common_passwords.txt"


def hash_password(password: str) -> str:
    """The Argon2id hash to store, with its salt and parameters inside."""
    return _hasher.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether `password` belongs to the `stored` hash. None (no such user, no password) takes the same time and is
    False.
    """
    fits = _verify(stored or _nobody(), password[: LONGEST + 1])
    return fits and stored is not None and len(password) <= LONGEST


def outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's, so that a sign-in should renew it."""
    return _hasher.check_needs_rehash(stored)


def temporary() -> str:
    """A random first password, such as `rk7t-4wzn-x9cd`: 57 bits, easy to read aloud."""
    return "-".join("".join(secrets.choice(_READABLE) for _letter in range(4)) for _group in range(3))


def check_policy(password: str, *, username: str, name: str = "", email: str | None = None) -> None:
    """Raise `Invalid`, with the reason as a sentence, unless the password is good enough for this person."""
    said = _normal(password)
    if len(said) < SHORTEST:
        raise Invalid(_("A password needs at least {n} characters.", n=SHORTEST), "password")
    if len(said) > LONGEST:
        raise Invalid(_("A password may have at most {n} characters.", n=LONGEST), "password")
    if len(set(said)) < 5:
        raise Invalid(_("This password repeats too few characters. Use more different ones."), "password")
    own = {username, email or "", (email or "").partition("@")[0], name, name.replace(" ", "")}
    if _stem(said) in {_stem(word) for word in own if word} or said.casefold() in {word.casefold() for word in own}:
        raise Invalid(_("A password must not be your own name. Choose another."), "password")
    if said.casefold() in _common() or _stem(said) in _common():
        raise Invalid(_("This password is one of the first that anybody would try. Choose another."), "password")


def _verify(stored: str, password: str) -> bool:
    """One Argon2 verification. Tests count the calls of this function."""
    try:
        return _hasher.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> str:
    """One spelling for what looks the same: input methods differ in full-width letters and composed accents."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


def _stem(word: str) -> str:
    """The word without the digits and signs hung on its ends: `password2026!` is `password`."""
    return unicodedata.normalize("NFKC", word).casefold().strip("0123456789 !@#$%^&*()_+-=.,;:?~'\"<>/|\\[]{}")


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash nobody knows the password of, verified against when there is no user."""
    return _hasher.hash(secrets.token_hex(16))


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
