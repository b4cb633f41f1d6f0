"""The gap meter: full only with every line met by files that can be read, and each payer has its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.cases import proof
from core.cases.checklist import lacking, needs
from core.cases.kinds import WHO_LABELS, facts_of, kinds
from core.cases.proof import Need, count_up, fits, percent, requirement, union
from core.foundation import sniff
from core.foundation.errors import NotFound
from core.foundation.permissions import Role
from core.models import Evidence, Incident, StoredFile
from core.models.rule import PayerKind
from tests.desk.plans import explained
from tests.factories import NOW, make_incident, make_rule_card, make_shipment
from tests.people import acting


@dataclass(frozen=True)
class File:
    """A file as the meter sees it."""

    id: int
    kind: str = "label_photo"
    media_type: str = "image/jpeg"
    name: str = "a.jpg"
    width: int | None = 1600
    height: int | None = 1200
    unreadable: str | None = None
    derived_from: int | None = None


def stand(session: Session, incident: Incident, kind: str, media_type: str = "image/jpeg", **more: object) -> Evidence:
    """One standing file without bytes behind it."""
    number = session.execute(text("select count(*) from stored_file")).scalar_one()
    sha256 = f"{number + 1:064x}"
    session.add(StoredFile(sha256=sha256, size=1, media_type=media_type, stored_at=NOW))
    session.flush()
    row = Evidence(incident_id=incident.id, sha256=sha256, name=f"{kind}.x", kind=kind, added_at=NOW, **more)
    session.add(row)
    session.flush()
    return row


CODES = ("label_photo", "packing_video", "proof_of_value", "tracking_snapshot")
pieces = st.builds(
    File,
    id=st.integers(1, 10_000),
    kind=st.sampled_from(CODES),
    media_type=st.sampled_from(sorted(sniff.BY_MEDIA_TYPE)),
    width=st.none() | st.integers(1, 4000),
    height=st.none() | st.integers(1, 4000),
    unreadable=st.none() | st.sampled_from(["pdf_password", "nothing_known"]),
    derived_from=st.none() | st.integers(1, 10_000),
)
lists = st.lists(
    st.fixed_dictionaries(
        {"code": st.sampled_from(CODES), "count": st.integers(1, 4)},
        optional={"formats": st.lists(st.sampled_from(["jpg", "pdf", "picture", "mp4", "video"]), max_size=3)},
    ),
    max_size=4,
    unique_by=lambda row: row["code"],
)


def unique(files: list[File]) -> list[File]:
    return list({file.id: file for file in files}.values())


@given(lists, st.lists(pieces, max_size=12).map(unique))
def test_the_meter_is_full_exactly_when_every_line_is_met(
    documents: list[dict[str, object]], files: list[File]
) -> None:
    found = count_up(documents, files)
    assert (percent(found) == 100) == all(need.met for need in found)
    assert 0 <= percent(found) <= 100


@given(lists, st.lists(pieces, max_size=8).map(unique), pieces)
def test_one_more_file_never_lowers_the_meter(documents: list[dict[str, object]], files: list[File], one: File) -> None:
    more = replace(one, id=10_001)
    assert percent(count_up(documents, [*files, more])) >= percent(count_up(documents, files))


@given(lists, st.lists(pieces, max_size=8).map(unique))
def test_every_file_of_a_kind_either_counts_or_says_why_or_stands_beside_its_source(
    documents: list[dict[str, object]], files: list[File]
) -> None:
    for need in count_up(documents, files):
        mine = [file for file in files if file.kind == need.code]
        good = [file for file in mine if file.id not in {fault.evidence_id for fault in need.faults}]
        assert need.there == len(mine)
        assert need.have == len({file.derived_from or file.id for file in good}) <= len(good)
        assert all(fault.reason for fault in need.faults)


@given(lists, lists)
def test_all_lists_together_ask_for_each_kind_as_often_as_the_longest(
    one: list[dict[str, object]], other: list[dict[str, object]]
) -> None:
    found = {line.code: line.count for line in union([one, other])}
    both = [*one, *other]
    assert found == {
        str(row["code"]): max(int(str(twin["count"])) for twin in both if twin["code"] == row["code"]) for row in both
    }


def need(file: File, **line: object) -> Need:
    [found] = count_up([{"code": file.kind, "count": 1, **line}], [file])
    return found


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (File(1, unreadable="nothing_known"), "it says that no tracking is known"),
        (File(1, unreadable="a code of tomorrow"), "it cannot be opened"),
        (File(1, width=300, height=200), "fewer than 320 pixels on its longer side: it cannot be read"),
        (File(1, kind="packing_video", media_type="application/pdf"), "asked for is a video or a picture"),
    ],
    ids=["nothing known", "cannot be opened", "too small", "wrong format"],
)
def test_what_does_not_count_says_why(file: File, said: str) -> None:
    found = need(file)
    assert (found.met, found.there) == (False, 1)
    assert [fault.reason for fault in found.faults] == [said]


def test_a_card_may_ask_for_more_than_is_usual() -> None:
    assert need(File(1, kind="packing_video")).met
    film = need(File(1, kind="packing_video"), formats=["mp4"])
    assert [fault.reason for fault in film.faults] == ["asked for is MP4"]
    assert not need(File(1, width=900, height=700), least=1000).met
    assert need(File(1), who="carrier").who == "carrier"


@pytest.mark.parametrize(
    ("media_type", "formats", "does"),
    [
        ("image/heic", ["jpg", "png"], True),
        ("application/pdf", ["jpg"], True),
        ("image/jpeg", ["pdf"], True),
        ("video/quicktime", ["mp4"], True),
        ("video/mp4", ["jpg", "png"], False),
        ("text/csv", ["pdf"], False),
        ("image/jpeg", ["picture"], True),
        ("application/pdf", ["picture"], False),
        ("anything/else", [], True),
        ("anything/else", ["pdf"], False),
    ],
)
def test_a_file_fits_a_format_the_pack_can_turn_it_into(media_type: str, formats: list[str], does: bool) -> None:
    assert fits(media_type, formats) is does


def test_a_copy_and_its_source_count_once_and_stills_stand_for_a_film_where_only_pictures_are_taken() -> None:
    film = File(1, "packing_video", "video/mp4", width=None, height=None)
    sheet = File(2, "packing_video", "image/jpeg", derived_from=1)
    [both] = count_up([{"code": "packing_video", "count": 2}], [film, sheet])
    assert (both.have, both.met) == (1, False)
    [stills] = count_up([{"code": "packing_video", "formats": ["jpg"]}], [film, sheet])
    assert (stills.have, stills.counted) == (1, (2,))


def test_every_kind_says_who_can_get_it_and_its_usual_formats_are_formats() -> None:
    known = {family.value for family in sniff.Family} | set(sniff.KINDS) | {"jpg"}
    for code in kinds():
        told = facts_of(code)
        assert told.who in WHO_LABELS, code
        assert set(told.formats) <= known, code
        if told.perishes is not None:
            assert told.perishes.days > 0 and told.perishes.source and told.perishes.why
            assert told.perishes.confidence in ("H", "M", "L")


def test_each_payer_of_one_case_has_its_own_list_and_meter(session: Session) -> None:
    lead, incident = acting(session, Role.LEAD), make_incident(session)
    shopee = make_rule_card(
        session,
        payer_kind=PayerKind.PLATFORM,
        payer_name="Shopee",
        documents=[{"code": "packing_video", "formats": ["jpg", "png"]}, {"code": "order_page"}],
    )
    carrier = make_rule_card(
        session,
        payer_name="Ninja Van",
        documents=[{"code": "packing_video", "formats": ["mp4"]}, {"code": "proof_of_value", "formats": ["pdf"]}],
    )
    insurer = make_rule_card(
        session, payer_kind=PayerKind.INSURER, payer_name="Assured", documents=[{"code": "carrier_notice"}]
    )
    cards = [shopee, carrier, insurer]
    assert [one.percent for one in proof.gap(session, incident.id, cards, actor=lead)] == [0, 0, 0]
    film = stand(session, incident, "packing_video", "video/mp4")
    assert [one.percent for one in proof.gap(session, incident.id, cards, actor=lead)] == [0, 50, 0]
    stand(session, incident, "packing_video", derived_from=film.id, derived_how={"what": "contact_sheet"})
    stand(session, incident, "proof_of_value", "application/pdf", unreadable="pdf_password")
    stand(session, incident, "order_page", "image/png")
    stand(session, incident, "carrier_notice", "message/rfc822")
    found = proof.gap(session, incident.id, cards, actor=lead)
    assert [(one.payer, one.percent, one.full) for one in found] == [
        ("Shopee", 100, True),
        ("Ninja Van", 50, False),
        ("Assured", 100, True),
    ]
    assert lacking(needs(session, incident.id, carrier)) == ("proof_of_value",)
    stand(session, incident, "proof_of_value", "application/pdf")
    assert proof.gap(session, incident.id, [carrier], actor=lead)[0].full


def test_what_is_missing_stands_with_the_day_it_is_gone_soonest_first(session: Session) -> None:
    lead = acting(session, Role.LEAD)
    shipment = make_shipment(session, delivered_at=NOW - timedelta(days=2))
    incident = make_incident(session, shipment)
    card = make_rule_card(
        session, documents=[{"code": code} for code in ("proof_of_value", "packing_video", "outer_box_photo")]
    )
    [found] = proof.gap(session, incident.id, [card], actor=lead)
    listed = [(item.need.code, item.gone and str(item.gone.on)) for item in found.missing]
    assert listed == [("outer_box_photo", "2026-11-28"), ("packing_video", "2026-12-13"), ("proof_of_value", None)]
    assert found.missing[0].gone is not None
    assert found.missing[0].gone.why == (
        "Typically gone 7 days after delivery (21 Nov). A buyer keeps the box and its packaging about a week."
    )


def test_the_gap_of_many_payers_costs_as_many_statements_as_that_of_one(session: Session) -> None:
    lead, incident = acting(session, Role.LEAD), make_incident(session)
    cards = [make_rule_card(session) for _ in range(8)]
    with explained(session) as one:
        proof.gap(session, incident.id, cards[:1], actor=lead)
    with explained(session) as many:
        proof.gap(session, incident.id, cards, actor=lead)
    assert len(many) == len(one) == 3


def test_a_case_that_is_not_there_is_said(session: Session) -> None:
    with pytest.raises(NotFound):
        proof.gap(session, 0, [], actor=acting(session))


def test_a_line_of_a_card_reads_the_same_from_the_table_and_from_the_reads() -> None:
    stored = {"code": "label_photo", "count": 2, "note": "both sides", "formats": ["jpg"], "who": "carrier"}
    assert requirement(requirement(stored)) == requirement(stored)
    assert union([]) == ()
