"""People taken out of what carriers write: couriers' and receivers' names, phones, mail addresses and handles become `***`.

A scan reads "[Shenzhen] courier Zhang San (138 0013 8000) is delivering". Nobody needs to know Zhang San to claim a lost parcel, so
neither name nor phone is ever stored. The rules lean to the safe side: a hub's switchboard goes too, a name that is also a word may
take the word with it. The parcel's own numbers, codes of letters and digits, dates and hours stay.

Everything here is linear in the length of the text, and texts are cut to `LONGEST` first.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Collection
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data" / "tracking_people.toml"

MASK = "***"
LONGEST = 1_000
"""Characters of one scan that are kept."""

LEAST_DIGITS = 7
"""Digits from which on a number can be somebody's phone; five where a word for a phone stands before it."""

_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20|25)\d\d[-/.年](?:1[0-2]|0?[1-9])[-/.月](?:3[01]|[12]\d|0?[1-9])日?"
    r"|(?:3[01]|[12]\d|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9])[-/.](?:19|20|25)\d\d)(?!\d)(?:[T ,]{1,3}\d{1,2}(?=:))?"
)
_RUN = re.compile(r"[+(]{0,2}[\d*](?:[ \u00a0().\-‐-―－/·•_*xX]{0,3}[\d*])+")
_SPOKEN = re.compile(r"[零〇一二三四五六七八九幺两]{7,}")
_MAIL = re.compile(r"[^\s@<>()【】\[\],，;；:：]{1,64}@[^\s@<>()【】\[\],，;；:：]{1,100}")
_HAN = "\u3400-\u9fff"
_WORD = re.compile(r"(?:[^\W\d_]|[\u0e00-\u0e7f])[\w\u0e00-\u0e7f'’./-]*")
_QUOTES = " \u00a0\t\"'“”‘’「」『』《》<>"
_OPENING = "【[（(「『"


def mask(text: str, keep: Collection[str] = ()) -> str:
    """`text` on one line, cut at `LONGEST`, without people. `keep` are numbers that stay, as the parcel carries them."""
    clean = one_line(text)
    # Most scans say one of a few hundred things, without any number in them.
    if sum(1 for one in clean if one.isdigit()) < 5:
        return _without_people(clean)
    return people_out(clean, keep)


def people_out(clean: str, keep: Collection[str]) -> str:
    """One line of text without people, as it is otherwise. `keep` are numbers that stay, digits only."""
    return _gathered(_names(_handles(_beside_phones(_phones(_MAIL.sub(MASK, clean), keep)))))


@lru_cache(maxsize=16_384)
def _without_people(clean: str) -> str:
    return people_out(clean, ())


def one_line(text: str) -> str:
    """`text` composed, on one line, without invisible characters, cut at `LONGEST`."""
    if not text.isascii():
        text = "".join(one for one in text[: LONGEST * 4] if unicodedata.category(one) not in ("Cf", "Cs", "Co"))
        text = unicodedata.normalize("NFC", text)
    return " ".join(text[: LONGEST * 4].replace("\x00", " ").split())[:LONGEST]


# --- numbers ------------------------------------------------------------------------------------------------------------


def _shadow(text: str) -> str:
    """The text with every digit of any script as 0 to 9, letter by letter, so that places in both are the same."""
    if text.isascii():
        return text
    return "".join(_digit(one) for one in text)


def _digit(one: str) -> str:
    value = unicodedata.digit(one, None)
    if value is not None and one not in "⁰¹²³⁴⁵⁶⁷⁸⁹":
        return str(value)
    return {"＋": "+", "（": "(", "）": ")", "　": " ", "＊": "*", "．": ".", "／": "/"}.get(one, one)


def _phones(text: str, keep: Collection[str]) -> str:
    shadow = _shadow(text)
    dates = [found.span() for found in _DATE.finditer(shadow)]
    kept = {re.sub(r"\W", "", number) for number in keep if number}
    spans = [span for start, end in _runs(shadow, dates) if (span := _phone(shadow, start, end, kept)) is not None]
    spans += [found.span() for found in _SPOKEN.finditer(text)]
    return _masked(text, spans)


