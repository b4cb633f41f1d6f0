from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.cases import incidents, messages, remedies
from core.cases import words as labels
from core.cases.contacts import settle_promise
from core.desk.history import sentence
from core.desk.next_step import Step, next_step
from core.desk.story import story
from core.desk.worklist import Do, Kind, action, worklist
from core.desk.worklist import sentence as said
from core.foundation import language
from core.foundation.clock import end_of_day
from core.foundation.errors import GuardFailed, Invalid, NotAllowed, NotFound, WrongState
from core.foundation.money import Money
from core.foundation.permissions import Actor, Role
from core.models import AuditEvent, Clock, Contact, Incident, Message, MessageTemplate, ShipmentLine, Tag
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentType, Result
from core.models.message import Situation
from core.models.remedy import RemedyKind, RemedyState
from tests.factories import NOW, make_incident, make_policy, make_rates, make_shipment, make_shop
from tests.giving import offer, ringgit
from tests.people import acting

DAY = NOW.date() + timedelta(days=2)
SORRY = f"Hi, we are sorry. We will write to you by {DAY:%Y-%m-%d}."


@pytest.fixture
def agent(session: Session) -> Actor:
    return acting(session, Role.AGENT)


@pytest.fixture
def lead(session: Session) -> Actor:
    return acting(session, Role.LEAD)


@pytest.fixture
def case(session: Session) -> Incident:
    make_rates(session)
    make_policy(session)
    ringgit(session)
    shop = make_shop(session, market="MY", currency="MYR", zone="Asia/Kuala_Lumpur")
    shipment = make_shipment(session, shop, buyer_username="aisyah_88", last_place="Shah Alam")
    return make_incident(session, shipment, buyer_said="Barang belum sampai, tolong semak")


def wording(situation: Situation, day: date | None) -> str:
    """What is written about it, naming that day as its own."""
    does = "Could you send it" if messages.wanted(situation) is messages.Whose.BUYERS else "We will write to you"
    return f"Hi, we are sorry. {does} by {day:%Y-%m-%d}." if day else "Hi, we are sorry. We will write to you."


def send(session: Session, case: Incident, actor: Actor, **more: Any) -> Message:
    values: dict[str, Any] = {"situation": Situation.APOLOGY, "language": "en", "day": DAY, "now": NOW, **more}
    values.setdefault("text", wording(values["situation"], values["day"]))
    return messages.mark_sent(session, case.id, actor=actor, **values)


def clocks(session: Session, case: Incident) -> list[tuple[str, ClockState]]:
    query = select(Clock.title, Clock.state).where(Clock.incident_id == case.id, Clock.kind == ClockKind.PROMISE)
    return [(title, state) for title, state in session.execute(query.order_by(Clock.id))]


# --- what is promised ---------------------------------------------------------------------------------------------------


def promise(session: Session, case: Incident, actor: Actor, amount: str, **more: Any) -> Message:
    """A refund of so much, written and kept."""
    money = Money(Decimal(amount), case.currency)
    offers = more.get("situation") is Situation.PARTIAL
    does = f"We offer {amount}. Please answer" if offers else f"We will refund {amount}"
    text = f"We are sorry. {does} by {DAY:%Y-%m-%d}."
    return send(session, case, actor, **{"situation": Situation.REFUND, "text": text, "amount": money, **more})


def test_money_is_promised_only_where_it_is_approved_or_given(session: Session, case: Incident, agent: Actor) -> None:
    with pytest.raises(GuardFailed, match=r"MYR 0.00 is approved"):
        promise(session, case, agent, "12.50")
    made = offer(session, case, agent, "12.50", currency="MYR", kind=RemedyKind.REFUND)
    promise(session, case, agent, "12.50")
    with pytest.raises(GuardFailed, match=r"MYR 12.51, and MYR 12.50 is approved"):
        promise(session, case, agent, "12.51")
    remedies.mark_given(session, made.id, actor=agent, now=NOW)
    promise(session, case, agent, "12.50")
    remedies.take_back(session, made.id, actor=acting(session, Role.LEAD), reason="bounced", now=NOW)
    with pytest.raises(GuardFailed, match="is approved"):
        promise(session, case, agent, "12.50")


