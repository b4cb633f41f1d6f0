"""How often an appeal helped, in a sentence."""

from __future__ import annotations

from core.recovery.claims import Reversal, least_appeals
from pages.parts.case_claim_denial import reversal_words


def test_a_rate_is_told_with_its_count_its_interval_and_whose_it_is() -> None:
    of_one = Reversal("packaging", "Ninja Van", denied=20, appealed=13, waiting=1, reversed=3)
    said = "3 of 12 appeals against this reason brought more: 25 % (95 % interval 9 to 53 %)."
    assert reversal_words(of_one) == f"With Ninja Van {said}"
    of_all = Reversal("packaging", None, denied=20, appealed=13, waiting=1, reversed=3)
    assert reversal_words(of_all) == f"With all payers {said}"


def test_too_few_answers_are_told_without_a_rate() -> None:
    few = Reversal("packaging", "Ninja Van", denied=9, appealed=least_appeals() - 1, waiting=0, reversed=1)
    assert reversal_words(few).endswith(f"too few for a rate (from {least_appeals()}).")
    none = Reversal("packaging", None, denied=0, appealed=0, waiting=0, reversed=0)
    assert reversal_words(none) == "No answered appeal against this reason is known yet."