def _runs(shadow: str, dates: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of digits with what people put between them, cut where a date stands in them."""
    found = []
    for run in _RUN.finditer(shadow):
        start, end = run.span()
        for low, high in dates:
            if start < high and low < end:
                if low > start:
                    found.append((start, low))
                start = max(start, high)
        if start < end:
            found.append((start, end))
    return found


def _phone(shadow: str, start: int, end: int, kept: Collection[str]) -> tuple[int, int] | None:
    """The run's place where it may be a phone; None for a parcel's number, a code, an hour."""
    run = shadow[start:end]
    if run.startswith("(") and ")" not in run:
        start, run = start + 1, run[1:]
    digits = "".join(one for one in run if one.isdigit() or one == "*")
    before = shadow[:start].rstrip(" :：.#()（）[]【】-\u00a0")
    worded = _ends_in(before.casefold(), people()["phone_words"])
    if len(digits) < (5 if worded else LEAST_DIGITS) or not any(one.isdigit() for one in digits):
        return None
    if digits in kept:
        return None
    glued = start > 0 and shadow[start - 1].isascii() and shadow[start - 1].isalpha()
    plain = run.isdigit()
    if plain and not worded and (glued or _letter_at(shadow, end)):
        return None
    if shadow[end : end + 1] == ":" and len(digits) <= 8 and plain:
        return None
    return start, end


def _letter_at(shadow: str, at: int) -> bool:
    return at < len(shadow) and shadow[at].isascii() and shadow[at].isalpha()


def _ends_in(text: str, words: Collection[str]) -> bool:
    return any(text.endswith(word) for word in words)


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + MASK + text[end:]
    return text


# --- names --------------------------------------------------------------------------------------------------------------


def _handles(text: str) -> str:
    return _pattern("handles").sub(rf"\1{MASK}", text)


def _beside_phones(text: str) -> str:
    """Whoever stands right before a phone is its owner, whatever he is called."""
    return _latin_before_phone(_pattern("han_before_phone").sub(_unless_place, text)) if MASK in text else text


def _names(text: str) -> str:
    if not text.isascii():
        text = _pattern("thai_titles").sub(MASK, text)
        text = _after_roles(text, _pattern("han_roles"), _han_name)
        text = _pattern("han_titles").sub(rf"{MASK}\1", text)
        text = _pattern("han_signed").sub(_signed, text)
    text = _after_roles(text, _pattern("latin_roles"), _latin_name)
    return _after_roles(text, _pattern("latin_titles"), _latin_name)


def _after_roles(text: str, roles: re.Pattern[str], name: Callable[[str, bool], int]) -> str:
    """Mask the name that stands behind a word for a person. `name` says how many characters of the tail it takes."""
    made, at = [], 0
    for role in roles.finditer(text):
        if role.end() < at or role.start() < at:
            continue
        start = role.end()
        while start < len(text) and text[start] in _QUOTES:
            start += 1
        told = start < len(text) and text[start] in ":：=-–为是"
        while start < len(text) and text[start] in _QUOTES + ":：=-–为是.":
            start += 1
        opened = start < len(text) and text[start] in _OPENING
        if opened:
            start += 1
        length = name(text[start:], told or opened)
        if length > 0:
            made.append(text[at:start] + MASK)
            at = start + length
    return "".join(made) + text[at:]


def _han_name(tail: str, told: bool) -> int:
    """How long the name at the start of the tail is, behind a Chinese word for a person."""
    if not tail or tail.startswith(MASK):
        return 0
    if not re.match(rf"[{_HAN}]", tail):
        return _latin_name(tail, told)
    word = re.match(rf"[{_HAN}·]{{1,12}}", tail)
    run = word[0] if word else ""
    if any(run.startswith(safe) for safe in people()["safe_han"]):
        return 0
    surname = next((one for one in people()["surnames"] if run.startswith(one)), "")
    if told and len(run) <= 5 and (len(run) > 1 or surname):
        return len(run)
    if not surname:
        return 0
    given = len(surname)
    longest = min(len(run), given + 2)
    while given < longest and not (given > len(surname) and run[given] in people()["after_name"]):
        given += 1
    return given


def _latin_name(tail: str, told: bool) -> int:
    """How long the name at the start of the tail is: up to five words with capital letters; any letters behind a colon."""
    if tail.startswith(MASK):
        return 0
    end, taken = 0, 0
    for word in _WORD.finditer(tail[:120]):
        between = tail[end : word.start()]
        if between.strip(" \u00a0.") or taken == 5:
            break
        bare = word[0].rstrip(".").casefold()
        initial = taken > 0 and len(bare) == 1 and word[0].isupper()
        if (bare in people()["stop_latin"] and not initial) or (taken == 0 and bare in people()["safe_latin"]):
            break
        linking = taken > 0 and bare in people()["linking"]
        if not (word[0][0].isupper() or linking or told or _unicase(word[0])):
            break
        end, taken = word.end(), taken + 1
    return end


def _unicase(word: str) -> bool:
    """Whether the word is of a script without capitals that is not Chinese: Thai, mostly."""
    return "\u0e00" <= word[0] <= "\u0e7f"


def _signed(found: re.Match[str]) -> str:
    if any(found[2].startswith(safe) for safe in people()["safe_han"]):
        return found[0]
    return f"{found[1]}{MASK}{found[3]}"


def _unless_place(found: re.Match[str]) -> str:
    return found[0] if found[0][-1] in people()["place_ends"] else MASK


def _latin_before_phone(text: str) -> str:
    """Mask words with capital letters right before a masked phone: "JUAN DELA CRUZ (***)"."""
    made = text
    for place in reversed([found.start() for found in re.finditer(re.escape(MASK), text)]):
        head = made[:place].rstrip(" -–:(（[【,，\u00a0")
        if len(made[:place]) - len(head) > 4:
            continue
        start = len(head)
        for word in reversed(list(_WORD.finditer(head[-80:]))):
            at = max(0, len(head) - 80) + word.start()
            gap = head[at + len(word[0]) : start]
            bare = word[0].rstrip(".").casefold()
            if gap.strip(" ") or not word[0][0].isupper() or len(head) - at > 40:
                break
            if bare in people()["stop_latin"] or bare in people()["safe_latin"] or bare in people()["role_words"]:
                break
            start = at
        if start < len(head):
            made = made[:start] + MASK + made[len(head) :]
    return made


def _gathered(text: str) -> str:
    """Masks beside each other are one; a bracket that opened between them takes its end along."""

    def one(found: re.Match[str]) -> str:
        open_there = sum(found[1].count(mark) for mark in "(（【[") > sum(found[1].count(mark) for mark in ")）】]")
        return MASK if open_there else MASK + found[2]

    return re.sub(r"(\*{3}(?:[\s()（）【】\[\],，:：/-]{0,4}\*{3})+)([)）】\]]?)", one, text)


# --- words --------------------------------------------------------------------------------------------------------------


@cache
def people() -> dict[str, Any]:
    """The words of `data/tracking_people.toml`, folded; surnames longest first."""
    with DATA.open("rb") as file:
        rows = tomllib.load(file)
    return {
        "phone_words": tuple(one.casefold() for one in rows["phone_words"]),
        "surnames": tuple(sorted([*rows["double_surnames"], *rows["surnames"]], key=len, reverse=True)),
        "safe_han": tuple(rows["safe_han"]),
        "after_name": frozenset(rows["after_name"]),
        "place_ends": frozenset(rows["place_ends"]),
        "stop_latin": frozenset(one.casefold() for one in rows["stop_latin"]),
        "safe_latin": frozenset(one.casefold() for one in rows["safe_latin"]),
        "role_words": frozenset(
            word.casefold()
            for one in (*rows["roles_latin"], *rows["titles_latin"], *rows["handles"])
            for word in one.split()
        ),
        "linking": frozenset(rows["linking"]),
        "roles_han": tuple(sorted(rows["roles_han"], key=len, reverse=True)),
        "roles_latin": tuple(sorted(rows["roles_latin"], key=len, reverse=True)),
        "titles_latin": tuple(sorted(rows["titles_latin"], key=len, reverse=True)),
        "handles": tuple(rows["handles"]),
    }


@cache
def _pattern(name: str) -> re.Pattern[str]:
    def any_of(words: Collection[str]) -> str:
        return "|".join(re.escape(word) for word in words)

    surname = f"(?:{any_of(people()['surnames'])})"
    edge = rf"(?:(?<![{_HAN}])|(?<=[由让请是为员人]))"
    gap = r"[\s,，:：()（）【】\[\]]{0,4}"
    patterns = {
        "han_roles": any_of(people()["roles_han"]),
        "latin_roles": rf"(?<!\w)(?:{any_of(people()['roles_latin'])})(?!\w)",
        "latin_titles": rf"(?<!\w)(?:{any_of(people()['titles_latin'])})(?:\.|(?=\s))",
        "han_titles": rf"{edge}{surname}[{_HAN}]{{0,2}}(先生|女士|小姐|师傅|老师|阿姨|經理|经理)",
        "thai_titles": r"(?<![\u0e00-\u0e7f])(?:นางสาว|นาย|นาง|คุณ|ด\.ช\.|ด\.ญ\.)\s?[\u0e00-\u0e7f]{2,24}(?:\s[\u0e00-\u0e7f]{2,24})?",
        "han_signed": rf"(由\s?[【\[(（]?)([{_HAN}·]{{2,4}}?|[A-Za-z][A-Za-z .'-]{{1,40}}?)([】\])）]?\s?代?(?:为)?签收)",
        "han_before_phone": rf"{edge}{surname}[{_HAN}]{{1,3}}"
        rf"(?={gap}(?:联系)?(?:电话|手机号?|号码|[Tt]el)?{gap}\*\*\*)",
        "handles": rf"((?:{any_of(people()['handles'])})\s?(?:id|号|號)?\s?[:：]\s?)[A-Za-z0-9_.@+-]{{3,64}}",
    }
    return re.compile(patterns[name], re.IGNORECASE if name in ("latin_roles", "handles") else 0)


__all__ = ["LONGEST", "MASK", "mask", "people_out"]
