"""The language of every sentence: English in the code, other languages in gettext catalogues.

`_("Hello {name}", name=…)` looks the sentence up in the reader's language and fills it. `N_` only marks a sentence that
is translated later, where it is shown. The reader's language is a context variable set at the edge (`using`); where a new
thread starts without one, the provider registered by the edge is asked (`provide`).
Catalogues are `.po` files read as they are with Babel, so there is nothing to compile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES: dict[str, str] = {"en": "English", "zh-CN": "简体中文"}
"""Language tag → the language's own name."""

LOCALES: dict[str, str] = {"en": "en_GB", "zh-CN": "zh_Hans_CN"}
"""Language tag → the Babel locale for dates, numbers and amounts. British English: the team's markets write 23 Nov."""

CATALOGUES = Path(__file__).parent.parent / "locale"

_language: ContextVar[str | None] = ContextVar("language", default=None)
_providers: list[Callable[[], str | None]] = []


def best(wanted: str | None) -> str:
    """The supported language nearest to a tag or an Accept-Language header; English when none is near."""
    weighed = []
    for part in (wanted or "").split(","):
        tag, _semicolon, more = part.partition(";")
        weighed.append((_weight(more), tag.strip().lower()))
    for weight, tag in sorted(weighed, key=lambda one: -one[0]):
        if not weight:
            continue
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "en"


def _weight(text: str) -> float:
    """The q of an Accept-Language part: 1 where none is given, or none that can be read."""
    found = re.fullmatch(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", text)
    return float(found[1]) if found else 1.0


def provide(provider: Callable[[], str | None]) -> None:
    """Register where to ask for the language in a thread that has none of its own."""
    if provider not in _providers:
        _providers.append(provider)


def current() -> str:
    """The language tag of whoever reads now."""
    language = _language.get()
    if language is None:
        language = next((found for ask in _providers if (found := ask())), "en")
    return language if language in LANGUAGES else "en"


@contextmanager
def using(language: str) -> Iterator[None]:
    """Speak `language` inside the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def speak(language: str | None) -> None:
    """Speak `language` from here on in this thread; None asks the provider again."""
    _language.set(language)


@lru_cache(maxsize=8)
def _catalogue(language: str) -> dict[str, tuple[str, ...]]:
    path = CATALOGUES / language.replace("-", "_") / "LC_MESSAGES" / "recoup.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        found: dict[str, tuple[str, ...]] = {}
        for message in read_po(file):
            key = message.id if isinstance(message.id, str) else message.id[0]
            said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            if key and said and all(said) and not message.fuzzy:
                found[key] = said
        return found


def N_(message: str) -> str:  # noqa: N802 -- gettext's own name
    """Mark a sentence for the catalogue and give it back as it is."""
    return message


def _(message: str, **values: Any) -> str:
    """The sentence in the reader's language, with `{name}` places filled from `values`."""
    said = _catalogue(current()).get(message, (message,))[0]
    return said.format(**values) if values else said


def _n(singular: str, plural: str, n: int, **values: Any) -> str:
    """The sentence for a count; `{n}` is the count in the reader's digits grouping."""
    from core.foundation.formats import number

    said = _catalogue(current()).get(singular)
    form = (said[0] if len(said) == 1 else said[0 if n == 1 else -1]) if said else (singular if n == 1 else plural)
    return form.format(n=number(n), **values)