def test_what_waits_for_approval_is_not_promised(session: Session, case: Incident, agent: Actor) -> None:
    assert offer(session, case, agent, "9000", currency="MYR", kind=RemedyKind.REFUND).state is RemedyState.PROPOSED
    with pytest.raises(GuardFailed, match="is approved"):
        promise(session, case, agent, "9000")
    assert messages.desk_of(session, case.id, actor=agent, now=NOW).amounts == {}


def test_the_amount_that_was_looked_at_is_the_one_in_the_text(session: Session, case: Incident, agent: Actor) -> None:
    offer(session, case, agent, "12.50", currency="MYR", kind=RemedyKind.PARTIAL_REFUND)
    for words in (
        f"We are sorry. We will refund RM 900.00 by {DAY:%Y-%m-%d}.",
        f"We are sorry. We will refund it by {DAY:%Y-%m-%d}.",
        f"We are sorry. We will refund RM 1250 by {DAY:%Y-%m-%d}.",
        f"We are sorry. We will refund RM 1,250 by {DAY:%Y-%m-%d}.",
        f"We are sorry. We will refund RM 125.0 by {DAY:%Y-%m-%d}.",
        f"We are sorry. We will refund RM 12.5012 by {DAY:%Y-%m-%d}.",
    ):
        with pytest.raises(GuardFailed, match="no longer names"):
            promise(session, case, agent, "12.50", text=words)
    with pytest.raises(GuardFailed, match="above zero"):
        send(session, case, agent, situation=Situation.REFUND)
    for words in ("RM12.50", "12,50 RM", "MYR 12.50 ", "RM 12.5", "RM ١٢٫٥٠".replace("٫", ".")):
        promise(session, case, agent, "12.50", text=f"We are sorry. We will refund {words} by {DAY:%Y-%m-%d}.")


@pytest.mark.parametrize("words", ["1250", "1,250", "1.250", "1 250.00", "1'250.00", "1,250.0", "๑,๒๕๐"])
def test_an_amount_is_found_however_its_thousands_are_marked(
    session: Session, case: Incident, agent: Actor, words: str
) -> None:
    manager = acting(session, Role.MANAGER)
    offer(session, case, manager, "1250", currency="MYR", kind=RemedyKind.REFUND)
    promise(session, case, agent, "1250", text=f"We are sorry. We will refund RM {words} by {DAY:%Y-%m-%d}.")
    with pytest.raises(GuardFailed, match="no longer names"):
        promise(session, case, agent, "12.50", text=f"We are sorry. We will refund RM {words} by {DAY:%Y-%m-%d}.")


def test_a_new_parcel_is_promised_only_where_one_is_approved(session: Session, case: Incident, agent: Actor) -> None:
    offer(session, case, agent, "20", currency="MYR", kind=RemedyKind.REFUND)
    with pytest.raises(GuardFailed, match="new parcel"):
        send(session, case, agent, situation=Situation.RESHIP)
    offer(session, case, agent, "5", currency="MYR", kind=RemedyKind.RESHIP)
    send(session, case, agent, situation=Situation.RESHIP)


