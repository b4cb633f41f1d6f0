"""Whatever is sent: no crash, no hang, a sentence when it is refused, and nothing half-stored."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import evidence, photo_advice
from core.cases.proof import unreadable_words
from core.foundation import config, files
from core.foundation.errors import Refusal
from core.foundation.permissions import SYSTEM
from core.models import Evidence, EvidenceAdvice, PicturePrint, StoredFile
from tests.cases.nasty import Nasty, all_of_them
from tests.factories import NOW, make_incident

EVERY = list(all_of_them())
LONGEST = 5.0
"""Seconds of work, of this process and those it starts: a busy machine makes nobody hang."""

# Pillow mutters about broken EXIF; a person sees the picture all the same.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One store for all, and a place of its own for what is temporary."""
    place = tmp_path_factory.mktemp("nasty")
    (place / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch, config.override(data_dir=place / "data"):
        patch.setattr("tempfile.tempdir", str(place / "tmp"))
        yield place


def work() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def there(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and "previews" not in path.parts
    }


def opened(nasty: Nasty, folder: Path) -> BinaryIO:
    if not nasty.hole:
        return io.BytesIO(nasty.make())
    path = folder.parent / "hole"
    with path.open("wb") as file:
        file.write(nasty.make())
        file.truncate(file.tell() + nasty.hole)
    return path.open("rb")


def test_there_are_five_hundred_of_them() -> None:
    assert len(EVERY) >= 500
    assert len({(one.group, one.name) for one in EVERY}) == len(EVERY)


@pytest.mark.parametrize("nasty", EVERY, ids=[f"{n:03}-{one.group}" for n, one in enumerate(EVERY)])
def test_a_nasty_file_is_taken_whole_or_refused_with_a_sentence(nasty: Nasty, session: Session, folder: Path) -> None:
    incident, before = make_incident(session), there(folder)
    with opened(nasty, folder) as data:
        began = work()
        try:
            row = evidence.add_evidence(
                session, incident.id, actor=SYSTEM, name=nasty.name, data=data, kind="outer_box_photo", now=NOW
            )
        except Refusal as refusal:
            assert work() - began < LONGEST
            refused(str(refusal), session)
            assert there(folder) == before
        else:
            assert work() - began < LONGEST
            data.seek(0)
            taken(row, files.sha256_of(data), session)
            assert there(folder) - before <= {f"data/files/{row.sha256[:2]}/{row.sha256[2:4]}/{row.sha256}"}


def refused(sentence: str, session: Session) -> None:
    assert sentence[-1] in ".?!" and len(sentence) > 20
    assert "\x00" not in sentence and len(sentence) < 800
    for table in (Evidence, EvidenceAdvice, StoredFile, PicturePrint):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def taken(row: Evidence, sha256: str, session: Session) -> None:
    assert row.sha256 == sha256
    assert files.store().verify(sha256) is None
    assert row.name and len(row.name) <= 160 and row.name.isprintable()
    if row.unreadable:
        assert unreadable_words(row.unreadable)
    for advice in photo_advice.advice_of(session, row.incident_id, actor=SYSTEM).get(row.id, ()):
        assert advice.what and advice.do
    evidence.thumbnails(session, row.incident_id, actor=SYSTEM)
    if (row.width or 0) * (row.height or 0) < 4_000_000:
        assert evidence.shared_evidence(session, row.id, actor=SYSTEM).data
