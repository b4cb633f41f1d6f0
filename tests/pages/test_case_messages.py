"""Writing to the buyer from the case: drafted, checked, kept as sent, and what it asked for settled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.cases import messages
from core.foundation import clock, config, database
from core.foundation.permissions import SYSTEM, Role
from core.models import Clock, Incident, Message
from core.models.clock import ClockState
from core.models.incident import IncidentType
from core.models.message import Situation
from tests.factories import make_incident, make_policy, make_rates, make_shipment, make_shop
from tests.giving import offer, ringgit
from tests.pages.conftest import Screens, field, run, words
from tests.people import acting


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def a_case(said: str = "Barang belum sampai, tolong semak", **parcel: Any) -> Incident:
    """A parcel of a Malaysian shop whose buyer writes Malay."""
    with database.transaction() as session:
        make_rates(session)
        make_policy(session)
        ringgit(session)
        shop = make_shop(session, market="MY", currency="MYR", zone="Asia/Kuala_Lumpur")
        shipment = make_shipment(session, shop, **{"buyer_username": "aisyah_88", **parcel})
        return make_incident(session, shipment, type=IncidentType.DAMAGED, buyer_said=said)


def sent(of: Incident, situation: Situation, *, ago: timedelta = timedelta(0)) -> None:
    now = clock.now() - ago
    with database.transaction() as session:
        desk = messages.desk_of(session, of.id, actor=SYSTEM, now=now)
        day = messages.day_offered(situation, desk.today)
        draft = messages.draft(session, of.id, actor=SYSTEM, situation=situation, language="en", day=day)
        messages.mark_sent(
            session, of.id, actor=SYSTEM, situation=situation, language="en", text=draft.text, day=day, now=now
        )


def kept(model: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(model).order_by(model.id)))


def writing(screens: Screens, of: Incident, role: Role = Role.AGENT, **more: Any) -> AppTest:
    return screens.open("case.py", role, ref=of.reference, do="write", **more)


def text_of(page: AppTest) -> Any:
    return next(one for one in page.text_area if one.label.startswith("To the buyer"))


def test_a_message_is_drafted_in_the_buyers_language_read_in_ours_and_kept_as_it_was_sent(screens: Screens) -> None:
    page = writing(screens, a_case())
    said = words(page)
    assert "The buyer wrote in Bahasa Melayu" in said and "Barang belum sampai" in said
    assert text_of(page).label == "To the buyer, in Bahasa Melayu"
    assert text_of(page).value.startswith("Hai aisyah_88, kami memohon maaf")
    assert any("Hi aisyah_88, we are very sorry" in one.value for one in page.text)
    typed = text_of(page).value + "\n\n**Not bold** :red[x]"
    text_of(page).input(typed)
    run(page)
    assert any("before it was changed" in one.value for one in page.caption)
    run(field(page, "button", "Mark as sent").click())
    (made,) = kept(Message)
    assert (made.text, made.language, made.situation) == (typed, "ms", Situation.APOLOGY)
    (promise,) = kept(Clock)
    assert promise.state is ClockState.RUNNING and promise.zone == "Asia/Kuala_Lumpur"
    assert any(one.value == typed for one in page.text), "it stands on the case, as text"
    assert "Write the buyer the answer that was promised" in words(page)


def test_the_text_follows_what_is_chosen_until_somebody_changes_it(screens: Screens) -> None:
    page = writing(screens, a_case())
    field(page, "selectbox", "What it is about").select(Situation.THANKS)
    run(field(page, "selectbox", "Language").select("en"))
    assert text_of(page).value.startswith("Hi aisyah_88, thank you very much")
    assert not page.date_input, "thanks name no day"
    run(field(page, "selectbox", "What it is about").select(Situation.CLOSING))
    text_of(page).input("We are sorry. All is settled now.")
    run(page)
    run(field(page, "selectbox", "What it is about").select(Situation.THANKS))
    run(field(page, "selectbox", "What it is about").select(Situation.CLOSING))
    assert text_of(page).value == "We are sorry. All is settled now."
    run(field(page, "button", "Fill it in anew").click())
    assert text_of(page).value.startswith("Hi aisyah_88, we are sorry once more")


def test_a_gap_keeps_a_refund_from_being_sent_until_its_amount_is_said(screens: Screens) -> None:
    page = writing(screens, a_case())
    run(field(page, "selectbox", "What it is about").select(Situation.REFUND))
    assert "____" in text_of(page).value
    assert field(page, "button", "Mark as sent").disabled and "fill the gaps" in words(page)
    field(page, "text_input", "Amount, MYR").input("nonsense")
    run(page)
    assert page.error and field(page, "button", "Mark as sent").disabled
    field(page, "text_input", "Amount, MYR").input("0")
    run(page)
    assert "above zero" in page.error[0].value
    field(page, "text_input", "Amount, MYR").input("12.50")
    run(page)
    assert "RM12.50" in text_of(page).value.replace("\xa0", " ").replace("RM 12.50", "RM12.50")
    assert field(page, "button", "Mark as sent").disabled and "is approved for this case" in words(page)
    run([one for one in page.button if one.label == "Offer"][-1].click())
    assert field(page, "button", "Offer it")


def test_the_amount_that_was_approved_stands_in_the_message(screens: Screens) -> None:
    case = a_case()
    sent(case, Situation.APOLOGY)
    with database.transaction() as session:
        offer(session, case, acting(session, Role.AGENT, "somebody"), "12.50", currency="MYR", now=clock.now())
    page = writing(screens, case)
    run(field(page, "selectbox", "Language").select("en"))
    assert "refund RM12.50 to you" in text_of(page).value
    run(field(page, "button", "Mark as sent").click())
    assert [one.situation for one in kept(Message)] == [Situation.APOLOGY, Situation.REFUND]


def test_what_the_tone_lacks_is_flagged_while_writing_and_never_stops_the_message(screens: Screens) -> None:
    page = writing(screens, a_case())
    run(field(page, "selectbox", "Language").select("en"))
    assert "orange-badge" not in "".join(one.value for one in page.markdown if "apology first" in one.value)
    text_of(page).input("It is your fault.")
    run(page)
    said = words(page)
    assert "it blames somebody" in said and "it does not begin with an apology" in said
    assert "no longer names" in said
    run(field(page, "button", "Mark as sent").click())
    assert set(kept(Message)[0].flaws) == {"sorry", "blame", "step", "date"}


def test_a_missing_language_falls_back_visibly(screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(messages.languages()["ms"].texts, Situation.APOLOGY)
    page = writing(screens, a_case())
    assert "There is no text of this in Bahasa Melayu" in page.warning[0].value
    assert text_of(page).value.startswith("Hi aisyah_88, we are very sorry")
    run(field(page, "button", "Mark as sent").click())
    assert kept(Message)[0].language == "en"


@pytest.mark.parametrize("name", ["**bold** [x](http://y) :red[z] {order}", "مشتري كريم", "x" * 400, ""])
def test_whatever_the_buyer_is_called_the_dialog_shows_it_as_text(screens: Screens, name: str) -> None:
    page = writing(screens, a_case(said=name or "hm", buyer_username=name))
    assert "{" not in text_of(page).value.replace("{order}", "")
    assert ":red[z]" not in "".join(one.value for one in page.markdown).replace("\\:red\\[z\\]", "")
    run(field(page, "button", "Mark as sent").click())
    assert len(kept(Message)) == 1


def test_asked_proof_waits_until_it_came_and_leads_to_adding_it(screens: Screens) -> None:
    case = a_case()
    sent(case, Situation.PHOTOS)
    page = screens.open("case.py", ref=case.reference)
    assert "Look whether the buyer's photos and video came" in words(page)
    run(next(one for one in page.button if (one.key or "").startswith("message-settle")).click())
    run(field(page, "button", "It came").click())
    assert kept(Clock)[0].state is ClockState.MET
    assert page.get("file_uploader"), "the next thing is to put it to the evidence"


def test_proof_that_did_not_come_in_time_is_asked_for_again(screens: Screens) -> None:
    case = a_case()
    sent(case, Situation.PHOTOS, ago=timedelta(days=5))
    page = screens.open("case.py", ref=case.reference, do="promise", clock=str(kept(Clock)[0].id))
    assert "Remind the buyer of the photos and video" in words(page)
    run(field(page, "button", "Remind the buyer").click())
    assert field(page, "selectbox", "What it is about").value is Situation.REMINDER
    run(field(page, "button", "Mark as sent").click())
    assert [one.state for one in kept(Clock)] == [ClockState.CANCELLED, ClockState.RUNNING]
    page = screens.open("case.py", ref=case.reference, do="promise", clock=str(kept(Clock)[1].id))
    run(field(page, "button", "It does not come").click())
    assert kept(Clock)[1].state is ClockState.MISSED


def test_a_promise_to_write_is_kept_by_writing(screens: Screens) -> None:
    case = a_case()
    sent(case, Situation.APOLOGY)
    page = screens.open("case.py", ref=case.reference, do="promise", clock=str(kept(Clock)[0].id))
    run(field(page, "button", "Write to the buyer").click())
    assert field(page, "selectbox", "What it is about").value is Situation.PHOTOS
    run(field(page, "button", "Mark as sent").click())
    assert [one.state for one in kept(Clock)] == [ClockState.MET, ClockState.RUNNING]


def test_a_viewer_reads_and_writes_nothing(screens: Screens) -> None:
    case = a_case()
    sent(case, Situation.APOLOGY)
    page = screens.open("case.py", Role.VIEWER, ref=case.reference)
    assert "First apology, English" in words(page)
    assert not [one for one in page.button if (one.key or "").startswith(("case-write", "message-settle"))]


def test_everything_can_be_drawn_on_a_phone(screens: Screens) -> None:
    case = a_case()
    for _n in range(8):
        sent(case, Situation.WAITING)
    page = writing(screens, case, phone=True)
    assert "Earlier" in "".join(one.label for one in page.expander)
    assert text_of(page).value.startswith("Hai")


@pytest.mark.parametrize("dialog", ["write", "remedy-offer", "shop-result"])
def test_what_somebody_may_not_do_does_not_open_by_its_address(screens: Screens, dialog: str) -> None:
    case = a_case()
    assert not screens.open("case.py", Role.VIEWER, ref=case.reference, do=dialog).text_input
    page = screens.open("case.py", Role.AGENT, ref=case.reference, do=dialog)
    assert any(one.label in ("Mark as sent", "Offer it", "Note it") for one in page.button)


def test_a_time_typed_into_the_text_fills_the_day_beside_it(screens: Screens) -> None:
    page = writing(screens, a_case())
    run(field(page, "selectbox", "Language").select("en"))
    today = clock.local_day(clock.now(), "Asia/Kuala_Lumpur")
    text_of(page).input("We are sorry. We will write to you within 5 days.")
    run(page)
    assert page.date_input[0].value == today + timedelta(days=5)
    assert any("From the text" in one.value and "“5 days”" in one.value for one in page.caption)
    assert len(page.date_input) == 1
    run(field(page, "button", "Mark as sent").click())
    (promise,) = kept(Clock)
    assert promise.due_at == clock.end_of_day(today + timedelta(days=5), "Asia/Kuala_Lumpur")


def test_a_day_somebody_chose_stays_and_the_time_in_the_text_is_agreed_beside_it(screens: Screens) -> None:
    page = writing(screens, a_case())
    run(field(page, "selectbox", "Language").select("en"))
    today = clock.local_day(clock.now(), "Asia/Kuala_Lumpur")
    run(page.date_input[0].set_value(today + timedelta(days=3)))
    text_of(page).input("We are sorry. We will write to you within 5 days.")
    run(page)
    assert [one.value for one in page.date_input] == [today + timedelta(days=3), today + timedelta(days=5)]
    run(field(page, "checkbox", "Remind of it").uncheck())
    assert field(page, "button", "Mark as sent").disabled and "why the time the text promises" in words(page)
    run(field(page, "text_input", "Why it needs no clock").input("The day above is the same promise"))
    run(field(page, "button", "Mark as sent").click())
    assert [one.title for one in kept(Clock)] == ["An answer to the buyer"]


def test_thanks_that_promise_a_time_get_its_clock(screens: Screens) -> None:
    page = writing(screens, a_case())
    field(page, "selectbox", "What it is about").select(Situation.THANKS)
    run(field(page, "selectbox", "Language").select("zh-CN"))
    assert not page.date_input
    text_of(page).input("谢谢您！我们会在４８小时内补寄配件。")
    run(page)
    assert page.date_input[0].label.startswith("The text promises “48小时”")
    run(field(page, "button", "Mark as sent").click())
    assert [one.title for one in kept(Clock)] == ["我们会在48小时内补寄配件"]