def test_a_voucher_has_its_own_message_and_its_approval_promises_no_money(
    session: Session, case: Incident, agent: Actor
) -> None:
    text = f"We are sorry. We will send you a voucher of 12.50 by {DAY:%Y-%m-%d}."

    def voucher(amount: str) -> Message:
        return promise(session, case, agent, amount, situation=Situation.VOUCHER, text=text)

    offer(session, case, agent, "20", currency="MYR", kind=RemedyKind.REFUND)
    with pytest.raises(GuardFailed, match=r"MYR 0.00 is approved"):
        voucher("12.50")
    send(session, case, agent, now=NOW + timedelta(minutes=1))
    offer(session, case, agent, "12.50", currency="MYR", kind=RemedyKind.VOUCHER, now=NOW + timedelta(minutes=2))
    desk = messages.desk_of(session, case.id, actor=agent, now=NOW)
    assert (desk.situation, desk.amounts[Situation.VOUCHER].amount) == (Situation.VOUCHER, Decimal("12.50"))
    with pytest.raises(GuardFailed, match=r"MYR 20.01, and MYR 20.00 is approved"):
        promise(session, case, agent, "20.01")
    with pytest.raises(GuardFailed, match=r"MYR 12.51, and MYR 12.50 is approved"):
        voucher("12.51")
    assert voucher("12.50").situation is Situation.VOUCHER
    assert ("The voucher sent to the buyer", ClockState.RUNNING) in clocks(session, case)


def test_what_was_approved_is_written_about_next_with_its_amount(
    session: Session, case: Incident, agent: Actor
) -> None:
    offer(session, case, agent, "12.50", currency="MYR", kind=RemedyKind.PARTIAL_REFUND)
    desk = messages.desk_of(session, case.id, actor=agent, now=NOW)
    assert desk.situation is Situation.APOLOGY, "sorry comes first"
    assert {one: money.amount for one, money in desk.amounts.items()} == {
        Situation.REFUND: Decimal("12.50"),
        Situation.PARTIAL: Decimal("12.50"),
    }
    send(session, case, agent)
    assert messages.desk_of(session, case.id, actor=agent, now=NOW).situation is Situation.PARTIAL
    promise(session, case, agent, "12.50", situation=Situation.PARTIAL, now=NOW + timedelta(minutes=1))
    offer(session, case, agent, "3", currency="MYR", kind=RemedyKind.REFUND, now=NOW + timedelta(minutes=2))
    desk = messages.desk_of(session, case.id, actor=agent, now=NOW)
    assert (desk.situation, desk.amounts[Situation.REFUND].amount) == (Situation.REFUND, Decimal(3))


# --- drafting -----------------------------------------------------------------------------------------------------------


def test_the_language_offered_is_the_one_the_buyer_wrote_in(session: Session, case: Incident, agent: Actor) -> None:
    desk = messages.desk_of(session, case.id, actor=agent, now=NOW)
    assert (desk.language, desk.recognised, desk.usual[0], desk.currency) == ("ms", True, "ms", case.currency)
    case.buyer_said = "Where is my parcel, please?"
    session.flush()
    assert messages.desk_of(session, case.id, actor=agent, now=NOW).language == "en"
    case.buyer_said = "???"
    session.flush()
    desk = messages.desk_of(session, case.id, actor=agent, now=NOW)
    assert (desk.language, desk.recognised) == ("ms", False)


def test_a_draft_is_filled_from_the_case_and_read_in_the_agents_language(
    session: Session, case: Incident, agent: Actor
) -> None:
    found = messages.draft(
        session, case.id, actor=agent, situation=Situation.WHERE, language="ms", day=date(2026, 11, 25)
    )
    assert found.text.startswith("Hai aisyah_88, kami memohon maaf")
    assert "Shah Alam" in found.text and "25 November" in found.text and not found.missing
    assert found.reading is not None and found.reading.startswith("Hi aisyah_88, we are sorry")
    with language.using("zh-CN"):
        again = messages.draft(session, case.id, actor=agent, situation=Situation.WHERE, language="ms", day=DAY)
        own = messages.draft(session, case.id, actor=agent, situation=Situation.WHERE, language="zh-CN", day=DAY)
    assert again.reading is not None and "非常抱歉" in again.reading
    assert own.reading is None


