"""A backup goes back into an empty installation as it was, and nowhere else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import text

from core.foundation import backup, migrate
from core.foundation.database import make_engine
from core.foundation.errors import BadConfig, Invalid, NotFound, Unavailable


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder: evidence, the secret, and what a backup leaves out."""
    folder = tmp_path / "data"
    for name, content in {
        "files/ab/cd/abcd": b"a photo",
        "secret": b"hush",
        "postgres/cluster/PG_VERSION": b"18",
        "files/incoming/half": b"half a fi",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def fingerprint(url: str) -> list[tuple[str, int]]:
    """Every table with a hash of its rows."""
    with make_engine(url, pooled=False).connect() as connection:
        tables = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ).scalars()
        return [
            (
                name,
                connection.execute(text(f"SELECT coalesce(sum(hashtext(t::text)), 0) FROM {name} AS t")).scalar_one(),
            )
            for name in tables
        ]


def add_words(url: str) -> None:
    with make_engine(url, pooled=False).begin() as connection:
        connection.execute(
            text("CREATE TABLE note (word text, grams text[] GENERATED ALWAYS AS (recoup_grams(word)) STORED)")
        )
        connection.execute(text("INSERT INTO note VALUES ('包裹丢失'), ('spxvn0612')"))


def test_what_was_saved_comes_back_the_same(
    database_url: str, empty_database_url: str, data: Path, tmp_path: Path
) -> None:
    add_words(database_url)
    saved = backup.save(database_url, data, tmp_path / "backup")
    assert (saved.copied, saved.kept) == (2, 0)
    there = tmp_path / "new"
    loaded = backup.load(empty_database_url, there, tmp_path / "backup")
    assert loaded.copied == 2
    assert fingerprint(empty_database_url) == fingerprint(database_url)
    assert migrate.upgrade(empty_database_url).ok
    assert sorted(path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()) == [
        "files/ab/cd/abcd",
        "secret",
    ]


def test_a_second_backup_copies_only_what_is_new(database_url: str, data: Path, tmp_path: Path) -> None:
    backup.save(database_url, data, tmp_path / "backup")
    (data / "files/ab/cd/abce").write_bytes(b"another")
    again = backup.save(database_url, data, tmp_path / "backup")
    assert (again.copied, again.kept) == (1, 2)


def test_a_backup_is_private(database_url: str, data: Path, tmp_path: Path) -> None:
    backup.save(database_url, data, tmp_path / "backup")
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


def test_a_database_with_something_in_it_is_left_alone(database_url: str, data: Path, tmp_path: Path) -> None:
    backup.save(database_url, data, tmp_path / "backup")
    before = fingerprint(database_url)
    with pytest.raises(BadConfig, match="not empty"):
        backup.load(database_url, tmp_path / "new", tmp_path / "backup")
    assert fingerprint(database_url) == before
    assert not (tmp_path / "new").exists()


def test_a_damaged_dump_leaves_the_database_empty(
    database_url: str, empty_database_url: str, data: Path, tmp_path: Path
) -> None:
    backup.save(database_url, data, tmp_path / "backup")
    dump = tmp_path / "backup" / backup.DUMP
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unavailable, match="could not be copied"):
        backup.load(empty_database_url, tmp_path / "new", tmp_path / "backup")
    assert fingerprint(empty_database_url) == []


def test_a_folder_that_is_no_backup_is_told(empty_database_url: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"recoup\.dump is missing"):
        backup.load(empty_database_url, tmp_path / "new", tmp_path)


def test_a_backup_inside_the_data_folder_is_refused(database_url: str, data: Path) -> None:
    with pytest.raises(Invalid, match="inside the data folder"):
        backup.save(database_url, data, data / "backup")


def test_the_password_is_not_told_when_the_server_is_gone(data: Path, tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        backup.save("postgresql+psycopg://u:hush-hush@127.0.0.1:1/d", data, tmp_path / "backup")
    assert "hush-hush" not in str(refused.value)


def test_copies_are_whole(database_url: str, data: Path, tmp_path: Path) -> None:
    backup.save(database_url, data, tmp_path / "backup")
    copied = tmp_path / "backup" / backup.FILES / "files/ab/cd/abcd"
    assert hashlib.sha256(copied.read_bytes()).digest() == hashlib.sha256(b"a photo").digest()
