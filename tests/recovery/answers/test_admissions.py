"""Owning up with the verb in the middle is owning up as well: “the fault was ours”, not only “our fault”."""

from __future__ import annotations

import pytest

from core.cases.messages.library import folded
from core.recovery.answers import wordings

SAID = {
    "en": "The mistake was ours.",
    "es": "La culpa fue nuestra.",
    "id": "Ini kesalahan dari pihak kami.",
    "ms": "Ini kesilapan di pihak kami.",
    "pt-BR": "A culpa foi nossa.",
    "th": "เป็นความผิดพลาดของทางร้าน",
    "tl": "Kami ang nagkamali.",
    "vi": "Lỗi thuộc về shop.",
    "zh-CN": "责任在我方。",
    "zh-TW": "責任在我方。",
}


def test_every_language_of_answers_is_here() -> None:
    assert set(SAID) == set(wordings())


@pytest.mark.parametrize("language", sorted(SAID))
def test_it_is_found_in_every_language(language: str) -> None:
    assert wordings()[language].guard["admission"].search(folded(SAID[language]))