def test_what_is_read_beside_a_text_is_the_same_text_or_says_that_it_is_not(
    session: Session, case: Incident, agent: Actor, lead: Actor
) -> None:
    own: dict[str, Any] = {"situation": Situation.CLOSING, "now": NOW}
    asked: dict[str, Any] = {"actor": agent, "situation": Situation.CLOSING}
    messages.add_text(session, actor=lead, language="en", text="We are sorry. We will call you.", **own)
    found = messages.draft(session, case.id, language="ms", **asked)
    assert found.same and found.reading is not None and "On our side everything" in found.reading
    messages.add_text(session, actor=lead, language="ms", text="Kami memohon maaf. Kami akan menelefon.", **own)
    found = messages.draft(session, case.id, language="ms", **asked)
    assert (found.same, found.reading) == (False, "We are sorry. We will call you.")


def test_the_item_is_named_only_where_the_parcel_holds_one(session: Session, case: Incident, agent: Actor) -> None:
    def said() -> str:
        return messages.draft(session, case.id, actor=agent, situation=Situation.RESHIP, language="en", day=DAY).text

    for line in session.scalars(select(ShipmentLine).where(ShipmentLine.shipment_id == case.shipment_id)):
        session.delete(line)
    values: dict[str, Any] = {"shipment_id": case.shipment_id, "quantity": 1, "unit_price": 1, "subtotal": 1}
    session.add(ShipmentLine(line=11, name="Desk lamp", **values))
    session.flush()
    assert "a new parcel with Desk lamp at no cost" in said()
    session.add(ShipmentLine(line=12, name="Cable", **values))
    session.flush()
    assert "a new parcel at no cost" in said()


def test_what_is_missing_stays_as_a_gap_and_cannot_be_sent(session: Session, case: Incident, agent: Actor) -> None:
    found = messages.draft(session, case.id, actor=agent, situation=Situation.REFUND, language="en", day=DAY)
    assert found.missing == ("amount",) and "____" in found.text
    with pytest.raises(GuardFailed) as refused:
        send(session, case, agent, situation=Situation.REFUND, text=found.text)
    assert refused.value.missing == ("gap",)
    paid = Money(Decimal("12.50"), "MYR")
    full = messages.draft(
        session, case.id, actor=agent, situation=Situation.REFUND, language="en", day=DAY, amount=paid
    )
    assert "RM12.50" in full.text and full.missing == ()


def test_a_language_without_a_text_falls_back_to_english_and_says_so(
    session: Session, case: Incident, agent: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(messages.languages()["ms"].texts, Situation.CLOSING)
    found = messages.draft(session, case.id, actor=agent, situation=Situation.CLOSING, language="ms")
    assert found.source.fell_back and (found.source.asked, found.source.language) == ("ms", "en")
    assert not messages.texts_of(session, "ms", actor=agent)[0].fell_back
    with pytest.raises(Invalid):
        messages.draft(session, case.id, actor=agent, situation=Situation.CLOSING, language="xx")


# --- marking as sent ----------------------------------------------------------------------------------------------------


def test_what_was_sent_is_kept_word_for_word_and_stands_in_log_and_history(
    session: Session, case: Incident, agent: Actor
) -> None:
    typed = SORRY + "\n\n**Not bold** {order} 非常抱歉"
    made = send(session, case, agent, text=typed)
    assert (made.text, made.template_id, made.template_version, made.flaws) == (typed, None, 1, [])
    contact = session.get_one(Contact, made.contact_id)
    assert (contact.party, contact.channel, contact.promise_by) == (Party.BUYER, Channel.CHAT, None)
    (event,) = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.MESSAGE_SENT))
    assert (event.chain, "text" in event.after) == (case.id, False)
    assert (
        sentence(event.tag, "Mei", event.before, event.after, "UTC")
        == "Mei sent the buyer a message: First apology, English"
    )
    (sent,) = messages.messages_of(session, case.id, actor=acting(session, Role.VIEWER))
    assert (sent.text, sent.sent_by, sent.clock_state, sent.waits) == (typed, agent.name, ClockState.RUNNING, True)


@pytest.mark.parametrize("change", ["update message set text = 'x'", "delete from message", "truncate message"])
def test_the_database_lets_nobody_change_what_was_sent(
    session: Session, case: Incident, agent: Actor, change: str
) -> None:
    send(session, case, agent)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(change))


