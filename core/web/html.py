"""The few pages that are plain HTML: a card with at most one form, in the look's colours, without a script.

Every value is escaped on its way in; the style sheet is inside the page and allowed by its hash, and nothing else may
load or run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse
from starlette.types import Scope

from core.foundation.language import LANGUAGES, _, best, current
from core.web import cookies

_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Field:
    """One labelled input. `kind` is the HTML type; `hint` stands below it; a hidden field has no label."""

    name: str
    label: str = ""
    kind: str = "text"
    value: str = ""
    autocomplete: str = "off"
    hint: str = ""
    focus: bool = False
    required: bool = True


@dataclass(frozen=True)
class Page:
    """What one page says. `said` is the sentence in the alert region; `links` are (address, words)."""

    title: str
    lead: str = ""
    said: str = ""
    good: bool = False
    action: str = ""
    fields: Sequence[Field] = ()
    button: str = ""
    other: tuple[str, str] | None = None
    links: Sequence[tuple[str, str]] = ()


def language_of(scope: Scope) -> str:
    """The reader's language: the person's own, else the one chosen on these pages, else the browser's first."""
    who = scope.get("recoup.who")
    chosen = (who.language if who is not None else None) or _asked(scope)
    chosen = chosen or cookies.read(scope["headers"], cookies.LANGUAGE)
    if chosen in LANGUAGES:
        return str(chosen)
    return best(dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1"))


def _asked(scope: Scope) -> str | None:
    asked = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"))).get("lang")
    return asked if asked in LANGUAGES else None


def respond(page: Page, scope: Scope, status: int = 200) -> HTMLResponse:
    """The page as an answer that no cache keeps; a language asked for in the address is remembered."""
    css, policy = _style()
    values = {
        "language": current(),
        "title": escape(page.title),
        "icon": _icon(),
        "css": css,
        "lead": f'<p class="lead">{escape(page.lead)}</p>' if page.lead else "",
        "said": escape(page.said),
        "said_class": ("said good" if page.good else "said") if page.said else "silent",
        "form": _form(page),
        "links": _links(page),
        "language_label": escape(_("Language")),
        "languages": _languages(scope),
    }
    response = HTMLResponse(_template().substitute(values), status)
    response.headers["content-security-policy"] = policy
    response.headers["cache-control"] = "no-store"
    response.headers["vary"] = "Cookie, Accept-Language"
    if asked := _asked(scope):
        cookies.set_language(response, asked, scheme=scope["scheme"])
    return response


def _form(page: Page) -> str:
    if not page.button:
        return ""
    inputs = "".join(_input(field, page) for field in page.fields)
    return f'<form method="post" action="{escape(page.action)}">{inputs}<button>{escape(page.button)}</button></form>'


def _input(field: Field, page: Page) -> str:
    attributes = {"type": field.kind, "name": field.name, "id": field.name, "value": field.value}
    if field.kind == "hidden":
        if field.autocomplete == "off":
            return f"<input{_attributes(attributes)}>"
        # Password managers look for the name that belongs to a new password: a text field, seen or not.
        return (
            f"<input{_attributes(attributes | {'type': 'text', 'autocomplete': field.autocomplete})} readonly hidden>"
        )
    attributes |= {"autocomplete": field.autocomplete, "autocapitalize": "none", "spellcheck": "false"}
    hint = f'<p class="hint" id="{field.name}-hint">{escape(field.hint)}</p>' if field.hint else ""
    told = [f"{field.name}-hint"] * bool(field.hint) + ["said"] * bool(page.said and field.focus)
    if told:
        attributes["aria-describedby"] = " ".join(told)
    flags = " required" * field.required + " autofocus" * field.focus
    return f'<label for="{field.name}">{escape(field.label)}</label><input{_attributes(attributes)}{flags}>{hint}'


def _attributes(values: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in values.items())


def _links(page: Page) -> str:
    other = ""
    if page.other:
        other = f'<a class="button second" href="{escape(page.other[0])}">{escape(page.other[1])}</a>'
    lines = "".join(f'<p class="links"><a href="{escape(to)}">{escape(words)}</a></p>' for to, words in page.links)
    return other + lines


def _languages(scope: Scope) -> str:
    kept = [pair for pair in parse_qsl(scope.get("query_string", b"").decode("latin-1")) if pair[0] == "next"]
    found = []
    for tag, name in LANGUAGES.items():
        if tag == current():
            found.append(f'<span lang="{tag}" aria-current="true">{escape(name)}</span>')
        else:
            found.append(f'<a lang="{tag}" href="?{escape(urlencode([*kept, ("lang", tag)]))}">{escape(name)}</a>')
    return "".join(found)


@lru_cache(maxsize=1)
def _template() -> Template:
    return Template((_FOLDER / "page.html").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _style() -> tuple[str, str]:
    """The style sheet, and the content policy that allows it by its hash and nothing else but our own forms and the
    icon.
    """
    css = (_FOLDER / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return css, policy


@lru_cache(maxsize=1)
def _icon() -> str:
    return base64.b64encode((_FOLDER / "icon.svg").read_bytes()).decode()
