"""Whoever may not see buyers sees none: every read of core is asked by a viewer, and none of what was planted comes back."""

from __future__ import annotations

import dataclasses
import inspect
import io
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from types import GeneratorType
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.desk import export, register
from core.desk.story import story
from core.foundation import buyers, config, files, gate
from core.foundation.errors import NotAllowed, Refusal
from core.foundation.money import Money
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Permission, Role
from tests.factories import NOW
from tests.people import acting
from tests.planted import KEPT, NAME, PLANTED, USERNAME, Planted, plant
from tests.test_rights import load_rooms

load_rooms()

# Reads that are asked with something only a screen has, or that hold nothing of a case.
ELSEWHERE = frozenset({"core.team.calendars.ical.preview_ical"})


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


@pytest.fixture
def made(session: Session) -> Planted:
    return plant(session)


@pytest.fixture
def viewer(session: Session, made: Planted) -> Actor:
    return acting(session, Role.VIEWER)


def arguments(function: Any, made: Planted, session: Session) -> dict[str, Any] | None:
    """What a read is asked with about the planted case; None where it needs what only a screen has."""
    known: dict[str, Any] = {
        "session": session,
        "incident_id": made.incident.id,
        "reference": made.incident.reference,
        "shipment_id": made.shipment.id,
        "shipment_ids": [made.shipment.id],
        "claim_id": made.claim.id,
        "claim_ids": [made.claim.id],
        "dispute_id": made.dispute.id,
        "evidence_id": made.item.id,
        "rule_card_id": made.claim.rule_card_id,
        "store": files.store(),
        "now": NOW,
        "text": made.shipment.order_number,
        "numbers": [made.shipment.order_number],
        "kind": made.incident.type,
        "type": made.incident.type,
        "out": io.BytesIO(),
        "base_currency": "SGD",
        "first": date(2026, 11, 1),
        "days": 60,
        "value": Money.parse("100", "SGD"),
        "language": "en",
        "screen": "cases",
        "payer": made.claim.payer_name,
        "receiver": None,
    }
    if (of := inspect.signature(function).parameters.get("wanted")) is not None:
        known["wanted"] = _wanted(function, of)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "actor":
            continue
        if name in known and known[name] is not inspect.Parameter.empty:
            found[name] = known[name]
        elif parameter.default is inspect.Parameter.empty:
            return None
    return found


def _wanted(function: Any, of: inspect.Parameter) -> Any:
    module = inspect.getmodule(inspect.unwrap(function))
    kind = getattr(module, str(of.annotation), None)
    return kind() if kind is not None else inspect.Parameter.empty


def leaves(value: Any, seen: set[int] | None = None) -> Iterator[str]:
    """Every text anywhere in a result."""
    seen = set() if seen is None else seen
    if isinstance(value, str):
        yield value
        return
    if isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
        return
    if value is None or isinstance(value, (int, float, Enum)) or id(value) in seen:
        return
    seen.add(id(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inside: Any = [getattr(value, one.name, None) for one in dataclasses.fields(value)]
    elif isinstance(value, Mapping):
        inside = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset, GeneratorType)):
        inside = list(value)
    elif hasattr(value, "__table__"):
        inside = [value.__dict__.get(column.key) for column in value.__table__.columns]
    else:
        return
    for one in inside:
        yield from leaves(one, seen)


def shown(text: str) -> list[str]:
    return [word for word in PLANTED if word.lower() in text.lower()]


def ask(session: Session, made: Planted, actor: Actor) -> dict[str, list[str]]:
    """Read → what of the planted came back; reads that were refused or cannot be asked here are left out."""
    found = {}
    for name, read in sorted(gate.READS.items()):
        given = arguments(read.function, made, session)
        if given is None or name in ELSEWHERE:
            continue
        session.expunge_all()
        try:
            with session.begin_nested():
                told = "\n".join(leaves(read.function(actor=actor, **given)))
        except (Refusal, LookupError, TypeError, ValueError):  # asked with what only a screen knows better
            continue
        found[name] = shown(told)
    return found


