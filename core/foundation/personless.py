"""People taken out of what people write: a buyer's chat, a colleague's remark, a letter. Lines stay lines, nothing is cut.

What `masking` does for carriers' scans, and beside it how people name themselves and each other and where they live
(`data/buyer_words.toml`). It leans to the safe side; amounts, dates and the numbers of orders and parcels stay.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

from core.foundation.masking import MASK, people, people_out

DATA = Path(__file__).parents[1] / "data" / "buyer_words.toml"

_AMOUNT = re.compile(r"(?<![\d.,+])\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?(?![\d])")
_CODE = re.compile(r"(?<![\w@+])(?P<word>[A-Za-z]{2,12}[-_/](?:[A-Za-z]{1,12}[-_/])*)(?P<rest>\d[\d-]*\d)(?!\w)")
_LONG_NUMBER = re.compile(r"(?<!\d)\d{14,}(?!\d)")


def personless(text: str, keep: Collection[str] = ()) -> str:
    """The text with whoever it seems to name, every phone, mail address and home masked, line by line.

    `keep` are numbers that stay, as the parcel carries them; codes with letters in front, amounts and the longest numbers stay anyhow.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return "\n".join(_line(line, keep) for line in text.split("\n"))


def _line(line: str, keep: Collection[str]) -> str:
    if not line.strip():
        return line
    numbers = [re.sub(r"\D", "", one) for pattern in (_AMOUNT, _LONG_NUMBER) for one in pattern.findall(line)]
    numbers += [re.sub(r"\D", "", code["rest"]) for code in _CODE.finditer(line) if not _is_phone(code["word"])]
    return people_out(_homes(_named(line)), [*numbers, *keep])


def _is_phone(word: str) -> bool:
    return word.casefold().rstrip("-_/") in people()["phone_words"]


def _named(line: str) -> str:
    line = _pattern("naming").sub(_unless_a_word, line)
    if line.isascii():
        return line
    return _pattern("greeting_han").sub(_unless_a_word_han, _pattern("naming_han").sub(_unless_a_word_han, line))


def _homes(line: str) -> str:
    for name in ("labels", "numbered", "streets", "units", "thai", "han"):
        if name in ("thai", "han") and line.isascii():
            continue
        line = _pattern(name).sub(lambda found: (found["before"] or "") + MASK, line)
    return line


def _unless_a_word(found: re.Match[str]) -> str:
    first = re.split(r"[\s'’-]", found["name"])[0]
    return found[0] if first in _words()["no_names"] else found["before"] + MASK


def _unless_a_word_han(found: re.Match[str]) -> str:
    return found[0] if found["name"][0] in _words()["no_names_han"] else found["before"] + MASK


@cache
def _words() -> dict[str, Any]:
    with DATA.open("rb") as file:
        rows = tomllib.load(file)
    return {**rows, "no_names": frozenset(rows["no_names"]), "no_names_han": frozenset(rows["no_names_han"])}


def _any_of(words: Collection[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    words = _words()
    # Upper-case letters of any script have no class of their own in `re`: a capital is a letter that is no lower-case one.
    capital = r"[A-Z\u00c0-\u00de\u0102\u0110\u0128\u0168\u01a0\u01af\u1ea0-\u1ef8]"
    latin = rf"{capital}[\w'’-]{{0,30}}(?:\s(?:{capital}[\w'’-]{{0,30}}|bin|binti|de|da|dos|del|la|van)){{0,4}}"
    word = rf"{capital}[\w'’-]{{0,30}}"
    thai = r"[\u0e00-\u0e7f]{2,24}(?:\s[\u0e00-\u0e7f]{2,24})?"
    rest = r"[^\n;!?。；！？]{2,160}"
    patterns = {
        "naming": rf"(?P<before>(?<!\w)(?i:{_any_of(words['naming'])})\s*[:：,]?\s{{0,2}})(?P<name>{latin}|{thai})",
        "naming_han": rf"(?P<before>(?:{_any_of(words['naming_han'])})[:：，,]?\s?)(?P<name>[\u3400-\u9fff]{{2,4}})",
        "greeting_han": rf"(?P<before>(?:{_any_of(words['greeting_han'])})[:：，,]?\s?)"
        rf"(?P<name>(?:{_any_of(people()['surnames'])})[\u3400-\u9fff]{{1,2}})(?![\u3400-\u9fff])",
        "labels": rf"(?P<before>(?<!\w)(?i:{_any_of(words['address_labels'])})(?:\s+(?:is|adalah|là|é|es))?\s*[:：]?\s*){rest}",
        "numbered": rf"(?P<before>)(?<!\w)(?:(?i:no)\.?\s?)?\d{{1,5}}[A-Za-z]?(?:/\d{{1,4}})?,?\s(?:{word}\s){{1,2}}?"
        rf"(?i:{_any_of(words['street_after_number'])})(?!\w)[^\n;!?]{{0,80}}",
        "streets": rf"(?P<before>)(?<!\w)(?:(?i:no)\.?\s?\d[\w/-]{{0,8}},?\s+)?(?:\d[\w/-]{{0,8}}\s+)?"
        rf"(?i:{_any_of(words['street_words'])})\.?\s+(?=[\dA-Z\u00c0-\u1ef9#])[^\n;!?]{{2,120}}",
        "units": r"(?P<before>)#\d{1,3}-\d{1,5}[^\n;!?]{0,60}",
        "thai": rf"(?P<before>)(?:\d[\d/]{{0,8}}\s?)?(?:{_any_of(words['street_words_thai'])})\s?[\u0e00-\u0e7f\d][^\n;!?]{{1,100}}",
        "han": r"(?P<before>)[\u3400-\u9fff]{2,12}(?:省|市|区|區|县|縣|镇|鎮|乡|鄉|路|街|道|巷|弄)[\u3400-\u9fff\d\-A-Za-z]{0,40}?\d+"
        r"[\u3400-\u9fff\d\-A-Za-z]{0,20}(?:号|號|楼|樓|室|单元|弄|栋)[\u3400-\u9fff\d\-]{0,20}",
    }
    return re.compile(patterns[name])


__all__ = ["personless"]
