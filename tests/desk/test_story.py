from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.cases import contacts, incidents
from core.desk.history import sentence
from core.desk.story import header, history, story
from core.foundation.errors import NotAllowed, NotFound
from core.foundation.language import using
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission, Role
from core.models import Evidence, Incident, StoredFile
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentState, IncidentType, NoticedBy, Result, Stage
from core.models.ledger import Account
from core.models.tags import Tag
from core.money import ledger
from tests.desk.builders import hours, make_claim, make_clock
from tests.factories import NOW, make_policy, make_rates, make_shipment
from tests.people import OUT, acting


@pytest.fixture
def lead(session: Session) -> Actor:
    return acting(session, Role.LEAD, "lin")


@pytest.fixture
def case(session: Session, lead: Actor) -> Incident:
    make_rates(session)
    make_policy(session)
    return incidents.register(
        session,
        actor=lead,
        shipment_id=make_shipment(session).id,
        type=IncidentType.LOST,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        buyer_said="没有收到",
        owner_id=lead.person_id,
        now=NOW,
    )


def test_a_story_holds_the_case_with_all_that_happened(session: Session, lead: Actor, case: Incident) -> None:
    talk = contacts.log_contact(
        session,
        case.id,
        actor=lead,
        party=Party.CARRIER,
        channel=Channel.PHONE,
        at=NOW,
        name="Joana",
        staff_number="NV-77120",
        summary="Not found at hub",
        promise="Search the hub",
        promise_by=Party.CARRIER,
        promise_due_at=hours(20),
        now=NOW,
    )
    claim = make_claim(session, case, demand=Decimal(300), cap=Decimal(200))
    make_clock(session, case, ClockKind.CLAIM_WINDOW, hours(5), claim=claim)
    make_clock(session, case, ClockKind.ANSWER, hours(1), claim=claim, state=ClockState.MET, settled_at=NOW)
    session.add(StoredFile(sha256="a" * 64, size=10, media_type="image/jpeg", stored_at=NOW))
    session.flush()
    session.add(Evidence(incident_id=case.id, sha256="a" * 64, name="box.jpg", kind="label_photo", added_at=NOW))
    session.flush()
    found = story(session, case.reference.lower(), actor=lead)
    assert (found.header.reference, found.header.owner, found.header.buyer_said) == (case.reference, "Lin", "没有收到")
    assert (found.header.value, found.header.net) == (Money(Decimal(318), "SGD"), Money(Decimal(318), "SGD"))
    assert [(clock.kind, clock.state) for clock in found.clocks] == [
        (ClockKind.CLAIM_WINDOW, ClockState.RUNNING),
        (ClockKind.PROMISE, ClockState.RUNNING),
        (ClockKind.ANSWER, ClockState.MET),
    ]
    assert found.clocks[1].promise_by is Party.CARRIER
    assert (found.claims[0].demand, found.claims[0].cap) == (Money(Decimal(300), "SGD"), Money(Decimal(200), "SGD"))
    assert found.claims[0].documents[0]["code"] == "packing_video"
    assert (found.contacts[0].id, found.contacts[0].staff_number, found.contacts[0].logged_by) == (
        talk.id,
        "NV-77120",
        "Lin",
    )
    assert found.contacts[0].clock_state is ClockState.RUNNING
    assert (found.evidence[0].name, found.evidence[0].size) == ("box.jpg", 10)
    assert [(line.account, line.amount.amount) for line in found.money] == [(Account.LOSS_GOODS, Decimal(318))]
    assert found.history[-1].sentence == "Lin registered the incident"
    assert any(row.sentence == "Lin logged a contact: Carrier, phone: Not found at hub" for row in found.history)


def test_what_the_actor_may_not_see_is_not_in_the_story(session: Session, lead: Actor, case: Incident) -> None:
    make_claim(session, case)
    narrow = Actor(lead.person_id, "x", "X", Role.VIEWER, frozenset({Permission.INCIDENT_READ}), "en", "UTC")
    found = story(session, case.reference, actor=narrow)
    assert (found.claims, found.contacts, found.evidence, found.money) == ((), (), (), ())
    for refused in (
        lambda: story(session, case.reference, actor=OUT),
        lambda: header(session, case.reference, actor=OUT),
        lambda: history(session, case.id, actor=OUT),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_an_unknown_reference_is_refused(session: Session, lead: Actor) -> None:
    with pytest.raises(NotFound, match="INC-1999-00001"):
        story(session, " inc-1999-00001", actor=lead)


def test_history_is_told_in_sentences(session: Session, lead: Actor, case: Incident) -> None:
    wei = acting(session, Role.AGENT, "wei")
    incidents.assign(session, case.id, actor=lead, owner_id=wei.person_id, now=NOW)
    incidents.assign(session, case.id, actor=lead, owner_id=None, now=NOW)
    incidents.comment(session, case.id, actor=wei, text="seen at *hub*", now=NOW)
    incidents.edit(
        session,
        case.id,
        actor=lead,
        seen={"stage": Stage.LAST_MILE, "value_at_risk": Decimal(318)},
        typed={"stage": Stage.CUSTOMS, "value_at_risk": Decimal(300)},
        now=NOW,
    )
    ledger.post_loss(
        session,
        case.id,
        actor=lead,
        account=Account.LOSS_FREIGHT,
        amount=Money(Decimal("4.5"), "SGD"),
        note="DHL",
        now=NOW,
    )
    incidents.close(
        session, case.id, actor=lead, cause=Cause.STOLEN, result=Result.ABSORBED, note="small", now=NOW + timedelta(1)
    )
    incidents.reopen(session, case.id, actor=lead, reason="found a witness", now=NOW + timedelta(2))
    said = [row.sentence for row in history(session, case.id, actor=lead)]
    for wanted in (
        "Lin assigned the case to Wei",
        "Lin assigned the case to nobody",
        "Wei wrote: seen at *hub*",
        "Lin posted a loss: Shipping SGD 4.50 (DHL)",
        "Lin closed the case: Stolen; Absorbed; small",
        "Lin reopened the case: found a witness",
    ):
        assert wanted in said, said
    assert any(one.startswith("Lin changed stage Last mile → Customs, value at risk") for one in said), said
    assert story(session, case.reference, actor=lead).header.state is IncidentState.PROVING


def test_history_goes_on_where_the_story_ends(session: Session, lead: Actor, case: Incident) -> None:
    for n in range(45):
        incidents.comment(session, case.id, actor=lead, text=f"note {n}", now=NOW)
    found = story(session, case.reference, actor=lead)
    assert found.more_history
    rest = history(session, case.id, actor=lead, before=found.history[-1].sequence)
    assert [row.sequence for row in rest] == list(range(found.history[-1].sequence - 1, 0, -1))


@pytest.mark.parametrize("tag", list(Tag))
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_tag_tells_something_even_of_an_empty_row(tag: Tag, language: str) -> None:
    with using(language):
        assert sentence(tag.value, None, {}, {}, "UTC").strip()


def test_a_tag_of_a_newer_recoup_is_shown_by_its_name() -> None:
    assert sentence("moon.landed", "Mei", {}, {}, "UTC") == "moon.landed"