def test_the_day_it_names_becomes_a_clock_in_the_shops_zone(session: Session, case: Incident, agent: Actor) -> None:
    send(session, case, agent)
    (clock,) = session.scalars(select(Clock).where(Clock.incident_id == case.id))
    assert (clock.kind, clock.due_at) == (ClockKind.PROMISE, end_of_day(DAY, "Asia/Kuala_Lumpur"))
    assert case.next_due_at == clock.due_at


def test_writing_again_keeps_the_promise_to_write(session: Session, case: Incident, agent: Actor) -> None:
    send(session, case, agent)
    send(session, case, agent, situation=Situation.WAITING, now=NOW + timedelta(days=1), day=DAY + timedelta(days=2))
    assert [state for _title, state in clocks(session, case)] == [ClockState.MET, ClockState.RUNNING]
    late = NOW + timedelta(days=9)
    send(session, case, agent, situation=Situation.CLOSING, text="We are sorry. All is settled.", day=None, now=late)
    assert [state for _title, state in clocks(session, case)] == [ClockState.MET, ClockState.MISSED]


def test_a_deed_that_was_promised_is_not_done_by_writing(session: Session, case: Incident, agent: Actor) -> None:
    offer(session, case, agent, "20", currency="MYR", kind=RemedyKind.RESHIP)
    send(session, case, agent, situation=Situation.RESHIP)
    send(session, case, agent, situation=Situation.THANKS, text="Thank you!", day=None)
    assert [state for _title, state in clocks(session, case)] == [ClockState.RUNNING]


def test_a_request_waits_for_the_buyer_until_it_is_answered_or_asked_again(
    session: Session, case: Incident, agent: Actor
) -> None:
    made = send(session, case, agent, situation=Situation.PHOTOS)
    assert session.get_one(Contact, made.contact_id).promise_by is Party.BUYER
    send(session, case, agent, situation=Situation.WAITING)
    assert clocks(session, case)[0][1] is ClockState.RUNNING, "another message does not answer it"
    send(session, case, agent, situation=Situation.PHOTOS, day=DAY + timedelta(days=1))
    assert [state for title, state in clocks(session, case) if "photos" in title] == [
        ClockState.CANCELLED,
        ClockState.RUNNING,
    ]
    asked = messages.messages_of(session, case.id, actor=agent)[0]
    assert asked.asks and asked.waits and asked.clock_id
    settle_promise(session, asked.clock_id, actor=agent, kept=True, now=NOW)
    assert not messages.messages_of(session, case.id, actor=agent)[0].waits


