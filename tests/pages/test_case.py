from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.cases import evidence, incidents
from core.foundation import clock, config, database
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Role
from core.models import Claim, Clock, Comment, Contact, Incident, Person, Posting
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.incident import IncidentState, IncidentType, NoticedBy, Stage
from core.models.rule import ClockEvent, Confidence, DayUnit, PayerKind
from core.recovery import claims, intake
from pages.parts import case_dialogs, dialogs, state
from tests.factories import make_policy, make_rates, make_rule_card, make_shipment
from tests.pages.conftest import Screens, field, run, upload, words

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0f01f0005000"
    "1ff5bc6d5370000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def a_case(**more: Any) -> Incident:
    """A lost parcel accepted ten days ago, registered now."""
    now = clock.now()
    with database.transaction() as session:
        make_rates(session)
        make_policy(session)
        parcel = make_shipment(
            session, accepted_at=now - timedelta(days=10), shipped_at=now - timedelta(days=10), **more
        )
        return incidents.register(
            session,
            actor=SYSTEM,
            shipment_id=parcel.id,
            type=IncidentType.LOST,
            stage=Stage.LAST_MILE,
            noticed_by=NoticedBy.BUYER,
            noticed_at=now,
            buyer_said="Where is my :red[lamp]? ![x](https://evil.example/a.png)",
            now=now,
        )


def a_claim(case: Incident, *, documents: bool = False, **card: Any) -> Claim:
    """A draft on that case, under a card of 30 days; with its documents when asked."""
    now = clock.now()
    with database.transaction() as session:
        made = claims.draft_claim(
            session, case.id, actor=SYSTEM, rule_card_id=make_rule_card(session, **card).id, now=now
        )
        if documents:
            for number, kind in enumerate(("packing_video", "proof_of_value")):
                evidence.add_evidence(
                    session, case.id, actor=SYSTEM, name=f"{kind}.png", data=PNG + bytes([number]), kind=kind, now=now
                )
        return made


def rows(model: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(model)))


def case(screens: Screens, of: Incident, role: Role = Role.AGENT, **more: Any) -> AppTest:
    return screens.open("case.py", role, ref=of.reference, **more)


def test_a_case_shows_itself_and_what_comes_next(screens: Screens) -> None:
    page = case(screens, a_case())
    assert page.title[0].value == r"INC\-2026\-00001 · Lost in last mile"
    assert "No claim is drafted yet" in words(page)
    assert field(page, "button", "Draft a claim")


def test_a_case_that_is_not_there_says_so(screens: Screens) -> None:
    page = screens.open("case.py", Role.AGENT, ref="INC-2026-99999")
    assert "99999" in page.error[0].value
    assert not page.button


def test_drafting_a_claim_starts_its_window(screens: Screens) -> None:
    one = a_case()
    with database.transaction() as session:
        make_rule_card(session, title="Test carrier, loss")
    page = case(screens, one)
    run(page.button(key="case-next").click())
    assert "Still missing" in words(page)
    run(field(page, "button", "Draft claim").click())
    assert [claim.state for claim in rows(Claim)] == [ClaimState.DRAFT]
    assert len(rows(Clock)) == 1
    assert "Claim on Carrier" in words(page)
    assert "Add the 2 missing documents" in [one.label for one in page.button]


def test_a_claim_with_a_missing_document_says_which_and_offers_no_dead_end(screens: Screens) -> None:
    one = a_case()
    a_claim(one)
    page = case(screens, one)
    off = field(page, "button", "Mark ready")
    assert off.disabled
    assert "Packing video" in words(page)
    run(page.button(key="case-next").click())
    assert field(page, "selectbox", "What the files show").value == "packing_video"


def test_a_talk_is_logged_and_its_promise_settled(screens: Screens) -> None:
    one = a_case()
    page = case(screens, one)
    run(page.button(key="case-contact").click())
    field(page, "text_input", "Name").input("Joana")
    field(page, "text_input", "Staff number").input("NV-77120")
    field(page, "text_area", "What was said").input("Parcel not found at the hub")
    field(page, "text_input", "What was promised (optional)").input("search until Thursday")
    field(page, "date_input", "By when").set_value(clock.now().date() + timedelta(days=3))
    run(page.button(key=f"case-contact-{one.id}-save-1").click())
    found = rows(Contact)
    assert [(talk.staff_number, talk.promise) for talk in found] == [("NV-77120", "search until Thursday")]
    assert len(rows(Clock)) == 1
    run(page.button(key=f"case-promise-{rows(Clock)[0].id}").click())
    run(field(page, "button", "Kept").click())
    assert rows(Clock)[0].state == "met"


