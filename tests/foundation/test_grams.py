"""Search grams: Python and the database agree, and what a text contains is found."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation.grams import grams, normalise, query_grams

# Letters of every kind beside separators, so that runs of both kinds meet; and anything at all now and then.
WRITTEN = st.text(
    st.sampled_from("abcxyz0189 -_/.,()，。！ＡＢé đĐßñ中国包裹丢失签收ก่ไทย한국かなガ🎁Жд"), max_size=40
) | st.text(max_size=30)
CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=6)
TRACKING = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789"), min_size=3, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=WRITTEN)
def test_the_database_makes_the_same_grams_as_python(session: Session, written: str) -> None:
    prepared = normalise(written)
    found = session.execute(text("SELECT recoup_grams(:written)"), {"written": prepared}).scalar_one()
    assert len(found) == len(set(found))
    assert set(found) == grams(prepared)


@given(before=WRITTEN, asked=WRITTEN, after=WRITTEN)
def test_what_contains_the_query_has_the_querys_grams(before: str, asked: str, after: str) -> None:
    query = normalise(asked)
    document = normalise(before) + query + normalise(after)
    assert query_grams(query) <= grams(document)


@given(before=WRITTEN, asked=CHINESE | TRACKING, after=WRITTEN)
def test_two_chinese_or_three_latin_characters_are_enough_for_the_index(before: str, asked: str, after: str) -> None:
    query = normalise(asked)
    assert query_grams(query)
    assert query_grams(query) <= grams(normalise(before) + query + normalise(after))


@given(written=WRITTEN)
def test_preparing_a_text_twice_changes_nothing(written: str) -> None:
    assert normalise(normalise(written)) == normalise(written)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("SPXVN061234567890", "vn0612"),
        ("包裹显示已签收，但是买家说没有收到", "没有收到"),
        ("Nguyễn Văn Đạt", "nguyen van dat"),
        ("ＡＢＣ１２３", "abc123"),
        ("INC-2026-00042", "2026-00042"),
        ("หูฟังไร้สาย", "ไร้สาย"),
    ],
)
def test_people_find_what_they_type(written: str, asked: str) -> None:
    assert normalise(asked) in normalise(written)
    assert query_grams(normalise(asked)) <= grams(normalise(written))


def test_a_text_without_letters_has_no_grams() -> None:
    assert grams(normalise("-- ， !! ")) == set()