def test_what_the_tone_missed_is_kept_with_the_message(session: Session, case: Incident, agent: Actor) -> None:
    made = send(session, case, agent, text="We will check.")
    assert made.flaws == ["sorry", "date"]
    (event,) = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.MESSAGE_SENT))
    assert "does not begin with an apology" in sentence(event.tag, "Mei", {}, event.after, "UTC")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 2_001}, "text"),
        ({"day": None}, "day"),
        ({"day": NOW.date() - timedelta(days=2)}, "day"),
        ({"language": "xx"}, "language"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    session: Session, case: Incident, agent: Actor, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        send(session, case, agent, **more)
    assert refused.value.field == field
    assert session.scalars(select(Contact)).all() == [] and clocks(session, case) == []


def test_a_viewer_sends_nothing(session: Session, case: Incident) -> None:
    with pytest.raises(NotAllowed):
        send(session, case, acting(session, Role.VIEWER))


def test_a_reminder_takes_the_place_of_the_request_and_is_the_same_request(
    session: Session, case: Incident, agent: Actor
) -> None:
    send(session, case, agent, situation=Situation.PHOTOS)
    send(session, case, agent, situation=Situation.REMINDER, day=DAY + timedelta(days=2), now=NOW + timedelta(days=1))
    assert [state for _title, state in clocks(session, case)] == [ClockState.CANCELLED, ClockState.RUNNING]
    (asked, _first) = messages.messages_of(session, case.id, actor=agent)
    assert (asked.situation, asked.asks, asked.waits) == (Situation.REMINDER, True, True)


def test_a_request_stands_on_today_and_turns_into_a_reminder_once_its_day_is_over(
    session: Session, case: Incident, agent: Actor
) -> None:
    case.owner_id = agent.person_id
    send(session, case, agent, situation=Situation.PHOTOS)
    send(session, case, agent, situation=Situation.WAITING)

    def told(now: datetime) -> set[tuple[str, Do]]:
        rows = worklist(session, actor=agent, now=now, kinds={Kind.PROMISE})
        return {(said(row, now), action(row)) for row in rows}

    assert told(NOW + timedelta(days=1)) == {
        ("Look whether the buyer's photos and video came", Do.PROMISE),
        ("Write to the buyer, even without news", Do.WRITE),
    }
    assert told(NOW + timedelta(days=4)) == {
        ("Remind the buyer of the photos and video", Do.PROMISE),
        ("Write to the buyer, even without news", Do.WRITE),
    }


def test_the_case_says_what_is_next_in_the_shops_zone(session: Session, case: Incident, agent: Actor) -> None:
    send(session, case, agent)
    found = next_step(story(session, case.reference, actor=agent), actor=agent, now=NOW)
    assert found is not None and found.step is Step.WRITE
    assert found.sentence.startswith("Write the buyer the answer that was promised, by")
    assert "Asia/Kuala_Lumpur" in found.sentence


def test_what_is_usually_written_next_is_offered_first(session: Session, case: Incident, agent: Actor) -> None:
    def offered() -> Situation:
        return messages.desk_of(session, case.id, actor=agent, now=NOW).situation

    assert offered() is Situation.APOLOGY
    send(session, case, agent)
    assert offered() is Situation.WHERE
    case.type = IncidentType.DAMAGED
    session.flush()
    assert offered() is Situation.PHOTOS
    send(session, case, agent, situation=Situation.PHOTOS, now=NOW + timedelta(minutes=1))
    assert offered() is Situation.REMINDER
    (asked, *_rest) = messages.messages_of(session, case.id, actor=agent)
    settle_promise(session, asked.clock_id or 0, actor=agent, kept=True, now=NOW + timedelta(minutes=2))
    assert offered() is Situation.WAITING


def test_a_case_closed_and_opened_again_has_each_message_once(session: Session, case: Incident, agent: Actor) -> None:
    lead = acting(session, Role.LEAD)
    send(session, case, agent)
    incidents.close(session, case.id, actor=agent, cause=Cause.UNKNOWN, result=Result.NO_LOSS, note="", now=NOW)
    incidents.reopen(session, case.id, actor=lead, reason="It came up again", now=NOW)
    assert len(messages.messages_of(session, case.id, actor=agent)) == 1


# --- times promised in free words -------------------------------------------------------------------------------------------

FREE = "Thank you! We will send the missing lid within 48 hours."
IN_TWO_DAYS = messages.Agreed("48 hours", DAY)


def thanks(session: Session, case: Incident, actor: Actor, **more: Any) -> Message:
    return send(session, case, actor, **{"situation": Situation.THANKS, "text": FREE, "day": None, **more})


def test_a_time_promised_in_free_words_is_refused_until_its_clock_is_agreed(
    session: Session, case: Incident, agent: Actor
) -> None:
    with pytest.raises(GuardFailed, match=r"promises “48 hours”, which is 25 Nov") as refused:
        thanks(session, case, agent)
    assert refused.value.missing == ("promised",)
    assert session.scalars(select(Contact)).all() == []
    made = thanks(session, case, agent, agreed=[IN_TWO_DAYS])
    (clock,) = session.scalars(select(Clock).where(Clock.incident_id == case.id))
    assert (clock.kind, clock.title, clock.due_at) == (
        ClockKind.PROMISE,
        "We will send the missing lid within 48 hours.",
        NOW + timedelta(hours=48),
    )
    assert clock.contact_id != made.contact_id, "it is settled by itself"
    settle_promise(session, clock.id, actor=agent, kept=True, now=NOW)


def test_the_clock_of_a_free_promise_may_be_another_day_or_none_with_a_reason(
    session: Session, case: Incident, agent: Actor
) -> None:
    later = DAY + timedelta(days=3)
    for day in (later, None):
        with pytest.raises(Invalid) as refused:
            thanks(session, case, agent, agreed=[messages.Agreed("48 hours", day)])
        assert refused.value.field == "agreed"
    thanks(session, case, agent, agreed=[messages.Agreed("48 hours", None, "The lid is on its way already")])
    assert clocks(session, case) == []
    thanks(session, case, agent, agreed=[messages.Agreed("48 hours", later, "She is away until Sunday")])
    (clock,) = session.scalars(select(Clock).where(Clock.incident_id == case.id))
    assert clock.due_at == end_of_day(later, "Asia/Kuala_Lumpur")
    events = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.MESSAGE_SENT).order_by(AuditEvent.sequence))
    none, other = (sentence(one.tag, "Mei", {}, one.after, "UTC") for one in events)
    assert "“48 hours” without a clock: The lid is on its way already" in none
    assert "“48 hours” by another day: She is away until Sunday" in other