def test_a_refused_talk_keeps_what_was_typed(screens: Screens) -> None:
    one = a_case()
    page = case(screens, one, do="contact")
    field(page, "text_input", "Name").input("Joana")
    run(page.button(key=f"case-contact-{one.id}-save-1").click())
    assert "what was said" in page.error[0].value
    assert field(page, "text_input", "Name").value == "Joana"
    assert not rows(Contact)


def test_photos_are_added_each_for_itself(screens: Screens) -> None:
    one = a_case()
    a_claim(one)
    page = case(screens, one)
    run(page.button(key="case-need-proof_of_value").click())
    upload(page, ("a.png", PNG, "image/png"), ("b.exe", b"MZ\x90\x00" * 50, "image/png"))
    run(field(page, "button", "Add").click())
    assert page.error
    with database.reading() as session:
        assert [item.name for item in evidence.list_evidence(session, one.id, actor=SYSTEM)] == ["a.png"]
    run(field(page, "button", "Add").click())
    with database.reading() as session:
        assert len(evidence.list_evidence(session, one.id, actor=SYSTEM)) == 1


def test_the_whole_way_from_ready_to_paid_and_closed(screens: Screens) -> None:
    one = a_case()
    claim = a_claim(one, documents=True)
    page = case(screens, one)
    run(page.button(key="case-next").click())
    run(page.button(key=f"case-ready-{one.id}-{claim.id}-save-1").click())
    run(page.button(key="case-next").click())
    run(page.button(key=f"case-submit-{one.id}-{claim.id}-save-1").click())
    assert page.error, "a claim is not filed without the payer's case number"
    field(page, "text_input", "Case number of the payer").input("NV-1")
    run(page.button(key=f"case-submit-{one.id}-{claim.id}-save-1").click())
    assert rows(Claim)[0].state == ClaimState.SUBMITTED
    run(page.button(key="case-answer").click())
    field(page, "radio", "What happened").set_value("approve")
    run(page)
    run(field(page, "button", "Save the answer").click())
    assert rows(Claim)[0].state == ClaimState.APPROVED
    run(page.button(key="case-do-pay").click())
    field(page, "text_input", "Reference of the payment").input("BANK-7")
    run(page.button(key=f"case-payout-{one.id}-{claim.id}-save-1").click())
    assert rows(Claim)[0].state == ClaimState.PAID
    assert "recovered 318.00" in words(page).replace("\\", "")
    run(page.button(key="case-next").click())
    assert field(page, "radio", "Result").value == "recovered"
    run(page.button(key=f"case-close-{one.id}-save-1").click())
    assert "cause" in page.error[0].value
    field(page, "selectbox", "Cause").select("stolen")
    run(page.button(key=f"case-close-{one.id}-save-1").click())
    assert rows(Incident)[0].state == IncidentState.CLOSED
    assert "Recovered in full" in words(page)


def test_a_remark_is_written_once_and_the_box_is_empty_again(screens: Screens) -> None:
    one = a_case()
    page = case(screens, one)
    page.text_area[0].input("Asked the warehouse")
    send = field(page, "button", "Add remark")
    run(send.click())
    run(send.click())
    assert [remark.text for remark in rows(Comment)] == ["Asked the warehouse"]
    assert page.text_area[0].value in ("", None)
    assert "Asked the warehouse" in words(page)


def test_two_people_who_change_one_field_choose_and_lose_nothing(screens: Screens) -> None:
    one = a_case()
    first, second = case(screens, one, do="edit"), case(screens, one, do="edit")
    field(first, "text_area", "What the buyer said (any language)").input("It never came")
    run(field(first, "button", "Save").click())
    field(second, "text_area", "What the buyer said (any language)").input("Nothing arrived")
    field(second, "text_input", "Value at risk in SGD").input("300")
    run(field(second, "button", "Save").click())
    assert [option.replace("\\", "") for option in second.radio[0].options] == [
        "Yours: Nothing arrived",
        "Theirs: It never came",
    ]
    second.radio[0].set_value("theirs")
    run(field(second, "button", "Save").click())
    (stored,) = rows(Incident)
    assert (stored.buyer_said, stored.value_at_risk) == ("It never came", 300)


