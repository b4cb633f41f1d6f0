"""Copies of a video for receivers: they name their source, are made once, and leave it as it was."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.cases import evidence
from core.foundation import config, files
from core.foundation.audit import AuditEvent, check_chain
from core.foundation.errors import NotAllowed, NotFound, TooLarge, WrongState
from core.foundation.permissions import SYSTEM
from core.models import Evidence, EvidenceAdvice, Incident, Tag
from tests.cases.nasty import GOOD_PDF, PAPERS, picture
from tests.factories import NOW, make_incident
from tests.films import film
from tests.people import OUT, acting


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def a_video(session: Session, incident: Incident | None = None, data: bytes | None = None) -> Evidence:
    return evidence.add_evidence(
        session,
        (incident or make_incident(session)).id,
        actor=SYSTEM,
        name="打包.mp4",
        data=film(6, sound=True) if data is None else data,
        kind="packing_video",
        now=NOW,
    )


def test_a_video_is_known_by_its_size_and_has_a_small_picture(session: Session) -> None:
    video = a_video(session)
    assert (video.unreadable, video.width, video.height) == (None, 160, 120)
    small = evidence.small_picture(session, video.id, actor=SYSTEM)
    assert Image.open(io.BytesIO(small)).format == "JPEG"
    assert evidence.thumbnails(session, video.incident_id, actor=SYSTEM) == {video.id: small}


def test_a_file_nobody_can_look_at_is_kept_and_says_why(session: Session) -> None:
    incident = make_incident(session)
    video = a_video(session, incident, film(1, sound=True, pictures=False))
    assert video.unreadable == "no_frames"
    paper = evidence.add_evidence(
        session, incident.id, actor=SYSTEM, name="a.pdf", data=PAPERS["encrypted.pdf"](), kind="proof_of_value", now=NOW
    )
    assert paper.unreadable == "password"
    good = evidence.add_evidence(
        session, incident.id, actor=SYSTEM, name="b.pdf", data=GOOD_PDF, kind="proof_of_value", now=NOW
    )
    assert good.unreadable is None
    with pytest.raises(NotFound):
        evidence.small_picture(session, video.id, actor=SYSTEM)
    with pytest.raises(WrongState, match="cannot be seen"):
        evidence.make_contact_sheet(session, video.id, actor=SYSTEM, now=NOW)


def test_a_contact_sheet_stands_beside_its_video(session: Session) -> None:
    actor, video = acting(session), a_video(session)
    before = files.store().read(video.sha256)
    sheet = evidence.make_contact_sheet(session, video.id, actor=actor, count=6, now=NOW)
    assert (sheet.kind, sheet.name, sheet.derived_from) == ("packing_video", "打包.sheet.jpg", video.id)
    assert sheet.derived_how is not None
    assert (sheet.derived_how["what"], sheet.derived_how["count"], len(sheet.derived_how["frames"])) == (
        "contact_sheet",
        6,
        6,
    )
    assert files.store().read(video.sha256) == before
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.EVIDENCE_DERIVED)).one()
    assert event.after["source_sha256"] == video.sha256
    assert check_chain(session, video.incident_id) is None
    assert not session.scalars(select(EvidenceAdvice)).all()
    item = evidence.list_evidence(session, video.incident_id, actor=actor)[1]
    assert (item.derived_from, item.derived_how) == (video.id, sheet.derived_how)


def test_the_same_copy_is_made_once(session: Session) -> None:
    video = a_video(session)
    first = evidence.make_contact_sheet(session, video.id, actor=SYSTEM, times=[1, 2, 3], now=NOW)
    assert evidence.make_contact_sheet(session, video.id, actor=SYSTEM, times=[1, 2, 3], now=NOW) is first
    other = evidence.make_contact_sheet(session, video.id, actor=SYSTEM, times=[1, 2, 4], now=NOW)
    assert other is not first
    clip = evidence.make_clip(session, video.id, actor=SYSTEM, start=2, end=4, now=NOW)
    assert evidence.make_clip(session, video.id, actor=SYSTEM, start=2, end=4, now=NOW) is clip


def test_a_withdrawn_copy_is_made_anew(session: Session) -> None:
    video = a_video(session)
    first = evidence.make_contact_sheet(session, video.id, actor=SYSTEM, times=[1, 2], now=NOW)
    evidence.withdraw_evidence(session, first.id, actor=SYSTEM, reason="not needed", now=NOW)
    again = evidence.make_contact_sheet(session, video.id, actor=SYSTEM, times=[1, 2], now=NOW)
    assert again.id != first.id and again.sha256 == first.sha256


def test_a_clip_says_from_when_to_when_it_goes(session: Session) -> None:
    video = a_video(session)
    clip = evidence.make_clip(session, video.id, actor=SYSTEM, start=2.5, end=4, limit_bytes=1_000_000, now=NOW)
    assert clip.derived_how is not None
    assert clip.derived_how["from"] == pytest.approx(2.0, abs=0.11) and clip.derived_how["encoded"] is False
    assert clip.name == "打包.0m02s-0m04s.mp4"
    assert (clip.unreadable, clip.width) == (None, 160)
    with pytest.raises(TooLarge):
        evidence.make_clip(session, video.id, actor=SYSTEM, start=0, end=6, limit_bytes=1_000, now=NOW)


def test_only_a_standing_video_has_copies_and_only_for_those_who_may(session: Session) -> None:
    video = a_video(session)
    photo = evidence.add_evidence(
        session, video.incident_id, actor=SYSTEM, name="a.jpg", data=picture("JPEG"), kind="item_photo", now=NOW
    )
    with pytest.raises(WrongState, match="no video"):
        evidence.make_contact_sheet(session, photo.id, actor=SYSTEM, now=NOW)
    with pytest.raises(NotFound):
        evidence.make_clip(session, 0, actor=SYSTEM, start=0, end=1, now=NOW)
    with pytest.raises(NotAllowed):
        evidence.make_clip(session, video.id, actor=OUT, start=0, end=1, now=NOW)
    evidence.withdraw_evidence(session, video.id, actor=SYSTEM, reason="wrong case", now=NOW)
    with pytest.raises(WrongState, match="withdrawn"):
        evidence.make_contact_sheet(session, video.id, actor=SYSTEM, now=NOW)


def test_where_a_copy_came_from_cannot_be_changed(session: Session) -> None:
    video = a_video(session)
    evidence.make_contact_sheet(session, video.id, actor=SYSTEM, times=[1], now=NOW)
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(
            text("UPDATE evidence SET derived_from = NULL, derived_how = NULL WHERE derived_from IS NOT NULL")
        )
