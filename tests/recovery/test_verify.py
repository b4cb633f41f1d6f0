"""Checking a pack: whatever was changed, dropped or added is named, from the ZIP alone."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation import config
from core.foundation.errors import Invalid, NotFound
from core.foundation.files import sha256_of
from core.recovery import packs
from core.recovery.packs import manifest
from core.recovery.verify import Verdict, against_case, verify_pack
from tests.factories import NOW
from tests.packing import make_pack_case, phone_photo

PHOTO = "evidence/01_outer_box_photo_IMG_0001.jpg"
PDF = "CL-2026-00001.pdf"
_built: dict[str, bytes] = {}


@pytest.fixture
def pack(session: Session, tmp_path: Path) -> bytes:
    """The bytes of one pack, built once for this file."""
    if "pack" not in _built:
        with config.override(data_dir=tmp_path):
            case = make_pack_case(session)
            made = packs.build_pack(session, case.claim.id, actor=case.actor, now=NOW)
            _built["pack"] = made.path.read_bytes()
    return _built["pack"]


@pytest.fixture
def check(tmp_path: Path) -> Callable[[bytes], Verdict]:
    def look(data: bytes) -> Verdict:
        path = tmp_path / "pack.zip"
        path.write_bytes(data)
        return verify_pack(path)

    return look


def unpacked(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    """The files in an archive of some other program."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def edited(pack: bytes, change: Callable[[dict[str, Any]], None], *, redo: bool = False) -> dict[str, bytes]:
    """The files of the pack with another manifest; `redo` gives it its own digest again."""
    files = unpacked(pack)
    about = json.loads(files[manifest.NAME])
    change(about)
    if redo:
        about["digest"] = manifest.digest_of(about)
    files[manifest.NAME] = json.dumps(about).encode()
    return files


def test_a_pack_as_it_was_built_holds(pack: bytes, check: Callable[[bytes], Verdict]) -> None:
    verdict = check(pack)
    assert verdict.ok
    assert verdict.checked == 6
    assert verdict.about["claim"]["reference"] == "CL-2026-00001"


def test_files_packed_again_by_another_program_hold(pack: bytes, check: Callable[[bytes], Verdict]) -> None:
    assert check(packed(unpacked(pack))).ok


@pytest.mark.parametrize("member", range(7))
@pytest.mark.parametrize("again", [False, True], ids=["in place", "packed again"])
def test_a_flipped_byte_is_named_in_every_member(
    pack: bytes, check: Callable[[bytes], Verdict], member: int, again: bool
) -> None:
    files = unpacked(pack)
    name = list(files)[member]
    content = bytearray(files[name])
    content[len(content) // 2] ^= 1
    spoilt = packed(files | {name: bytes(content)}) if again else pack.replace(files[name], bytes(content))
    verdict = check(spoilt)
    assert not verdict.ok
    assert verdict.changed == (name,)
    assert verdict.missing == verdict.added == ()


@pytest.mark.parametrize("member", range(7))
def test_a_dropped_file_is_named(pack: bytes, check: Callable[[bytes], Verdict], member: int) -> None:
    files = unpacked(pack)
    name = list(files)[member]
    del files[name]
    verdict = check(packed(files))
    assert (verdict.ok, verdict.missing, verdict.changed) == (False, (name,), ())


def test_an_added_file_is_named(pack: bytes, check: Callable[[bytes], Verdict]) -> None:
    verdict = check(packed(unpacked(pack) | {"evidence/99_extra.jpg": b"extra"}))
    assert (verdict.ok, verdict.added) == (False, ("evidence/99_extra.jpg",))


def test_a_renamed_file_is_missing_and_added(pack: bytes, check: Callable[[bytes], Verdict]) -> None:
    files = unpacked(pack)
    files["evidence/other.jpg"] = files.pop(PHOTO)
    verdict = check(packed(files))
    assert (verdict.missing, verdict.added) == ((PHOTO,), ("evidence/other.jpg",))


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_second_file_of_the_same_name_is_named(pack: bytes, check: Callable[[bytes], Verdict]) -> None:
    out = io.BytesIO(pack)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(PHOTO, phone_photo("red"))
    assert PHOTO in check(out.getvalue()).changed


def test_a_manifest_edited_for_another_photo_does_not_pass(pack: bytes, check: Callable[[bytes], Verdict]) -> None:
    other = phone_photo("green")

    def swap(about: dict[str, Any]) -> None:
        (row,) = [row for row in about["files"] if row["path"] == PHOTO]
        row["sha256"], row["size"] = sha256_of(other), len(other)

    careless = check(packed(edited(pack, swap) | {PHOTO: other}))
    assert careless.changed == ("manifest.json",)
    careful = check(packed(edited(pack, swap, redo=True) | {PHOTO: other}))
    assert "The evidence listed is not the evidence that was packed." in careful.problems

    def swap_all(about: dict[str, Any]) -> None:
        swap(about)
        about["evidence_digest"] = manifest.evidence_digest(about["files"])

    most_careful = check(packed(edited(pack, swap_all, redo=True) | {PHOTO: other}))
    assert most_careful.problems == ("The PDF belongs to other evidence: the digest on its cover is another one.",)


@pytest.mark.parametrize(
    "change",
    [
        lambda about: about.update(draft=False),
        lambda about: about["claim"].update(demand="3000"),
        lambda about: about["files"].pop(),
        lambda about: about.pop("digest"),
        lambda about: about["audit_chain"].update(head="0" * 64),
    ],
)
def test_an_edited_manifest_is_named(
    pack: bytes, check: Callable[[bytes], Verdict], change: Callable[[dict[str, Any]], None]
) -> None:
    verdict = check(packed(edited(pack, change)))
    assert not verdict.ok
    assert "manifest.json" in verdict.changed


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b'{"files": 1}', b'{"files": [1]}', b'{"files": [{"path": "x"}]}', b"[" * 100_000, b"\xff"],
)
def test_a_manifest_that_is_none_is_named(pack: bytes, check: Callable[[bytes], Verdict], text: bytes) -> None:
    verdict = check(packed(unpacked(pack) | {"manifest.json": text}))
    assert (verdict.ok, verdict.changed) == (False, ("manifest.json",))