def test_a_loss_is_posted_and_taken_back(screens: Screens) -> None:
    one = a_case()
    page = case(screens, one, do="loss")
    field(page, "text_input", "Amount in SGD").input("12,5")
    run(page.button(key=f"case-loss-{one.id}-save-1").click())
    assert page.error and field(page, "text_input", "Amount in SGD").value == "12,5"
    field(page, "text_input", "Amount in SGD").input("12.50")
    run(page.button(key=f"case-loss-{one.id}-save-1").click())
    assert len(rows(Posting)) == 2
    run(page.button(key="case-postings").click())
    last = max(posting.id for posting in rows(Posting))
    form = f"case-reverse-{one.id}-{last}"
    page.text_input(key=f"{form}-note-1").input("twice")
    run(page.button(key=f"{form}-save-1").click())
    assert len(rows(Posting)) == 3


def test_a_case_is_assigned_and_reopened(screens: Screens) -> None:
    one = a_case()
    page = case(screens, one, Role.LEAD, do="assign")
    run(field(page, "button", "Assign").click())
    (stored,) = rows(Incident)
    assert stored.owner_id == next(person.id for person in rows(Person) if person.username == "lead-mei")


def test_a_viewer_sees_everything_and_no_button_that_writes(screens: Screens) -> None:
    one = a_case()
    a_claim(one)
    page = case(screens, one, Role.VIEWER)
    enabled = [button.label for button in page.button if not button.disabled]
    assert enabled == ["Why these dates", "Postings"], enabled
    assert "Claim on Carrier" in words(page)


def test_what_the_buyer_wrote_is_never_read_as_markdown(screens: Screens) -> None:
    one = a_case()
    page = case(screens, one)
    assert "![x](https" not in words(page)
    assert Money.zero("SGD").currency == "SGD"


def a_watched_case(**more: Any) -> Incident:
    """A lost parcel taken in now, with a carrier and a platform to ask."""
    now = clock.now()
    with database.transaction() as session:
        make_rates(session)
        make_policy(session)
        make_rule_card(session, payer_name="Flash", **more)
        make_rule_card(
            session,
            payer_kind=PayerKind.PLATFORM,
            payer_name="Shopee",
            clock_event=ClockEvent.SHIPPED,
            not_before=40,
            not_before_unit=DayUnit.CALENDAR_DAYS,
            within=None,
            within_unit=None,
        )
        parcel = make_shipment(
            session, accepted_at=now - timedelta(days=10), shipped_at=now - timedelta(days=10), carrier_id=None
        )
        return intake.take_in(
            session,
            actor=SYSTEM,
            shipment_id=parcel.id,
            type=IncidentType.LOST,
            stage=Stage.LAST_MILE,
            noticed_by=NoticedBy.BUYER,
            noticed_at=now,
            now=now,
        )


def strip(page: AppTest) -> str:
    """What the strip of clocks says to who cannot see it."""
    charts = page.get("arrow_vega_lite_chart") or page.get("vega_lite_chart")
    return "; ".join(str(one.proto.alt if hasattr(one.proto, "alt") else one.proto) for one in charts)


def test_every_payers_clock_stands_side_by_side_with_who_is_asked_first(screens: Screens) -> None:
    page = case(screens, a_watched_case(documents=[]))
    said = words(page)
    assert "Claim on Flash, closes in" in strip(page)
    assert "Claim on Shopee, ☾ sleeps, opens in" in strip(page)
    assert "ask first" in said
    assert "Next: Claim on Flash by" in said


def test_why_a_date_is_what_it_is_stands_in_its_dialog(screens: Screens) -> None:
    page = case(screens, a_watched_case(documents=[], confidence=Confidence.LOW))
    run(page.button(key="case-clocks").click())
    said = words(page)
    assert "The clock starts with acceptance by the carrier" in said
    assert "This rule rests on a single unofficial source" in said


