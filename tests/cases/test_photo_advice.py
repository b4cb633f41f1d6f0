"""Photos are looked at when they come in: advice with its reason, never a refusal, and a person may set it aside."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance, ImageFilter
from PIL.ExifTags import IFD, Base
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.cases import evidence, photo_advice
from core.cases.kinds import kinds
from core.cases.photo_advice import Advice, AdviceCode, Setting
from core.cases.photo_advice.checks import checks
from core.cases.photo_advice.prints import NEARLY, neighbours, quarters
from core.demo import pictures as drawn
from core.foundation import config
from core.foundation.audit import AuditEvent
from core.foundation.errors import Invalid, NotAllowed, NotFound, WrongState
from core.foundation.permissions import SYSTEM, Actor, Permission
from core.foundation.picture_measures import Measures, measure
from core.foundation.pictures import Facts, facts
from core.models import Evidence, EvidenceAdvice, Incident, Tag
from core.models.incident import IncidentType
from tests.factories import NOW, make_incident, make_shipment
from tests.films import film
from tests.people import OUT, acting

PHOTOS = Path(__file__).parents[2] / "../shared/reference/photos"
real = pytest.mark.skipif(not PHOTOS.is_dir(), reason="the reference photos are not here")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def a_photo(seed: int = 11, *, kind: str = "outer_box_photo", **exif: str) -> bytes:
    """A sharp drawn photo, with what EXIF is asked for: taken, offset, edited, program."""
    for n in range(seed, seed + 1000, 97):
        image = Image.open(io.BytesIO(drawn.photo(kind, random.Random(n), number=f"SPXSG{n:09d}", lines=["Mei"])))
        if measure(saved(image.convert("RGB"))).sharpness > 1000:  # one in eight is drawn out of focus
            return saved(image.convert("RGB"), **exif)
    raise AssertionError("no sharp photo")


def saved(image: Image.Image, **said: str) -> bytes:
    block = Image.Exif()
    detail = {Base.DateTimeOriginal.value: said.get("taken"), Base.OffsetTimeOriginal.value: said.get("offset")}
    if any(detail.values()):
        block[IFD.Exif] = {tag: value for tag, value in detail.items() if value}
    if "edited" in said:
        block[Base.DateTime], block[Base.Software] = said["edited"], said.get("program", "")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, exif=block.tobytes())
    return out.getvalue()


def changed(data: bytes, change: Any, **exif: str) -> bytes:
    return saved(change(Image.open(io.BytesIO(data)).convert("RGB")), **exif)


def add(session: Session, incident: Incident, data: bytes, kind: str = "outer_box_photo", **more: Any) -> Evidence:
    values = {"name": "IMG_01.jpg", "now": NOW, **more}
    return evidence.add_evidence(session, incident.id, actor=SYSTEM, data=data, kind=kind, **values)


def said(session: Session, row: Evidence, actor: Actor = SYSTEM) -> tuple[Advice, ...]:
    return photo_advice.advice_of(session, row.incident_id, actor=actor).get(row.id, ())


def codes(session: Session, row: Evidence) -> list[str]:
    return [one.code.value for one in said(session, row)]


def test_a_good_photo_gets_no_advice(session: Session) -> None:
    assert codes(session, add(session, make_incident(session), a_photo())) == []


def test_a_blurred_photo_is_taken_and_the_advice_says_what_to_do(session: Session) -> None:
    row = add(session, make_incident(session), changed(a_photo(), lambda one: one.filter(ImageFilter.GaussianBlur(4))))
    (advice,) = said(session, row)
    assert advice.code is AdviceCode.BLURRED
    assert advice.what == "The picture is blurred."
    assert "30 cm" in advice.do


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda one: ImageEnhance.Brightness(one).enhance(0.15), "too_dark"),
        (lambda one: ImageEnhance.Brightness(one).enhance(4), "too_bright"),
        (lambda one: one.resize((320, 240)), "too_small"),
    ],
)
def test_a_photo_too_dark_too_bright_or_too_small_is_told_apart(session: Session, change: Any, code: str) -> None:
    assert codes(session, add(session, make_incident(session), changed(a_photo(), change))) == [code]


def test_only_pictures_of_parcels_are_judged_by_their_looks(session: Session) -> None:
    data = changed(a_photo(), lambda one: one.resize((320, 240)).filter(ImageFilter.GaussianBlur(4)))
    assert codes(session, add(session, make_incident(session), data, kind="chat_with_buyer")) == []


NONE = Measures(1000, 120, 200, 0, 0, 1, 1)


def dated(taken: str, offset: str = "", kind: str = "item_photo", **setting: Any) -> list[str]:
    block = facts(saved(Image.new("RGB", (800, 600)), taken=taken, offset=offset))
    where = Setting(
        **{"shipped_at": NOW - timedelta(days=10), "noticed_at": NOW - timedelta(days=1), "now": NOW, **setting}
    )
    return [one.code.value for one in photo_advice.check(kind, block, NONE, where)]


def test_dates_are_held_against_shipping_and_report() -> None:
    assert dated("2026:11:18 10:00:00") == []
    assert dated("2026:11:01 10:00:00") == ["taken_early"]
    assert dated("2026:11:22 23:00:00", "+08:00") == ["taken_late"]
    assert dated("2027:01:01 00:00:00") == ["taken_ahead"]


def test_a_clock_without_a_zone_is_given_fourteen_hours_of_doubt() -> None:
    shipped = NOW - timedelta(days=10)  # 13 November 04:00 UTC
    assert dated(f"{shipped - timedelta(hours=13):%Y:%m:%d %H:%M:%S}") == []
    assert dated(f"{shipped - timedelta(hours=15):%Y:%m:%d %H:%M:%S}") == ["taken_early"]
    assert dated("2026:11:13 11:00:00", "+08:00") == ["taken_early"]
    assert dated("2026:11:13 13:00:00", "+08:00") == []


def test_a_packing_photo_is_meant_to_be_earlier_than_shipping() -> None:
    assert dated("2026:11:01 10:00:00", kind="label_photo") == []


def test_what_is_not_known_is_not_held_against_a_picture() -> None:
    assert dated("2026:11:01 10:00:00", shipped_at=None, noticed_at=None) == []
    assert photo_advice.check("item_photo", Facts(800, 600), NONE, Setting(None, None, NOW)) == []


def test_a_picture_saved_again_later_says_with_what_and_when(session: Session) -> None:
    data = a_photo(taken="2026:11:20 10:00:00", edited="2026:11:21 09:00:00", program="Photo Editor 10")
    (advice,) = said(session, add(session, make_incident(session), data))
    assert advice.code is AdviceCode.EDITED
    assert "Photo Editor 10" in advice.what and "2026-11-21" in advice.what


def test_a_phone_that_saves_a_little_later_has_edited_nothing(session: Session) -> None:
    data = a_photo(taken="2026:11:20 10:00:00", edited="2026:11:20 10:00:40", program="HDR+ 1.0")
    assert codes(session, add(session, make_incident(session), data)) == []


def test_the_same_file_in_another_case_is_named_to_those_who_may_see_it(session: Session) -> None:
    first, second = make_incident(session), make_incident(session)
    data = a_photo()
    add(session, first, data)
    row = add(session, second, data)
    (advice,) = said(session, row)
    assert advice.code is AdviceCode.REUSED
    assert first.reference in advice.what
    blind = Actor(None, "x", "x", None, frozenset({Permission.EVIDENCE_READ}), "en", "UTC")
    (told,) = said(session, row, blind)
    assert first.reference not in told.what and "1 other case" in told.what


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.resize((600, 450)),
        lambda one: one.convert("L").convert("RGB"),
        lambda one: ImageEnhance.Brightness(one).enhance(0.85),
        lambda one: one.filter(ImageFilter.GaussianBlur(0.6)),
    ],
)
def test_nearly_the_same_picture_in_another_case_is_found(session: Session, change: Any) -> None:
    first, second = make_incident(session), make_incident(session)
    data = a_photo(12)
    add(session, first, data)
    found = codes(session, add(session, second, changed(data, change)))
    assert "nearly_reused" in found and "reused" not in found


def test_nearly_the_same_twice_in_one_case_is_said_differently(session: Session) -> None:
    incident, data = make_incident(session), a_photo(13)
    add(session, incident, data, name="first.jpg")
    (advice,) = said(session, add(session, incident, changed(data, lambda one: one), name="second.jpg"))
    assert advice.code is AdviceCode.TWICE
    assert "first.jpg" in advice.what


def test_other_pictures_are_not_taken_for_the_same(session: Session) -> None:
    for seed in range(20, 32):
        for kind in ("outer_box_photo", "label_photo", "item_photo", "inner_packaging_photo"):
            row = add(session, make_incident(session), a_photo(seed * 1000, kind=kind), kind=kind)
            assert not {"reused", "nearly_reused"} & set(codes(session, row)), (seed, kind)


def test_two_cases_of_one_parcel_may_share_and_a_withdrawn_picture_is_forgotten(session: Session) -> None:
    parcel = make_shipment(session)
    one = make_incident(session, parcel)
    other = make_incident(session, parcel, type=IncidentType.DAMAGED)
    data = a_photo(14)
    add(session, one, data)
    assert codes(session, add(session, other, data)) == []
    gone = make_incident(session)
    data = a_photo(15)
    evidence.withdraw_evidence(session, add(session, gone, data).id, actor=SYSTEM, reason="wrong case", now=NOW)
    assert codes(session, add(session, make_incident(session), data)) == []


def test_the_same_video_in_another_case_is_found_too(session: Session) -> None:
    data = film(1)
    add(session, make_incident(session), data, kind="packing_video", name="a.mp4")
    assert codes(session, add(session, make_incident(session), data, kind="packing_video", name="b.mp4")) == ["reused"]


def test_advice_is_set_aside_by_a_person_with_a_reason(session: Session) -> None:
    actor = acting(session)
    row = add(session, make_incident(session), changed(a_photo(), lambda one: one.filter(ImageFilter.GaussianBlur(4))))
    (advice,) = said(session, row)
    with pytest.raises(Invalid, match="why"):
        photo_advice.dismiss(session, advice.id, actor=actor, why="  ", now=NOW)
    photo_advice.dismiss(session, advice.id, actor=actor, why="the buyer has no other", now=NOW)
    (after,) = said(session, row)
    assert not after.open
    assert (after.dismissed_why, after.dismissed_by) == ("the buyer has no other", actor.name)
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.ADVICE_DISMISSED)).one()
    assert event.after == {"advice": "blurred", "reason": "the buyer has no other"}
    with pytest.raises(WrongState):
        photo_advice.dismiss(session, advice.id, actor=actor, why="again", now=NOW)
    with pytest.raises(NotFound):
        photo_advice.dismiss(session, 0, actor=actor, why="x", now=NOW)
    with pytest.raises(NotAllowed):
        photo_advice.dismiss(session, advice.id, actor=OUT, why="x", now=NOW)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE evidence_advice SET code = 'x'", "DELETE FROM evidence_advice", "TRUNCATE evidence_advice"],
)
def test_the_database_keeps_what_was_advised(session: Session, statement: str) -> None:
    add(session, make_incident(session), changed(a_photo(), lambda one: one.resize((320, 240))))
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(statement))


def test_advice_is_in_the_trail_with_the_file(session: Session) -> None:
    add(session, make_incident(session), changed(a_photo(), lambda one: one.resize((320, 240))))
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.EVIDENCE_ADDED)).one()
    assert event.after["advice"] == ["too_small"]


def test_a_case_says_what_its_pictures_do_not_show(session: Session) -> None:
    incident = make_incident(session, type=IncidentType.DAMAGED)
    assert photo_advice.lacking_pictures(session, incident.id, actor=SYSTEM) == ()
    add(session, incident, a_photo(16), kind="item_photo")
    found = photo_advice.lacking_pictures(session, incident.id, actor=SYSTEM)
    assert [one.code.value for one in found] == ["no_label", "no_outer_box"]
    add(session, incident, a_photo(17, kind="label_photo"), kind="label_photo")
    add(session, incident, a_photo(18))
    assert photo_advice.lacking_pictures(session, incident.id, actor=SYSTEM) == ()


def test_a_lost_parcel_needs_no_picture_of_its_box(session: Session) -> None:
    incident = make_incident(session, type=IncidentType.LOST)
    add(session, incident, a_photo(16), kind="item_photo")
    assert photo_advice.lacking_pictures(session, incident.id, actor=SYSTEM) == ()


def test_every_check_says_why_and_where_its_numbers_come_from() -> None:
    assert set(checks()) == set(AdviceCode)
    for rule in checks().values():
        assert len(rule.why) > 20 and len(rule.source) > 3
        assert set(rule.kinds) <= set(kinds())
        assert set(rule.numbers.get("wanted", ())) <= set(kinds())


def test_a_hash_that_differs_in_seven_bits_shares_a_quarter_but_for_one() -> None:
    rng = random.Random(5)
    for _n in range(300):
        one = rng.getrandbits(64) - 2**63
        other = one
        for bit in rng.sample(range(64), 7):
            other ^= -(2**63) if bit == 63 else 1 << bit
        assert any(b in neighbours(a) for a, b in zip(quarters(one), quarters(other), strict=True))


def test_likeness_is_asked_of_indexes(session: Session) -> None:
    session.execute(text("SET LOCAL enable_seqscan = off"))
    asked = {f"band_{n}": neighbours(n) for n in range(1, 5)}
    asked |= {"phash": 1, "dhash": 1, "bits": 6, "other_bits": 6, "sha256": "0" * 64, "most": 20}  # type: ignore[dict-item]
    plan = "\n".join(session.execute(text(f"EXPLAIN {NEARLY}"), asked).scalars())
    assert all(f"ix_picture_print_band_{n}" in plan for n in range(1, 5)), plan


@real
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AR_box_example_noDMG_m.jpg", []),
        ("box_dent.jpg", ["edited"]),
        ("box_wetAndHole.jpg", ["edited"]),
    ],
)
def test_phone_photos_edited_later_are_told_from_those_that_were_not(
    session: Session, name: str, expected: list[str]
) -> None:
    shipped = datetime(2021, 5, 10, tzinfo=UTC)
    parcel = make_shipment(session, accepted_at=shipped, shipped_at=shipped)
    incident = make_incident(session, parcel, noticed_at=datetime(2021, 5, 21, tzinfo=UTC), type=IncidentType.DAMAGED)
    row = add(session, incident, (PHOTOS / name).read_bytes(), name=name)
    assert codes(session, row) == expected
    if expected:
        assert "Windows Photo Editor" in said(session, row)[0].what


@real
@pytest.mark.parametrize("name", ["AR_box_example_noDMG_m.jpg", "box_dent.jpg", "box_wetAndHole.jpg"])
def test_phone_photos_blurred_or_darkened_are_noticed(session: Session, name: str) -> None:
    data = (PHOTOS / name).read_bytes()
    blurred = changed(data, lambda one: one.filter(ImageFilter.GaussianBlur(5)))
    dark = changed(data, lambda one: ImageEnhance.Brightness(one).enhance(0.2))
    assert "blurred" in codes(session, add(session, make_incident(session), blurred))
    assert "too_dark" in codes(session, add(session, make_incident(session), dark))


def test_what_was_advised_before_is_kept_when_numbers_change(session: Session) -> None:
    row = add(session, make_incident(session), changed(a_photo(), lambda one: one.resize((320, 240))))
    kept = session.scalars(select(EvidenceAdvice).where(EvidenceAdvice.evidence_id == row.id)).one()
    assert kept.params == {"width": 320, "height": 240, "least": 640}