def test_in_a_closed_case_no_time_is_promised_that_nothing_reminds_of(
    session: Session, case: Incident, agent: Actor
) -> None:
    incidents.close(session, case.id, actor=agent, cause=Cause.UNKNOWN, result=Result.NO_LOSS, note="", now=NOW)
    with pytest.raises(WrongState, match="Reopen"):
        thanks(session, case, agent, agreed=[IN_TWO_DAYS])
    thanks(session, case, agent, agreed=[messages.Agreed("48 hours", None, "It is in the parcel already")])


def test_hours_make_the_clock_of_the_message_due_to_the_hour(session: Session, case: Incident, agent: Actor) -> None:
    send(session, case, agent, text="We are sorry. We will write to you within 48 hours.")
    (clock,) = session.scalars(select(Clock).where(Clock.incident_id == case.id))
    assert clock.due_at == NOW + timedelta(hours=48)


def test_another_time_than_the_day_of_the_message_is_a_clock_of_its_own(
    session: Session, case: Incident, agent: Actor
) -> None:
    words = f"{SORRY} We will refund the postage in 3 working days."
    with pytest.raises(GuardFailed, match="3 working days"):
        send(session, case, agent, text=words)
    send(session, case, agent, text=words, agreed=[messages.Agreed("3 working days", DAY + timedelta(days=1))])
    assert [title for title, _state in clocks(session, case)] == [
        "An answer to the buyer",
        "We will refund the postage in 3 working days.",
    ]
    send(session, case, agent, situation=Situation.WAITING, now=NOW + timedelta(minutes=5))
    assert [state for _title, state in clocks(session, case)][:2] == [ClockState.MET, ClockState.RUNNING]


def test_what_we_promise_while_we_ask_the_buyer_has_its_own_clock(
    session: Session, case: Incident, agent: Actor
) -> None:
    asks = "We are sorry. Please send us the photos by {day:%Y-%m-%d}, and we will answer within 24 hours."
    words = asks.format(day=DAY)
    with pytest.raises(GuardFailed, match="24 hours"):
        send(session, case, agent, situation=Situation.PHOTOS, text=words)
    once = (
        "We are sorry. Please send us the photos by {day:%Y-%m-%d}. Once we have them, we will answer within 24 hours."
    )
    send(session, case, agent, situation=Situation.PHOTOS, text=once.format(day=DAY))


def test_a_promise_is_found_in_the_language_it_is_written_in_not_only_in_the_one_chosen(
    session: Session, case: Incident, agent: Actor
) -> None:
    with pytest.raises(GuardFailed, match="48 jam"):
        thanks(session, case, agent, text="Terima kasih! Pesanan anda kami akan hantar semula dalam masa 48 jam.")


