"""A PDF says whether anybody can look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.foundation import papers
from tests.cases.nasty import GOOD_PDF, PAPERS


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("script.pdf", None),
        ("encrypted.pdf", "password"),
        ("unknown lock.pdf", "damaged"),
        ("pages of itself.pdf", "no_pages"),
        ("a page of nothing.pdf", "no_pages"),
        ("only the end.pdf", "damaged"),
        ("head late.pdf", None),
    ],
)
def test_a_paper_nobody_can_read_says_why(tmp_path: Path, name: str, code: str | None) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(PAPERS[name]())
    assert papers.unreadable(path) == code


def test_a_good_paper_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(GOOD_PDF)
    assert papers.unreadable(path) is None