def test_a_clock_is_paused_with_a_reason_and_runs_on(screens: Screens) -> None:
    one = a_watched_case(documents=[])
    [flash] = [row for row in rows(Clock) if row.title == "Flash"]
    page = case(screens, one)
    run(page.button(key="case-clocks").click())
    run(page.button(key=f"clock-pause-{flash.id}").click())
    run(field(page, "button", "Pause the clock").click())
    assert "Write who agreed to wait" in words(page)
    run(field(page, "text_area", "Note (who agreed, until when)").input("Somchai, by mail, one week"))
    run(field(page, "button", "Pause the clock").click())
    assert {row.id: row.state for row in rows(Clock)}[flash.id] is ClockState.PAUSED
    assert "Claim on Flash, ‖ paused" in strip(page)
    run(page.button(key="case-clocks").click())
    run(page.button(key=f"clock-resume-{flash.id}").click())
    run(field(page, "button", "Let it run on").click())
    assert {row.id: row.state for row in rows(Clock)}[flash.id] is ClockState.RUNNING


def test_a_trace_is_asked_for_and_settled_from_the_next_box(screens: Screens) -> None:
    limits = [{"kind": "trace", "event": "accepted", "within": [20, "calendar_days"]}]
    page = case(screens, a_watched_case(documents=[], limits=limits))
    assert "Next: Ask Flash for a trace by" in words(page)
    run(page.button(key="case-next").click())
    run(field(page, "button", "Done").click())
    assert [row.state for row in rows(Clock) if row.kind is ClockKind.TRACE] == [ClockState.MET]


def test_a_case_whose_every_window_has_closed_says_so_and_offers_to_close_it(screens: Screens) -> None:
    page = case(screens, a_watched_case(documents=[], within=4))
    assert "Flash" in words(page) and "closed on" in words(page)
    now = clock.now()
    with database.transaction() as session:
        for row in session.scalars(select(Clock)):
            row.state, row.settled_at = ClockState.MISSED, now
    page = case(screens, rows(Incident)[0])
    assert "Every window has closed" in words(page)
    assert field(page, "button", "Close the case")


@pytest.mark.parametrize("phone", [False, True], ids=["at the desk", "on a phone"])
def test_the_case_and_every_one_of_its_dialogs_can_be_drawn(screens: Screens, phone: bool) -> None:
    one = a_case()
    claim = a_claim(one, documents=True)
    page = case(screens, one, Role.LEAD, phone=phone)
    assert "closes in" in words(page) or page.get("vega_lite_chart")
    window = next(clock.id for clock in rows(Clock) if clock.kind is ClockKind.CLAIM_WINDOW)
    of_a_clock = dict.fromkeys(("pause", "resume", "task", "promise", "money"), window)
    subjects: dict[str, Any] = {**of_a_clock, "gone": "packing_video", "advice": (), "evidence": None}
    for name in case_dialogs.DIALOGS:
        page.session_state["recoup"].opened = state.Opened(name, subjects.get(name, claim.id))
        run(page)


def test_every_dialog_names_its_right_or_only_shows_something() -> None:
    assert case_dialogs.NEEDS.keys() | case_dialogs.ONLY_SHOW == case_dialogs.DIALOGS.keys()
    assert not case_dialogs.NEEDS.keys() & case_dialogs.ONLY_SHOW


def test_a_viewer_opens_no_dialog_to_fill_in_by_its_address(screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    one = a_case()
    claim = a_claim(one, documents=True)
    window = next(clock.id for clock in rows(Clock) if clock.kind is ClockKind.CLAIM_WINDOW)
    shown: list[str] = []

    def show(title: str, body: Callable[[], None], **_more: Any) -> None:
        shown.append(title)
        body()

    monkeypatch.setattr(dialogs, "show", show)
    page = case(screens, one, Role.VIEWER)
    for name, (title, _body) in case_dialogs.DIALOGS.items():
        shown.clear()
        subject = {"clocks": window, "advice": ()}.get(name, claim.id)
        page.session_state["recoup"].opened = state.Opened(name, subject)
        run(page)
        assert shown == ([title] if name in case_dialogs.ONLY_SHOW else []), name
