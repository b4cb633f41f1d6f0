"""Small copies are made once, and made again when they are gone."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from core.foundation import previews
from core.foundation.errors import Invalid, NotFound
from core.foundation.files import Store


def photo(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (2000, 1500), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


def test_copies_are_kept_and_made_again_when_the_folder_was_emptied(store: Store, tmp_path: Path) -> None:
    sha256 = store.put(photo()).sha256
    first = previews.thumbnail(store, sha256), previews.printed(store, sha256)
    assert [Image.open(io.BytesIO(copy)).width for copy in first] == [320, 1000]
    kept = [path for path in (tmp_path / "previews").rglob("*") if path.is_file()]
    assert len(kept) == 2
    shutil.rmtree(tmp_path / "previews")
    assert (previews.thumbnail(store, sha256), previews.printed(store, sha256)) == first


def test_a_kept_copy_is_used_without_decoding_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    data = photo()
    sha256 = store.put(data).sha256
    previews.prepare(store, sha256, data)
    monkeypatch.setattr(previews, "_MAKERS", {})
    assert previews.thumbnail(store, sha256)
    assert previews.printed(store, sha256)


def test_many_come_in_their_order(store: Store) -> None:
    hashes = [store.put(photo(colour)).sha256 for colour in ("red", "lime", "blue")]
    copies = previews.printed_many(store, hashes)
    store.path(hashes[1]).unlink()
    assert previews.printed_many(store, hashes) == [copies[0], None, copies[2]], "one that is gone spoils no other"
    assert [Image.open(io.BytesIO(copy or b"")).getpixel((9, 9)) for copy in copies] == [
        (254, 0, 0),
        (0, 255, 1),
        (0, 0, 254),
    ]


def test_no_copy_outlives_its_original(store: Store) -> None:
    sha256 = store.put(photo()).sha256
    previews.thumbnail(store, sha256)
    store.path(sha256).unlink()
    with pytest.raises(NotFound):
        previews.thumbnail(store, sha256)


def test_what_is_no_picture_is_refused(store: Store) -> None:
    sha256 = store.put(b"words").sha256
    with pytest.raises(Invalid):
        previews.thumbnail(store, sha256)


def test_a_folder_that_cannot_be_written_does_not_keep_pictures_from_being_shown(store: Store, tmp_path: Path) -> None:
    (tmp_path / "previews").write_text("in the way")
    assert previews.thumbnail(store, store.put(photo()).sha256)