def test_no_read_of_core_shows_a_viewer_who_the_buyer_is(session: Session, made: Planted, viewer: Actor) -> None:
    session.flush()
    seen = ask(session, made, viewer)
    assert {name: words for name, words in seen.items() if words} == {}
    assert len(seen) > 60, "reads that could be asked became few"


def test_the_same_reads_show_an_agent_the_buyer(session: Session, made: Planted) -> None:
    """Or the test above would hold for want of anything to see."""
    agent = acting(session, Role.AGENT)
    seen = {name for name, words in ask(session, made, agent).items() if words}
    assert seen >= {
        "core.desk.story.story",
        "core.desk.story.history",
        "core.desk.case_disputes.disputes_of",
        "core.cases.messages.sending.messages_of",
        "core.cases.evidence.reads.list_evidence",
        "core.parcels.shipments.shipment_facts",
    }


def test_names_are_masked_and_the_rest_can_be_read(session: Session, made: Planted, viewer: Actor) -> None:
    session.expunge_all()
    found = story(session, made.incident.reference, actor=viewer)
    assert KEPT in found.header.buyer_said
    assert "***" in found.header.buyer_said
    talk = next(one for one in found.contacts if one.name == f"{NAME[0]}***{NAME[-1]}")
    assert KEPT in talk.summary
    assert buyers.hide(USERNAME) == "w***7"


def test_a_viewer_finds_no_case_by_its_buyer(session: Session, made: Planted, viewer: Actor) -> None:
    agent = acting(session, Role.AGENT, "agent-lin")
    for text in (USERNAME, "Wulandari", "wulan.k@mail", "Bedok North"):
        wanted = register.Filter(text=text)
        assert register.register_count(session, wanted, actor=viewer) == 0, text
        assert register.register_count(session, wanted, actor=agent) == 1, text
        assert register.register_page(session, wanted, actor=viewer).rows == ()
        assert len(register.register_page(session, wanted, actor=agent).rows) == 1
    for text in (made.shipment.order_number, made.shipment.tracking_number or "", "Desk lamp", made.incident.reference):
        assert register.register_count(session, register.Filter(text=text), actor=viewer) == 1, text


def test_an_export_by_somebody_who_may_export_but_not_see_buyers_has_none(session: Session, made: Planted) -> None:
    rights = (ROLE_PERMISSIONS[Role.AGENT] - {Permission.BUYER_READ}) | {Permission.INCIDENT_EXPORT}
    clerk = dataclasses.replace(acting(session, Role.AGENT, "clerk"), permissions=rights)
    session.expunge_all()
    out = io.BytesIO()
    assert export.export_csv(session, register.Filter(), out, actor=clerk) == 1
    assert shown(out.getvalue().decode("utf-8-sig")) == []
    assert KEPT in out.getvalue().decode("utf-8-sig")


def test_what_a_viewer_may_do_changes_no_case(session: Session) -> None:
    """Verbs are not masked: a new one that a viewer may ask has to be looked at, then named here."""
    mine = {name for name, one in gate.VERBS.items() if one.permission in ROLE_PERMISSIONS[Role.VIEWER]}
    assert {name.rpartition(".")[0] for name in mine} <= {
        "core.team.account",
        "core.team.views",
        "core.cases.evidence.reads",
    }


def test_files_that_show_the_buyer_are_refused_and_others_are_not(
    session: Session, made: Planted, viewer: Actor
) -> None:
    from core.cases import evidence

    with pytest.raises(NotAllowed, match="shows who the buyer is"):
        evidence.open_evidence(session, made.label.id, actor=viewer)
    assert evidence.open_evidence(session, made.item.id, actor=viewer).data
    assert set(evidence.thumbnails(session, made.incident.id, actor=viewer)) == {made.item.id}