@pytest.mark.parametrize("text", [b'{"files": []}', b'{"files": [], "digest": NaN}', b'{"files": [], "schema": {}}'])
def test_an_empty_manifest_does_not_pass(pack: bytes, check: Callable[[bytes], Verdict], text: bytes) -> None:
    assert not check(packed(unpacked(pack) | {"manifest.json": text})).ok


def test_no_byte_of_a_pack_can_change_unnoticed(pack: bytes, check: Callable[[bytes], Verdict]) -> None:
    chosen = random.Random(1).sample(range(len(pack)), 150)
    ends = [*range(40), *range(len(pack) - 700, len(pack), 7)]
    for at in {*chosen, *ends}:
        spoilt = bytearray(pack)
        spoilt[at] ^= 0x20
        try:
            verdict = check(bytes(spoilt))
        except Invalid:
            continue
        assert not verdict.ok, at


@pytest.mark.parametrize("cut", [1, 30, 64, 140, 5000])
def test_a_pack_cut_short_does_not_pass(pack: bytes, check: Callable[[bytes], Verdict], cut: int) -> None:
    try:
        verdict = check(pack[:-cut])
    except Invalid:
        return
    assert not verdict.ok


def test_bytes_put_before_or_behind_are_noticed(pack: bytes, check: Callable[[bytes], Verdict]) -> None:
    for spoilt in (b"MZ" + pack, pack + b"\0"):
        try:
            assert not check(spoilt).ok
        except Invalid:
            pass


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no ZIP archive"),
        (b"%PDF-1.7", "is no ZIP archive"),
    ],
)
def test_what_is_no_pack_is_said(check: Callable[[bytes], Verdict], data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        check(data)


def test_an_archive_that_is_no_pack_is_said(check: Callable[[bytes], Verdict]) -> None:
    verdict = check(packed({"a.txt": b"a"}))
    assert verdict.missing == ("manifest.json",)
    assert verdict.problems == ("“pack.zip” has no manifest.json: it is no pack of Recoup, or not all of one.",)


def forged(pack: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The pack with another chain of hands, its hash and the manifest's digest made to fit: the most careful forgery."""
    files = unpacked(pack)
    log = json.loads(files[manifest.CUSTODY])
    change(log)
    files[manifest.CUSTODY] = json.dumps(log).encode()

    def fit(about: dict[str, Any]) -> None:
        [row] = [row for row in about["files"] if row["path"] == manifest.CUSTODY]
        row |= {"sha256": sha256_of(files[manifest.CUSTODY]), "size": len(files[manifest.CUSTODY])}

    return packed(edited(packed(files), fit, redo=True))


def test_the_pack_carries_the_hands_its_files_went_through_and_nothing_private(pack: bytes) -> None:
    log = json.loads(unpacked(pack)[manifest.CUSTODY])
    about = json.loads(unpacked(pack)[manifest.NAME])
    assert (log["length"], log["head"]) == (about["audit_chain"]["length"], about["audit_chain"]["head"])
    assert [event["tag"] for event in log["events"]] == ["evidence.added"] * 3
    assert "Ana Cruz" not in json.dumps(log)


@pytest.mark.parametrize(
    ("change", "kind", "event"),
    [
        (lambda log: log["events"][0]["after"].update(name="other.jpg"), "changed", 0),
        (lambda log: log["events"][1].update(at="2026-01-01T00:00:00+00:00"), "changed", 1),
        (lambda log: log["events"].pop(1), "missing", 1),
        (lambda log: log["events"][2].update(person=None), "changed", 2),
    ],
    ids=["a flipped word", "another moment", "a dropped event", "another person"],
)
def test_a_forged_chain_of_hands_is_named_by_its_event(
    pack: bytes, check: Callable[[bytes], Verdict], change: Callable[[dict[str, Any]], None], kind: str, event: int
) -> None:
    number = json.loads(unpacked(pack)[manifest.CUSTODY])["events"][event]["sequence"]
    verdict = check(forged(pack, change))
    assert (verdict.ok, verdict.changed, verdict.missing) == (False, (), ())
    assert (kind, number) in {(one.kind, one.event) for one in verdict.events}
    assert any(f"Event {number}" in one.sentence for one in verdict.events)


def test_a_truncated_chain_of_hands_is_named(pack: bytes, check: Callable[[bytes], Verdict]) -> None:
    def cut(log: dict[str, Any]) -> None:
        log["hashes"] = log["hashes"][:-2]
        log["length"], log["head"] = len(log["hashes"]), log["hashes"][-1]

    length = json.loads(unpacked(pack)[manifest.CUSTODY])["length"]
    found = [(one.kind, one.event) for one in check(forged(pack, cut)).events]
    assert found == [("cut", length - 1), ("cut", length)]


def test_evidence_whose_coming_in_was_cut_out_of_the_hands_is_named(
    pack: bytes, check: Callable[[bytes], Verdict]
) -> None:
    def hide(log: dict[str, Any]) -> None:
        gone = log["events"].pop(0)
        log["told"].remove(gone["sequence"])

    [found] = check(forged(pack, hide)).events
    assert (found.kind, found.file) == ("unrecorded", PHOTO)


def test_the_case_in_the_database_is_held_against_the_pack(session: Session, tmp_path: Path) -> None:
    with config.override(data_dir=tmp_path):
        case = make_pack_case(session)
        made = packs.build_pack(session, case.claim.id, actor=case.actor, now=NOW)
        verdict = verify_pack(made.path)
        assert verdict.ok
        assert against_case(session, verdict, actor=case.actor) == []
        length = verdict.about["audit_chain"]["length"]
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("delete from audit_event where chain is not null and sequence >= :n"), {"n": length})
        session.execute(text("delete from chain_head"))
        session.execute(text("set local session_replication_role = origin"))
        session.expire_all()
        said = against_case(session, verdict, actor=case.actor)
        assert any(f"Event {length}" in sentence and "cut" in sentence for sentence in said)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no file"):
        verify_pack(tmp_path / "none.zip")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "core", "verify", *words]
    # No database can be reached under this address: the command must not ask for one.
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PATH": ""}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2], env=environment, check=False
    )


def test_the_command_needs_neither_database_nor_network(pack: bytes, tmp_path: Path) -> None:
    good, bad, none = tmp_path / "good.zip", tmp_path / "bad.zip", tmp_path / "none.zip"
    good.write_bytes(pack)
    files = unpacked(pack)
    bad.write_bytes(packed(files | {PHOTO: files[PHOTO] + b"x"}))
    none.write_bytes(b"nothing")

    done = run(str(good))
    assert (done.returncode, done.stderr) == (0, "")
    assert "good.zip is as it was built: 6 files checked." in done.stdout

    done = run(str(bad))
    assert done.returncode == 1
    assert f"changed: {PHOTO}" in done.stdout

    done = run(str(bad), "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert (answer["ok"], answer["changed"], answer["missing"], answer["added"]) == (False, [PHOTO], [], [])

    done = run(str(none), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False

    done = run(str(none))
    assert done.returncode == 1
    assert "is no ZIP archive" in done.stderr
