"""The catalogues and the code: what `make messages` runs, and what a test holds them to.

python -m tests.messages           bring every catalogue up to the code: new sentences empty, gone ones removed
python -m tests.messages --check   only say what is missing, unused or broken
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

from core.foundation.language import CATALOGUES, LANGUAGES

ROOT = Path(__file__).parent.parent
KEYWORDS = {"_": 1, "N_": 1, "_n": 2}
"""The marks, and how many of their first arguments are sentences."""
PLACES = re.compile(r"\{(\w+)[^}]*\}")


@dataclass(frozen=True)
class Message:
    """One sentence of the code: its plural form if it has one, and where it stands."""

    singular: str
    plural: str | None
    places: tuple[str, ...]


def sources() -> Iterator[Path]:
    """Every file whose sentences a user can read."""
    yield ROOT / "app.py"
    for folder in ("core", "pages"):
        yield from sorted(path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


def marked(path: Path) -> Iterator[tuple[str, str | None]]:
    """The sentences marked in one file, in order. Read as a tree, so that those inside an f-string are found too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        wanted = KEYWORDS.get(call.func.id, 0) if isinstance(call.func, ast.Name) else 0
        words = [
            one.value for one in call.args[:wanted] if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        if wanted and len(words) == wanted and words[0]:
            yield words[0], words[1] if wanted == 2 else None


def extract() -> dict[str, Message]:
    """Every sentence in the code, by its English words."""
    found: dict[str, Message] = {}
    for path in sources():
        if not path.exists():
            continue
        where = path.relative_to(ROOT).as_posix()
        for singular, plural in marked(path):
            old = found.get(singular)
            places = tuple(sorted({*(old.places if old else ()), where}))
            found[singular] = Message(singular, plural or (old.plural if old else None), places)
    return found


def catalogue(language: str) -> Path:
    return CATALOGUES / language.replace("-", "_") / "LC_MESSAGES" / "recoup.po"


def translated() -> list[str]:
    """The languages that need a catalogue: all but the one in the code."""
    return [language for language in LANGUAGES if language != "en"]


def complaints(language: str) -> list[str]:
    """What is wrong with a catalogue: untranslated, unused, fuzzy, or with other places than the English."""
    wanted = extract()
    po = polib.pofile(str(catalogue(language)))
    entries = {entry.msgid: entry for entry in po if not entry.obsolete}
    said = [f"not in the catalogue: {m!r} ({', '.join(wanted[m].places)})" for m in wanted if m not in entries]
    said += [f"no longer in the code: {m!r}" for m in entries if m not in wanted]
    for singular, entry in entries.items():
        forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if not all(forms) or entry.fuzzy:
            said.append(f"not translated: {singular!r}")
            continue
        allowed = set(PLACES.findall(singular)) | set(PLACES.findall(entry.msgid_plural or ""))
        for form in forms:
            if set(PLACES.findall(form)) - allowed or (allowed - {"n"}) - set(PLACES.findall(form)):
                said.append(f"other places than the English: {singular!r} → {form!r}")
    return said


def bring_up(language: str) -> tuple[int, int]:
    """Add what is new (empty) and remove what is gone; returns how many of each."""
    path = catalogue(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        po = polib.pofile(str(path), wrapwidth=120)
    else:
        po = polib.POFile(wrapwidth=120)
        po.metadata = {
            "Language": language.replace("-", "_"),
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": "nplurals=1; plural=0;",
        }
    wanted = extract()
    old = {entry.msgid: entry for entry in po}
    for entry in [entry for entry in po if entry.msgid not in wanted]:
        po.remove(entry)
    new = [message for singular, message in wanted.items() if singular not in old]
    for message in new:
        entry = polib.POEntry(msgid=message.singular, msgstr="")
        if message.plural:
            entry = polib.POEntry(msgid=message.singular, msgid_plural=message.plural, msgstr_plural={0: ""})
        po.append(entry)
    for entry in po:
        entry.occurrences = [(place, "") for place in wanted[entry.msgid].places]
    po.sort(key=lambda entry: (entry.occurrences[0][0], entry.msgid))
    po.save(str(path))
    return len(new), len(old) + len(new) - len(po)


def main() -> int:
    wrong = 0
    for language in translated():
        if "--check" not in sys.argv:
            new, gone = bring_up(language)
            sys.stdout.write(f"{language}: {new} new, {gone} gone\n")
        said = complaints(language)
        wrong += len(said)
        sys.stdout.write("".join(f"  {one}\n" for one in said))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
