"""Files one after the other: the next workbook is opened while one is taken in, and nobody can tell but by the clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid, NotFound, TooLarge
from core.foundation.permissions import SYSTEM
from core.models import Shipment
from core.parcels.importers import FileResult, Waiting, import_file, in_turn, workbooks
from core.parcels.importers.workbooks import LEAST_MEMORY
from tests.factories import NOW
from tests.parcels import exports


def month(number: int) -> bytes:
    """A workbook with one order of that month."""
    return exports.vn_file(exports.vn(order=f"26{number:02}01AAAA0001", package=str(number)))


def taken(session: Session, source: Waiting | bytes, password: str | None = None) -> FileResult:
    return import_file(session, source, actor=SYSTEM, shop="Lion", market="VN", password=password, now=NOW)


def children() -> list[psutil.Process]:
    """Whoever reads a workbook for this process, and still runs."""
    mine = psutil.Process().children()
    return [one for one in mine if one.is_running() and any("workbook_child" in word for word in one.cmdline())]


def opened(count: int) -> bool:
    """Whether so many workbooks come to be open."""
    until = time.monotonic() + 30
    while len(children()) != count and time.monotonic() < until:
        time.sleep(0.01)
    return len(children()) == count


def test_files_in_turn_bring_what_each_brings_alone(session: Session) -> None:
    with closing(in_turn((month(n), None) for n in (1, 2, 3))) as turns:
        assert [taken(session, waiting).new for waiting in turns] == [1, 1, 1]
    assert session.scalar(select(func.count()).select_from(Shipment)) == 3
    assert not children()


def test_while_one_file_has_its_turn_the_next_one_is_open_and_no_other(session: Session) -> None:
    asked: list[int] = []

    def files() -> Iterator[tuple[bytes, None]]:
        for number in (1, 2, 3):
            asked.append(number)
            yield month(number), None

    with closing(in_turn(files())) as turns:
        first = next(turns)
        assert asked == [1, 2]
        assert opened(2)
        taken(session, first)
        assert opened(1)
        taken(session, next(turns))
        assert asked == [1, 2, 3]
        assert opened(1)
        taken(session, next(turns))
        assert next(turns, None) is None


def test_who_leaves_in_the_middle_leaves_nobody_reading(session: Session) -> None:
    with closing(in_turn((month(n), None) for n in (1, 2, 3))) as turns:
        next(turns)
        assert opened(2)
    assert not children()


def test_a_file_that_is_passed_over_is_closed_when_the_next_one_has_its_turn() -> None:
    with closing(in_turn((month(n), None) for n in (1, 2))) as turns:
        next(turns)
        assert opened(2)
        next(turns)
        assert opened(1)


def test_what_is_wrong_with_a_file_is_said_in_its_turn_and_spoils_no_other(session: Session, tmp_path: Path) -> None:
    good = tmp_path / "Order.all.xlsx"
    good.write_bytes(month(1))
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(month(2)[:900])
    said: list[str] = []
    with closing(in_turn((path, None) for path in (tmp_path / "none.xlsx", tmp_path, broken, good))) as turns:
        for waiting in turns:
            try:
                said.append(str(taken(session, waiting).new))
            except (Invalid, NotFound) as refusal:
                said.append(refusal.message)
    assert [one[:28] for one in said] == [
        "There is no file " + str(tmp_path)[:11],
        (str(tmp_path) + " is a folder.")[:28],
        "The file is damaged or is no",
        "1",
    ]


def test_each_locked_workbook_has_a_password_of_its_own(session: Session) -> None:
    files = [(exports.locked(month(1), "one"), "one"), (exports.locked(month(2), "two"), "two")]
    with closing(in_turn(files)) as turns:
        assert [taken(session, waiting).new for waiting in turns] == [1, 1]
    with closing(in_turn([(files[0][0], "two")])) as turns, pytest.raises(Invalid, match="not the password") as caught:
        taken(session, next(turns))
    assert caught.value.field == "password"


def test_a_workbook_whose_reader_died_while_it_waited_is_opened_again(session: Session) -> None:
    with closing(in_turn((month(n), None) for n in (1, 2))) as turns:
        next(turns)
        assert opened(2)
        second = next(turns)
        for child in children():
            child.kill()
            child.wait()
        assert taken(session, second).new == 1


def test_a_workbook_that_kills_its_reader_is_refused_after_waiting_too(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "memory", lambda: LEAST_MEMORY // 64)
    with closing(in_turn([(month(1), None)])) as turns, pytest.raises(TooLarge, match="memory"):
        taken(session, next(turns))
    assert not children()


def test_a_file_may_be_taken_twice(session: Session) -> None:
    with closing(in_turn([(month(1), None)])) as turns:
        waiting = next(turns)
        assert [taken(session, waiting).new, taken(session, waiting).new] == [1, 0]


def test_a_password_is_given_with_the_file_that_waits(session: Session) -> None:
    data = exports.locked(month(1), "one")
    with closing(in_turn([(data, None)])) as turns, pytest.raises(Invalid, match="locked"):
        taken(session, next(turns), password="one")
