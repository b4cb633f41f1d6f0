"""The answer to a dispute on its screen: written, edited, held against the case, argued about, marked as sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.foundation import clock, config, database
from core.foundation.permissions import Role
from core.models import AnswerDraft, Dispute, DisputeAnswer
from core.models.answer import Plea
from core.models.dispute import DisputeState
from core.recovery import answers
from tests.pages.conftest import Screens, field, run, words
from tests.recovery.answers.answering import AnswerCase, make_answer_case


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def a_case(**more: Any) -> AnswerCase:
    with database.transaction() as session:
        return make_answer_case(session, **more)


def begun(case: AnswerCase) -> None:
    with database.transaction() as session:
        answers.prepare_answer(session, case.dispute.id, actor=case.actor, now=clock.now())


def answering(screens: Screens, case: AnswerCase, role: Role = Role.LEAD, **more: Any) -> AppTest:
    query: dict[str, Any] = {"ref": case.incident.reference, "return": case.dispute.return_number}
    return screens.open("answer.py", role, **query, **more)


def kept(model: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(model)))


def press(test: AppTest, label: str, at: int = 0) -> AppTest:
    found = [one for one in test.button if one.label == label]
    assert found, f"{label!r} not among {[one.label for one in test.button]}"
    return run(found[at].click())


def test_an_answer_is_written_edited_argued_about_and_marked_as_sent(screens: Screens) -> None:
    case = a_case(market="TH")
    test = answering(screens, case)
    assert "The platform gave no list of proof" in words(test)
    test = press(test, "Write the answer")
    (draft,) = kept(AnswerDraft)
    assert draft.language == "th" and "nothing stops it" in words(test)
    box = field(test, "text_area", "To the platform: ไทย")
    box.set_value(f"{draft.text}\nผู้ซื้อโกหก ฿9,999.00")
    test = press(run(test), "Keep and check")
    assert "2 things stop it" in words(test), words(test)
    assert field(test, "button", "Answer was sent").disabled
    test = press(test, "It may stand")
    field(test, "text_area", "Why it may stand").set_value("the platform's own words")
    test = press(test, "Let it stand")
    assert "1 thing stops it" in words(test) and "the platform's own words" in words(test)
    (draft,) = kept(AnswerDraft)
    field(test, "text_area", "To the platform: ไทย").set_value(draft.text.replace(" ฿9,999.00", ""))
    test = press(run(test), "Keep and check")
    assert "nothing stops it" in words(test)
    test = press(test, "Answer was sent")
    field(test, "text_input", "The platform's number for it (optional)").set_value("SC-1")
    test = press(test, "Answer was sent", -1)
    (sent,) = kept(DisputeAnswer)
    assert sent.text == draft.text.replace(" ฿9,999.00", "") and len(sent.set_aside) == 1
    assert [one.state for one in kept(Dispute)] == [DisputeState.ANSWERED]
    assert "Answer 1" in words(test) and not kept(AnswerDraft)


def test_what_it_is_made_of_is_chosen_anew(screens: Screens) -> None:
    case = a_case()
    begun(case)
    test = press(answering(screens, case), "What it is made of")
    field(test, "button_group", "What is asked of the platform").set_value(Plea.PARTIAL)
    test = run(test)
    field(test, "text_input", "Amount in SGD").set_value("twelve")
    test = press(test, "Write it anew")
    assert [one.plea for one in kept(AnswerDraft)] == [Plea.REJECT]
    field(test, "text_input", "Amount in SGD").set_value("12")
    press(test, "Write it anew")
    (draft,) = kept(AnswerDraft)
    assert draft.plea is Plea.PARTIAL and "S$12.00" in draft.text


def test_on_a_phone_the_texts_are_tabs(screens: Screens) -> None:
    case = a_case(market="ID")
    begun(case)
    test = answering(screens, case, Role.AGENT, phone=True)
    assert [one.label for one in test.tabs] == ["Bahasa Indonesia", "English"]


def test_a_draft_is_thrown_away_after_asking(screens: Screens) -> None:
    case = a_case()
    begun(case)
    test = press(answering(screens, case), "Throw away")
    press(test, "Throw away", -1)
    assert not kept(AnswerDraft)


def test_who_may_only_look_changes_nothing_and_gets_no_files(screens: Screens) -> None:
    case = a_case()
    begun(case)
    test = answering(screens, case, Role.VIEWER)
    assert all(one.disabled for one in test.text_area)
    labels = [one.label for one in test.button]
    assert not {"Keep and check", "Answer was sent", "Throw away", "What it is made of"} & set(labels)
    assert not test.get("download_button")


def test_what_is_not_there_is_said(screens: Screens) -> None:
    query: dict[str, Any] = {"ref": "INC-2026-00001", "return": "X"}
    test = screens.open("answer.py", Role.LEAD, **query)
    assert "There is no such dispute" in words(test)


def test_the_case_leads_to_the_answer(screens: Screens) -> None:
    case = a_case()
    test = screens.open("case.py", Role.AGENT, ref=case.incident.reference)
    assert [one.label for one in test.button if one.key == f"dispute-answer-{case.dispute.id}"] == ["Answer"]


def test_the_next_step_of_a_request_is_to_write_its_answer_and_no_second_button_leads(screens: Screens) -> None:
    case = a_case()
    test = screens.open("case.py", Role.AGENT, ref=case.incident.reference)
    assert "Next: Answer return" in words(test)
    assert test.button(key="case-next").label == "Answer"
    assert [one.key for one in test.button if one.proto.type == "primary"] == ["case-next"]
