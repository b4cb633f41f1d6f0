"""What the screen of compensation reads: groups, sums, reasons, and what is awaited."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Incident
from core.models.claim import ClaimState
from core.recovery import settlements
from core.recovery.settlements import Group, Wanted
from tests.factories import NOW, make_shipment, make_shop
from tests.recovery.claiming import approve, draft, filed, pay, sgd
from tests.recovery.settlements.money import PAID, make_line, parcel_of, register


def look(session: Session, mei: Actor) -> None:
    settlements.suggest(session, actor=mei, now=NOW)


def counts(session: Session, mei: Actor) -> dict[Group, int]:
    found = settlements.overview(session, actor=mei, now=NOW).counts
    return {group: n for group, n in found.items() if n}


def test_every_line_stands_in_the_group_of_what_it_waits_for(session: Session, mei: Actor, incident: Incident) -> None:
    filed(session, mei, incident)
    parcel = parcel_of(session, incident)
    first = make_line(session, parcel, "318.00")
    make_line(session, parcel, "318.00", twin_id=first.id)
    make_line(session, parcel, "-318.00")
    make_line(session, make_shipment(session), "20.00")
    make_line(session, None, "30.00", shop_id=make_shop(session).id)
    look(session, mei)
    assert counts(session, mei) == {
        Group.SUGGESTED: 1, Group.NO_CASE: 1, Group.UNKNOWN: 1, Group.TWICE: 1, Group.TAKEN_BACK: 1,
    }  # fmt: skip
    (match,), total = settlements.list_matches(session, Wanted(), actor=mei)
    settlements.reject(session, match.id, actor=mei, now=NOW)
    assert (total, counts(session, mei)[Group.NO_CLAIM]) == (1, 1)
    for group in (Group.NO_CASE, Group.NO_CLAIM, Group.UNKNOWN, Group.TWICE, Group.TAKEN_BACK):
        rows, total = settlements.list_lines(session, Wanted(group), actor=mei)
        assert (len(rows), total) == (1, 1), group


def test_a_suggestion_says_what_it_pays_and_why(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    make_line(session, parcel_of(session, incident), "100.00")
    look(session, mei)
    (match,), _total = settlements.list_matches(session, Wanted(), actor=mei)
    (target,) = match.targets
    assert (target.reference, target.case, target.state) == (claim.reference, incident.reference, ClaimState.SUBMITTED)
    assert (target.owed, match.amount, match.exact) == (sgd("318.00"), sgd("100.00"), False)
    assert settlements.reason(match).startswith("Less came than is owed, SGD 318.00")
    assert match.lines[0].cases == (incident.reference,)


def test_a_claim_that_was_never_filed_is_not_taken_along(session: Session, mei: Actor, incident: Incident) -> None:
    draft(session, mei, incident)
    make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    (match,), _total = settlements.list_matches(session, Wanted(), actor=mei)
    assert (match.targets[0].unfiled, match.exact) == (True, False)


def test_what_is_looked_for_is_found_by_any_of_its_numbers(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    parcel = parcel_of(session, incident)
    make_line(session, parcel, "318.00", return_number="2611130HKU4BFD")
    look(session, mei)
    names = (
        parcel.order_number, parcel.tracking_number or "", claim.reference, incident.reference, "nv-1", "2611130HKU4BFD",
    )  # fmt: skip
    for words in names:
        assert settlements.list_matches(session, Wanted(text=f" {words} "), actor=mei)[1] == 1, words
    assert settlements.list_matches(session, Wanted(text="nothing"), actor=mei) == ([], 0)
    assert settlements.list_matches(session, Wanted(shop=parcel.shop_id), actor=mei)[1] == 1
    assert settlements.list_matches(session, Wanted(shop=parcel.shop_id + 1), actor=mei)[1] == 0
    assert settlements.list_lines(session, Wanted(Group.UNKNOWN, parcel.order_number), actor=mei) == ([], 0)


def test_a_granted_claim_in_no_file_is_awaited_not_missing(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    other = make_line(session, None, "10.00", shop_id=incident.shop_id)
    found = settlements.overview(session, actor=mei, now=NOW)
    assert (found.awaited, found.awaited_sum, found.reach) == (1, sgd("318.00"), PAID)
    pay(session, mei, claim, sgd("300.00"))
    assert settlements.overview(session, actor=mei, now=NOW).awaited_sum == sgd("18.00")
    make_line(session, parcel_of(session, incident), "18.00")
    look(session, mei)
    found = settlements.overview(session, actor=mei, now=NOW)
    assert (found.awaited, found.suggested) == (0, sgd("18.00"))
    assert settlements.claims_of_line(session, other.id, actor=mei) == []


def test_sums_of_several_currencies_name_their_rates_day(session: Session, mei: Actor, incident: Incident) -> None:
    shop = make_shop(session, market="PH", currency="PHP", zone="Asia/Manila")
    parcel = make_shipment(session, shop, value=Decimal(5850))
    case = register(session, mei, parcel.id)
    filed(session, mei, case)
    make_line(session, parcel, "5850.00")
    look(session, mei)
    found = settlements.overview(session, actor=mei, now=NOW)
    assert found.suggested == Money(Decimal(130), "SGD")
    assert str(found.rates_on) == "2026-11-22"