def test_a_title_recoup_wrote_is_read_in_the_readers_language_whoever_wrote_it_down(
    session: Session, case: Incident, agent: Actor
) -> None:
    case.owner_id = agent.person_id
    send(session, case, agent)
    title = clocks(session, case)[0][0]
    with language.using("zh-CN"):
        chinese = messages.promise_said(title)
        assert chinese != title and any("\u4e00" <= one <= "\u9fff" for one in chinese)
        assert messages.promise_said("They call back on Friday") == "They call back on Friday"
        send(session, case, agent, situation=Situation.WAITING, now=NOW + timedelta(minutes=1))
    written = clocks(session, case)[1][0]
    assert (messages.promise_said(chinese), messages.promise_said(written)) == (title, "News for the buyer")


def test_a_payer_of_no_name_is_read_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "_", lambda text: f"[{text}]")
    assert [labels.payer_said(one) for one in ("The carrier", "The insurer", "The supplier", "SPX Express")] == [
        "[The carrier]",
        "[The insurer]",
        "[The supplier]",
        "SPX Express",
    ]
    cards = tomllib.loads((Path(labels.__file__).parents[1] / "data" / "rule_cards.toml").read_text("utf-8"))
    shipped = {card["payer_name"] for card in cards["card"] if card["payer_name"].startswith("The ")}
    assert shipped == set(labels.PAYERS)


# --- the team's own texts -----------------------------------------------------------------------------------------------

OWN = "We are sorry[, {buyer}]. We will write by {day}."


def test_the_teams_own_text_takes_the_place_of_the_shipped_one_by_versions(
    session: Session, case: Incident, lead: Actor
) -> None:
    def add(words: str) -> MessageTemplate:
        return messages.add_text(session, actor=lead, situation=Situation.APOLOGY, language="en", text=words, now=NOW)

    first, second = add(OWN), add(OWN + " Thank you.")
    assert (first.version, second.version, first.retired_at) == (1, 2, NOW)
    found = messages.draft(session, case.id, actor=lead, situation=Situation.APOLOGY, language="en", day=DAY)
    assert found.text.startswith("We are sorry, aisyah_88.") and found.source.id == second.id
    made = send(session, case, lead, template_id=second.id)
    assert (made.template_id, made.template_version) == (second.id, 2)
    with pytest.raises(Invalid):
        add(OWN + " Thank you.")
    messages.retire_text(session, second.id, actor=lead, now=NOW)
    assert messages.texts_of(session, "en", actor=lead)[0].id is None
    newest, oldest = messages.versions_of(session, Situation.APOLOGY, "en", actor=lead)
    assert (newest.version, newest.retired_by, oldest.text) == (2, lead.name, OWN)
    assert add(OWN).version == 3
    with pytest.raises(WrongState):
        messages.retire_text(session, second.id, actor=lead, now=NOW)
    with pytest.raises(NotFound):
        messages.retire_text(session, 0, actor=lead, now=NOW)


def test_an_own_text_is_checked_and_only_a_lead_writes_one(session: Session, agent: Actor, lead: Actor) -> None:
    more: dict[str, Any] = {"situation": Situation.APOLOGY, "language": "en", "now": NOW}
    with pytest.raises(Invalid):
        messages.add_text(session, actor=lead, text="Sorry {buyer}", **more)
    with pytest.raises(Invalid):
        messages.add_text(session, actor=lead, text=OWN, **{**more, "language": "xx"})
    with pytest.raises(NotAllowed):
        messages.add_text(session, actor=agent, text=OWN, **more)


def test_one_language_never_uses_the_text_of_another(session: Session, case: Incident, lead: Actor) -> None:
    messages.add_text(session, actor=lead, situation=Situation.APOLOGY, language="en", text=OWN, now=NOW)
    found = messages.draft(session, case.id, actor=lead, situation=Situation.APOLOGY, language="ms", day=DAY)
    assert found.source.id is None and found.source.language == "ms"
