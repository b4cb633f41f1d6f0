"""The evidence of a case on its screen: whose list, how full, why a file does not count, and a day of one's own."""

from __future__ import annotations

from datetime import timedelta

from core.foundation import clock, database
from core.foundation.permissions import SYSTEM
from core.models import ProofDate, RuleCard
from core.models.rule import PayerKind
from core.recovery import claims
from tests.factories import make_rule_card
from tests.pages.conftest import Screens, field, run, words
from tests.pages.test_case import a_case, case, rows

LISTS = {
    "Test carrier": [{"code": "packing_video"}, {"code": "proof_of_value"}],
    "Shopee": [{"code": "outer_box_photo", "count": 2}],
}


def two_payers() -> None:
    with database.transaction() as session:
        make_rule_card(session, documents=LISTS["Test carrier"])
        make_rule_card(
            session, payer_kind=PayerKind.PLATFORM, payer_name="Shopee", documents=LISTS["Shopee"], within=60
        )


def test_each_payer_has_its_own_list_and_meter_before_a_claim_is_drafted(screens: Screens) -> None:
    one = a_case()
    two_payers()
    page = case(screens, one)
    [whose] = [group for group in page.button_group if group.label == "Whose list"]
    assert len(whose.options) == 2 and all(str(label).endswith(" 0 %") for label in whose.options)
    keys = [button.key or "" for button in page.button if (button.key or "").startswith("case-need-")]
    run(whose.set_value(f"card-{rows(RuleCard)[-1].id}"))
    after = [button.key or "" for button in page.button if (button.key or "").startswith("case-need-")]
    assert {tuple(sorted(keys)), tuple(sorted(after))} == {
        ("case-need-packing_video", "case-need-proof_of_value"),
        ("case-need-outer_box_photo",),
    }


def test_a_day_is_set_for_what_will_be_gone(screens: Screens) -> None:
    one = a_case()
    with database.transaction() as session:
        card = make_rule_card(session, documents=LISTS["Test carrier"])
        claims.draft_claim(session, one.id, actor=SYSTEM, rule_card_id=card.id, now=clock.now())
    page = case(screens, one)
    assert "gone about" in words(page)
    run(page.button(key="case-gone-packing_video").click())
    assert "Typically gone 30 days after packing" in words(page)
    day = clock.now().date() + timedelta(days=5)
    field(page, "date_input", "The last day it can be had").set_value(day)
    run(field(page, "button", "Set the day").click())
    assert [(row.kind, row.gone_on) for row in rows(ProofDate)] == [("packing_video", day)]
    assert "gone on" in words(case(screens, one))
