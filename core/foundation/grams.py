"""Pieces of text that an index can find: the search of every list in Recoup.

A text that contains the query contains the query's grams, so `recoup_grams(text) @> query_grams(query)` on a GIN index
narrows a million rows to a few, and a plain `LIKE` on those decides. The same function exists in the database
(`recoup_grams`, migration 0001, immutable, so it can feed a generated column); a test holds the two together.

Letters and digits of scripts that put spaces between words give trigrams per run (tracking numbers, Latin, Cyrillic,
…); scripts that do not (Chinese, Japanese, Korean, Thai, …) give single characters and pairs. Everything else only
separates.
"""

from __future__ import annotations

import re
import unicodedata

# Written once as escapes that Python's re and Postgres's regular expressions read alike.
SEPARATORS = (
    r"\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u00D7\u00F7\u2000-\u2BFF\u2E00-\u2E7F"
    r"\u3000-\u3004\u3008-\u303F\uE000-\uF8FF\uFE00-\uFE6F\uFF00-\uFFEF\U0001F000-\U0001FAFF"
)
UNSPACED = (
    r"\u0E00-\u0EFF\u1000-\u109F\u1100-\u11FF\u1780-\u17FF\u2E80-\u2FFF\u3005-\u3007\u3040-\u31FF"
    r"\u3400-\u4DBF\u4E00-\uA4CF\uAC00-\uD7AF\uF900-\uFAFF\U00020000-\U0003FFFF"
)

SPACED_RUN = f"[^{SEPARATORS}{UNSPACED}]{{3,}}"
UNSPACED_RUN = f"[{UNSPACED}]+"

_spaced = re.compile(SPACED_RUN)
_unspaced = re.compile(UNSPACED_RUN)
_marks = re.compile("[\u0300-\u036f]")
_unstorable = re.compile("[\x00\ud800-\udfff]")


def normalise(text: str) -> str:
    """The text as it is indexed and asked for: forms and case folded, Latin accents gone, one space between words."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        text = unicodedata.normalize("NFKC", _marks.sub("", unicodedata.normalize("NFKD", text)))
        text = text.replace("đ", "d")
    return " ".join(_unstorable.sub(" ", text.lower()).split())


def grams(text: str) -> set[str]:
    """Every gram of a normalised text: what `recoup_grams` gives for it in the database."""
    found: set[str] = set()
    for run in _spaced.findall(text):
        found.update(run[at : at + 3] for at in range(len(run) - 2))
    for run in _unspaced.findall(text):
        found.update(run)
        found.update(run[at : at + 2] for at in range(len(run) - 1))
    return found


def query_grams(text: str) -> set[str]:
    """The grams a row must have to contain the normalised query; none where it is too short for the index to help."""
    found: set[str] = set()
    for run in _spaced.findall(text):
        found.update(run[at : at + 3] for at in range(len(run) - 2))
    for run in _unspaced.findall(text):
        found.update(run[at : at + 2] for at in range(len(run) - 1)) if len(run) > 1 else found.add(run)
    return found
