"""Evidence comes in whole, once, by its bytes; it stays as it came; what leaves the house tells no places."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import evidence
from core.cases.checklist import checklist
from core.foundation import audit, config, files, pictures
from core.foundation.audit import AuditEvent, check_chain
from core.foundation.errors import Duplicate, Invalid, NotAllowed, NotFound, WrongState
from core.foundation.permissions import Actor, Role
from core.models import Evidence, Incident, StoredFile, Tag
from core.models.incident import IncidentState
from tests.factories import NOW, make_incident, make_rule_card
from tests.people import OUT, acting


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def photo(colour: str = "red", kind: str = "JPEG") -> bytes:
    """A phone photo, held on its side, with its date, its camera and its place."""
    block = Image.Exif()
    block[Base.Orientation], block[Base.Make] = 6, "Xiaomi"
    block[IFD.Exif] = {
        Base.DateTimeOriginal.value: "2026:11:20 09:15:00",
        Base.OffsetTimeOriginal.value: "+08:00",
    }
    block[IFD.GPSInfo] = {1: "N", 2: (14.0, 35.0, 58.0), 3: "E", 4: (120.0, 58.0, 0.0)}
    out = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, kind, exif=block.tobytes())
    return out.getvalue()


def film() -> bytes:
    boxes = [(b"ftyp", b"isom\0\0\0\0isom"), (b"mdat", b"film" * 10), (b"moov", bytes(20))]
    return b"".join(struct.pack(">I", 8 + len(body)) + name + body for name, body in boxes)


def add(session: Session, actor: Actor, incident: Incident, data: bytes | None = None, **more: object) -> Evidence:
    values: dict[str, object] = {"name": "IMG_01.jpg", "data": data or photo(), "kind": "label_photo", "now": NOW}
    return evidence.add_evidence(session, incident.id, actor=actor, **{**values, **more})  # type: ignore[arg-type]


def test_a_photo_is_kept_as_it_came_with_what_it_says_of_itself(session: Session) -> None:
    incident, actor, data = make_incident(session), acting(session), photo()
    row = add(session, actor, incident, data, note="  the label  ")
    assert (row.width, row.height) == (300, 400)
    assert row.taken_at == datetime(2026, 11, 20, 1, 15, tzinfo=UTC)
    assert row.taken_text == "2026-11-20 09:15:00"
    assert row.note == "the label"
    assert files.store().read(row.sha256) == data
    stored = session.get_one(StoredFile, row.sha256)
    assert (stored.size, stored.media_type) == (len(data), "image/jpeg")
    assert evidence.open_evidence(session, row.id, actor=actor).data == data


def test_adding_leaves_a_trace_and_starts_the_proving(session: Session) -> None:
    incident, actor = make_incident(session), acting(session)
    row = add(session, actor, incident)
    assert incident.state is IncidentState.PROVING
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.EVIDENCE_ADDED)).one()
    assert event.after["sha256"] == row.sha256
    assert event.after["kind"] == "label_photo"
    assert check_chain(session, incident.id) is None


@pytest.mark.parametrize("source", [film, lambda: b"a,b\n1,2\n", lambda: b"words of the buyer"])
def test_films_and_papers_come_in_too(session: Session, source: object) -> None:
    assert callable(source)
    row = add(session, acting(session), make_incident(session), source(), name="x", kind="packing_video")
    assert (row.width, row.taken_at) == (None, None)


def test_a_stream_is_read_from_its_start(session: Session) -> None:
    stream = io.BytesIO(photo())
    stream.seek(50)
    row = add(session, acting(session), make_incident(session), data=stream)  # type: ignore[arg-type]
    assert files.store().read(row.sha256) == photo()


def test_the_same_file_twice_is_one_piece_of_evidence_and_a_sentence(session: Session) -> None:
    incident, actor = make_incident(session), acting(session)
    add(session, actor, incident)
    with pytest.raises(
        Duplicate, match=r"“copy.jpg” is in this case already: “IMG_01.jpg”, Label, readable, added 23 Nov"
    ):
        add(session, actor, incident, name="copy.jpg", kind="other")
    assert session.scalar(select(func.count()).select_from(Evidence)) == 1


def test_the_same_file_may_prove_something_in_two_cases(session: Session) -> None:
    actor = acting(session)
    first, second = (add(session, actor, make_incident(session)) for _n in range(2))
    assert first.sha256 == second.sha256
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 1


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"kind": "nonsense"}, "kind", "Choose what the file shows"),
        ({"note": "x" * 2001}, "note", "too long"),
        ({"data": b"MZ\x90\x00" + bytes(60)}, None, "“IMG_01.jpg” is a Windows program"),
        ({"data": b" "}, None, "is empty"),
        ({"data": photo()[:300]}, None, "cannot be read"),
    ],
)
def test_what_cannot_come_in_leaves_nothing_behind(
    session: Session, data_folder: Path, more: dict[str, object], field: str | None, said: str
) -> None:
    incident, actor = make_incident(session), acting(session)
    with pytest.raises(Invalid, match=said) as refused:
        add(session, actor, incident, **more)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert session.scalar(select(func.count()).select_from(Evidence)) == 0
    assert [path for path in data_folder.rglob("*") if path.is_file()] == []
    assert incident.state is IncidentState.REGISTERED


def test_an_unknown_case_takes_no_evidence(session: Session) -> None:
    with pytest.raises(NotFound):
        evidence.add_evidence(session, 0, actor=acting(session), name="x", data=photo(), kind="other", now=NOW)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\箱子 照片.JPG", "箱子 照片.JPG"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\x00b\nc.jpg", "abc.jpg"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".jpeg", "x" * 155 + ".jpeg"),
        ("y" * 300, "y" * 160),
        ("e\u0301.jpg", "é.jpg"),
    ],
)
def test_names_are_kept_without_what_could_mislead(typed: str, kept: str) -> None:
    assert evidence.clean_name(typed) == kept


def test_withdrawing_asks_why_and_keeps_the_file(session: Session) -> None:
    incident, lead = make_incident(session), acting(session, Role.LEAD)
    row = add(session, lead, incident)
    with pytest.raises(Invalid, match="Say why") as refused:
        evidence.withdraw_evidence(session, row.id, actor=lead, reason=" ", now=NOW)
    assert refused.value.field == "reason"
    evidence.withdraw_evidence(session, row.id, actor=lead, reason="wrong parcel", now=NOW)
    assert (row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason) == (NOW, lead.person_id, "wrong parcel")
    assert files.store().verify(row.sha256) is None
    assert evidence.list_evidence(session, incident.id, actor=lead) == []
    assert [
        item.withdrawn_reason for item in evidence.list_evidence(session, incident.id, actor=lead, withdrawn=True)
    ] == ["wrong parcel"]
    with pytest.raises(WrongState, match="withdrawn already"):
        evidence.withdraw_evidence(session, row.id, actor=lead, reason="again", now=NOW)
    assert add(session, lead, incident).id != row.id, "a file withdrawn by mistake may come in again"
    assert check_chain(session, incident.id) is None


def test_only_who_may_withdraws(session: Session) -> None:
    incident, agent = make_incident(session), acting(session)
    row = add(session, agent, incident)
    with pytest.raises(NotAllowed):
        evidence.withdraw_evidence(session, row.id, actor=agent, reason="no", now=NOW)


def test_nobody_without_the_right_sees_anything(session: Session) -> None:
    incident = make_incident(session)
    row = add(session, acting(session), incident)
    for look in (
        lambda: evidence.open_evidence(session, row.id, actor=OUT),
        lambda: evidence.shared_evidence(session, row.id, actor=OUT),
        lambda: evidence.hand_out_evidence(session, row.id, actor=OUT, now=NOW),
        lambda: evidence.list_evidence(session, incident.id, actor=OUT),
        lambda: evidence.thumbnails(session, incident.id, actor=OUT),
        lambda: add(session, OUT, incident),
    ):
        with pytest.raises(NotAllowed):
            look()


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("HEIF", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.jpg")])
def test_a_shared_copy_has_no_place_and_the_right_ending(session: Session, kind: str, name: str) -> None:
    actor = acting(session)
    row = add(session, actor, make_incident(session), photo(kind=kind), name=f"a.{kind.lower()}")
    assert pictures.facts(evidence.open_evidence(session, row.id, actor=actor).data).located
    shared = evidence.shared_evidence(session, row.id, actor=actor)
    assert shared.name == name
    assert not pictures.facts(shared.data).located
    assert shared.sha256 == files.sha256_of(shared.data) != row.sha256


def test_a_film_is_shared_as_it_is(session: Session) -> None:
    actor = acting(session)
    row = add(session, actor, make_incident(session), film(), name="pack.mp4", kind="packing_video")
    assert evidence.shared_evidence(session, row.id, actor=actor).data == film()


def test_giving_a_file_out_is_noted(session: Session) -> None:
    incident, actor = make_incident(session), acting(session)
    row = add(session, actor, incident)
    evidence.hand_out_evidence(session, row.id, actor=actor, shared=True, now=NOW)
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.EVIDENCE_OPENED)).one()
    assert event.after["shared"] is True
    assert audit.check_chain(session, incident.id) is None


def test_thumbnails_come_for_pictures_alone_and_survive_a_missing_file(session: Session) -> None:
    incident, actor = make_incident(session), acting(session)
    good, gone = (add(session, actor, incident, photo(colour)) for colour in ("red", "blue"))
    add(session, actor, incident, film(), name="pack.mp4", kind="packing_video")
    files.store().path(gone.sha256).unlink()
    small = evidence.thumbnails(session, incident.id, actor=actor)
    assert list(small) == [good.id]
    with Image.open(io.BytesIO(small[good.id])) as image:
        assert image.size == (240, 320)


def test_the_list_is_in_the_order_files_came(session: Session) -> None:
    incident, actor = make_incident(session), acting(session)
    second = add(session, actor, incident, photo("red"), now=NOW + timedelta(hours=1))
    first = add(session, actor, incident, photo("blue"), kind="item_photo")
    listed = evidence.list_evidence(session, incident.id, actor=actor)
    assert [item.id for item in listed] == [first.id, second.id]
    assert listed[0].added_by == actor.name
    assert listed[0].size == len(photo("blue"))


def test_the_checklist_follows_what_comes_and_goes(session: Session) -> None:
    incident, lead = make_incident(session), acting(session, Role.LEAD)
    card = make_rule_card(session, documents=[{"code": "label_photo", "count": 2}, {"code": "receipt", "count": 1}])

    def lacking() -> list[str]:
        return [need.code for need in checklist(session, incident.id, card.id, actor=lead) if not need.met]

    assert lacking() == ["label_photo", "receipt"]
    add(session, lead, incident, photo("red"))
    row = add(session, lead, incident, photo("blue"))
    assert lacking() == ["receipt"]
    evidence.withdraw_evidence(session, row.id, actor=lead, reason="blurred", now=NOW)
    assert lacking() == ["label_photo", "receipt"]
