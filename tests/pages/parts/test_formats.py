"""What others wrote is text: whatever they typed, nothing of it is Markdown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation.money import Money
from pages.parts.formats import cut, dotted, figure, line, plain, wait
from tests.factories import NOW

_SPECIAL = "\\`*_{}[]()#+-.!|~:$<>&="


@given(st.text(alphabet=st.sampled_from([*_SPECIAL, "a", " ", "\n", "包"]), max_size=40))
def test_every_mark_of_markdown_is_escaped(text: str) -> None:
    said = plain(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_{}\[\]()#+.!|~:$<>&=-]", said), said


@pytest.mark.parametrize("link", ["https://evil.example/a", "HTTP://x.y", "www.evil.example", "mei@evil.example"])
def test_a_bare_address_is_broken_where_nobody_sees_it(link: str) -> None:
    said = plain(link)
    assert "\u2060" in said
    assert said.replace("\u2060", "").replace("\\", "") == link


def test_an_indented_line_is_no_code() -> None:
    assert plain("    rm\n\t x") == "rm  \nx"


def test_long_text_is_cut_on_one_line() -> None:
    assert cut("a\nb  c", 10) == "a b c"
    assert cut("abcdefgh", 5) == "abcd…"
    assert line("a*b") == "a\\*b"


def test_figures_carry_their_currency_small_and_gray() -> None:
    assert figure(Money.parse("1488.5", "SGD")) == "**1,488\\.50** :small[:gray[SGD]]"
    assert figure(None) == "—"
    assert dotted("a", None, "", "b") == "a · b"


@pytest.mark.parametrize(
    ("hours", "said"), [(19.9, "19 h"), (0.5, "30 min"), (50.7, "2 d 2 h"), (-2.6, "2 h late"), (-0.25, "15 min late")]
)
def test_a_wait_is_cut_and_never_rounded_up(hours: float, said: str) -> None:
    assert wait(NOW + timedelta(hours=hours), NOW) == said


def test_no_moment_is_a_dash() -> None:
    assert wait(None, NOW) == "—"
