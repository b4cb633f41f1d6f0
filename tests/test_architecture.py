"""The house stands as drawn: arrows point inward, and each thing is done in the one place for it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = [*sorted((ROOT / "core").rglob("*.py")), *sorted((ROOT / "pages").rglob("*.py")), ROOT / "app.py"]
PAGES = [path for path in PROGRAM if "pages" in path.relative_to(ROOT).parts]
CORE = [path for path in PROGRAM if path.relative_to(ROOT).parts[0] == "core"]
GENERATED = ROOT / "core" / "migrations" / "versions"
LONGEST_FILE = 500

# Where "now" may be asked for: the edges. Everything else is given it.
CLOCKS = ("core/foundation/clock.py", "core/foundation/keeper.py", "core/foundation/logs.py")


# Who commits: what opens a transaction, what brings the database up, and what fills it.
EDGES = ("foundation/database.py", "foundation/migrate.py", "migrations/", "demo/", "commands/")


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Every call in a file as its dotted name and line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def test_imports_point_inward() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program], cwd=ROOT, capture_output=True, text=True, check=False, env={"PATH": "", "COLUMNS": "200"}
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_a_page_injects_no_html(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "unsafe_allow" not in text
    assert "components.v1" not in text


def test_nobody_asks_the_time_but_the_clock() -> None:
    found = [
        f"{short(path)}:{line}"
        for path in PROGRAM
        if short(path) not in CLOCKS
        for name, line in calls(path)
        if re.fullmatch(r"(datetime\.)?datetime\.(now|utcnow|today)|(datetime\.)?date\.today", name)
    ]
    assert found == []


def test_verbs_never_commit() -> None:
    edges = (
        "core/foundation/database.py",
        "core/foundation/migrate.py",
        "core/migrations/",
        "core/demo/",
        "core/commands/",
    )
    found = [
        f"{short(path)}:{line}"
        for path in PROGRAM
        if not short(path).startswith(edges)
        for name, line in calls(path)
        if name.endswith((".commit", ".rollback")) and not name.startswith("self.")
    ]
    assert found == []


def test_sentences_are_translated_whole() -> None:
    """An f-string inside `_()` is looked up after it was filled, so it is never found in the catalogue."""
    found = [
        f"{short(path)}:{node.lineno}"
        for path in PROGRAM
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("_", "_n", "N_")
        and any(isinstance(part, ast.JoinedStr) for part in node.args)
    ]
    assert found == []


@pytest.mark.parametrize("path", PROGRAM, ids=short)
def test_a_file_says_what_it_is_and_stays_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        return
    assert ast.get_docstring(ast.parse(text)), "the file has no docstring"
    if path.parent != GENERATED:
        assert len(text.splitlines()) <= LONGEST_FILE, "the file is a package by now"


def test_nothing_is_left_to_do() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    found = [
        f"{short(path)}:{number}"
        for path in PROGRAM
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark.search(line)
    ]
    assert found == []


def test_the_lock_files_name_no_host_and_hash_everything() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert not re.search(r"^\s*--(?!hash)", text, re.MULTILINE)
        for pinned in re.split(r"\n(?=[a-z0-9])", text)[1:]:
            assert "--hash=sha256:" in pinned, pinned.splitlines()[0]


def test_the_keeper_of_the_database_needs_nothing_installed() -> None:
    """It runs with `-S`: a heavy import here would cost every start of Recoup memory and time."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", "import core.foundation.keeper, sys; print(len(sys.modules))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 200
