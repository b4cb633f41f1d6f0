"""The drawn proofs are real files of their kind: the door takes them, and they say what they should."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from core.cases.kinds import kinds
from core.demo import pictures, words
from core.demo.proofs import Proofs
from core.foundation import pictures as read
from core.foundation import sniff

TAKEN = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["label_photo", "outer_box_photo", "inner_packaging_photo", "item_photo"])
def test_a_photo_says_when_it_was_taken_and_stands_upright(kind: str) -> None:
    for seed in range(6):
        photo = pictures.photo(kind, words.dice(seed), number="SPXSG0123456789", lines=["小島選物"], taken=TAKEN)
        facts = read.facts(photo)
        assert facts.taken_text == "2026-11-20 13:00:00"
        assert facts.taken_at in (TAKEN, None)
        assert (facts.width, facts.height) in (pictures.SIZE, pictures.SIZE[::-1])


def test_some_photos_carry_a_place_that_shared_copies_lose() -> None:
    photos = [pictures.photo("item_photo", words.dice(n), number="X1", taken=TAKEN, market="TH") for n in range(12)]
    located = [photo for photo in photos if read.facts(photo).located]
    assert 0 < len(located) < len(photos)
    assert not read.facts(read.shared_copy(located[0])).located


def test_the_same_seed_draws_the_same_picture() -> None:
    first, again = (pictures.photo("label_photo", words.dice(3), number="X1", taken=TAKEN) for _n in range(2))
    assert first == again


def test_the_door_takes_a_file_of_every_kind_of_evidence() -> None:
    proofs = Proofs(1)
    for kind in kinds():
        file = proofs.shared(kind, 0)
        examined = sniff.examine(io.BytesIO(file.data), file.name)
        assert examined.kind.suffix == f".{file.name.rpartition('.')[2]}", kind


def test_every_language_of_the_demo_has_its_font() -> None:
    assert [pictures.script_of(text) for text in ("โคมไฟ", "台灯", "Đèn bàn")] == ["th", "zh", ""]
    assert pictures.screenshot("订单 คำสั่งซื้อ", [("จำนวน", "2"), ("商品", "台灯")], words.dice(1)).startswith(b"\x89PNG")
