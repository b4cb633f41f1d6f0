"""Every pack built for every receiver keeps the receiver's limits: judged from receivers.toml and the files alone.

The judge below knows nothing of the builder: it reads the table itself, opens every file itself, and counts.
"""

from __future__ import annotations

import io
import re
import tomllib
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import openpyxl
import pillow_heif
import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import evidence
from core.foundation import config, documents, files, sniff
from core.foundation.errors import Invalid, TooLarge
from core.models import PackPart, StoredFile
from core.models.incident import IncidentType
from core.models.rule import FilingChannel, PayerKind
from core.recovery import claims, packs, receivers
from core.recovery.packs import PackFile
from core.recovery.packs.fit import stills
from core.recovery.packs.fit.check import check
from core.recovery.packs.fit.pieces import Held, Part, Piece
from core.recovery.verify import verify_pack
from tests.factories import NOW, make_rule_card
from tests.packing import PackCase, make_pack_case

TABLE = Path(__file__).parents[2] / "core" / "data" / "receivers.toml"
ROWS: dict[str, dict[str, Any]] = {row["code"]: row for row in tomllib.loads(TABLE.read_text())["receiver"]}


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


@pytest.fixture
def case(session: Session) -> PackCase:
    made = make_pack_case(session, proof=False)
    for item in evidence.list_evidence(session, made.incident.id, actor=made.actor):
        evidence.withdraw_evidence(session, item.id, actor=made.actor, reason="not for this test", now=NOW)
    return made


# ------------------------------------------------------------------------------------------------ the judge


def opened(name: str, data: bytes) -> str:
    """What a file really is, by opening it whole."""
    if data.startswith(b"%PDF-"):
        paper = pypdfium2.PdfDocument(data)
        assert len(paper) > 0
        for at in range(len(paper)):
            paper[at].render(scale=0.2)
        paper.close()
        return "pdf"
    if data[4:8] == b"ftyp":
        with av.open(io.BytesIO(data), "r") as film:
            assert next(film.decode(video=0)).width > 0
        return "mp4"
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            inside = archive.namelist()
        return "xlsx" if "xl/workbook.xml" in inside else "docx" if "word/document.xml" in inside else "zip"
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return {"JPEG": "jpg", "PNG": "png"}[image.format or ""]
    except OSError:
        data.decode("utf-8")
        return name.rpartition(".")[2]


def seconds(data: bytes) -> float:
    with av.open(io.BytesIO(data), "r") as film:
        return max(float(frame.time or 0) for frame in film.decode(video=0))


def judge(row: dict[str, Any], pack: PackFile) -> list[str]:
    """Everything that is wrong with a pack for this receiver."""
    wrong: list[str] = []
    sendings: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for part in pack.parts:
        data = files.store().read(part.sha256)
        assert (files.sha256_of(data), len(data)) == (part.sha256, part.size)
        kind = opened(part.file_name, data)
        sendings[part.sending].append((part.file_name, part.module, len(data)))
        video = row.get("video", {})
        if part.file_name.rpartition(".")[2] != kind:
            wrong.append(f"{part.file_name} is {kind}")
        if kind == "mp4":
            if kind not in video.get("types", []) or len(data) > video["max"] or seconds(data) > video["seconds"]:
                wrong.append(f"{part.file_name}: film")
        elif kind not in row["types"] or len(data) > row["file_max"]:
            wrong.append(f"{part.file_name}: {kind} of {len(data)} bytes")
        if not re.fullmatch(r"[0-9A-Za-z._-]+", part.file_name) or len(part.file_name) > row.get("name_max", 80):
            wrong.append(f"{part.file_name}: its name")
    if len(sendings) > row.get("sendings", 10**9):
        wrong.append(f"{len(sendings)} sendings")
    for go in sendings.values():
        if len(go) > row.get("count_max", 10**9) or (row.get("one_file") and len(go) != 1):
            wrong.append(f"{len(go)} files")
        if sum(size for _name, _module, size in go) > row.get("total_max", 10**12):
            wrong.append("too much in all")
        for module, count in Counter(module for _name, module, _size in go).items():
            if count > row.get("module_max", 10**9):
                wrong.append(f"{count} in {module}")
    if len({part.file_name for part in pack.parts}) != len(pack.parts):
        wrong.append("one name twice")
    return wrong


# ------------------------------------------------------------------------------------------------ what cases hold


def noise(width: int, height: int, kind: str, **more: Any) -> bytes:
    """A picture that does not compress well, as a phone's does not."""
    rng = np.random.default_rng(width * height)
    small = rng.integers(0, 255, (height // 4, width // 4, 3), dtype=np.uint8)
    image = Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR)
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def heic(width: int = 1200, height: int = 900) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (width, height), "teal")).save(out, quality=60)
    return out.getvalue()


def big_png() -> bytes:
    rng = np.random.default_rng(5)
    image = Image.fromarray(rng.integers(0, 255, (1500, 1800, 3), dtype=np.uint8))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def invoice() -> bytes:
    lines = [f"Item {n}: 318.00" for n in range(150)]
    return documents.render("plain", {"title": "Invoice", "lines": lines}, {}, at=NOW)


def film(length: int = 3, width: int = 320, height: int = 240) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as made:
        stream = made.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for at in range(length * 10):
            colour = np.full((height, width, 3), (at * 7 % 255, 120, 60), dtype=np.uint8)
            made.mux(stream.encode(av.VideoFrame.from_ndarray(colour)))
        made.mux(stream.encode(None))
    return out.getvalue()


MAIL = b"\r\n".join(
    [
        b"From: ana@ninja.test",
        b"To: us@lion.test",
        b"Date: Mon, 23 Nov 2026 09:00:00 +0800",
        b"Message-ID: <1@x>",
        b"Subject: Lost",
        b"",
        b"The parcel is lost.",
    ]
)

Kinds = list[tuple[str, Callable[[], bytes], str]]

CASES: dict[str, Kinds] = {
    "nothing": [],
    "one photo": [("a.jpg", lambda: noise(2000, 1500, "JPEG", quality=90), "outer_box_photo")],
    "all kinds": [
        ("label.heic", heic, "label_photo"),
        ("screen.webp", lambda: noise(1200, 900, "WEBP"), "order_page"),
        ("item.png", lambda: noise(800, 600, "PNG"), "item_photo"),
        ("box.jpg", lambda: noise(3000, 2000, "JPEG", quality=92), "outer_box_photo"),
        ("invoice.pdf", invoice, "proof_of_value"),
        ("list.csv", lambda: b"item,price\nlamp,318\n", "proof_of_value"),
        ("notice.eml", lambda: MAIL, "carrier_notice"),
        ("packing.mp4", film, "packing_video"),
    ],
    "big ones": [
        ("huge.png", big_png, "item_photo"),
        ("wide.jpg", lambda: noise(4800, 3200, "JPEG", quality=95), "outer_box_photo"),
        ("panorama.jpg", lambda: noise(3200, 800, "JPEG", quality=90), "inner_packaging_photo"),
    ],
    "a long film": [("long.mp4", lambda: film(130, 160, 120), "unboxing_video")],
    "twenty photos": [
        (f"IMG_{n}.jpg", lambda n=n: noise(1600, 1200, "JPEG", quality=85) + bytes(n), "item_photo")  # type: ignore[misc]
        for n in range(20)
    ],
}


def put_in(session: Session, case: PackCase, kinds: Kinds) -> None:
    for name, make, kind in kinds:
        case.add(session, name, make(), kind)


@pytest.mark.parametrize("what", CASES)
def test_a_pack_for_any_receiver_keeps_its_limits(session: Session, case: PackCase, what: str) -> None:
    put_in(session, case, CASES[what])
    for code, row in ROWS.items():
        pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver=code, now=NOW)
        assert pack.receiver == code
        assert judge(row, pack) == [], code
        assert verify_pack(pack.path).ok
        # Nothing is lost on the way: every exhibit is in a part, or said to be left out.
        there = {held.number for part in pack.parts for held in part.holds} - {None}
        there |= {one["number"] for one in pack.left_out}
        assert there == set(range(1, len(CASES[what]) + 1)), code
        for part in pack.parts:
            assert session.get_one(StoredFile, part.sha256).media_type == part.media_type


def test_the_originals_lie_untouched_in_the_archive_whoever_receives(session: Session, case: PackCase) -> None:
    data = noise(6000, 4000, "JPEG", quality=95)
    case.add(session, "wide.jpg", data, "outer_box_photo")
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="dhl_express", now=NOW)
    with zipfile.ZipFile(pack.path) as archive:
        assert archive.read("evidence/01_outer_box_photo_wide.jpg") == data
    (part,) = pack.parts
    assert (part.media_type, part.size <= 3_000_000) == ("application/pdf", True)


def test_numbers_are_the_same_in_archive_names_and_sheets(session: Session, case: PackCase) -> None:
    put_in(session, case, CASES["twenty photos"])
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="ninja_van", now=NOW)
    assert pack.sendings == 3
    first = [part.file_name for part in pack.parts if part.sending == 1]
    assert first[:3] == [
        "CL-2026-00001-draft_1of3_00_claim.pdf",
        "CL-2026-00001-draft_1of3_01_item-photo.jpg",
        "CL-2026-00001-draft_1of3_02_item-photo.jpg",
    ]
    last = pack.parts[-1]
    assert (last.holds[0].number, last.sending) == (20, 3)
    with zipfile.ZipFile(pack.path) as archive:
        assert any(name.startswith("evidence/20_") for name in archive.namelist())


def test_more_pictures_than_a_module_takes_are_joined_on_numbered_sheets(session: Session, case: PackCase) -> None:
    put_in(session, case, CASES["twenty photos"])
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="shopee_dispute", now=NOW)
    assert [len(part.holds) for part in pack.parts] == [7, 7, 6]
    assert {part.module for part in pack.parts} == {"returned_items"}
    with Image.open(pack.parts[0].path) as sheet:
        # Three columns of pictures that each are at least 720 pixels on their shorter side.
        assert min(sheet.width // 3, sheet.height // 3) >= 720


def test_the_copies_for_a_receiver_tell_no_place(session: Session, case: PackCase) -> None:
    from tests.packing import phone_photo

    case.add(session, "phone.jpg", phone_photo("green", (1600, 1200)), "item_photo")
    plain = Image.new("RGB", (900, 700), "red")
    block = Image.Exif()
    block[0x010F] = "Maker of cameras"
    out = io.BytesIO()
    plain.save(out, "JPEG", exif=block.tobytes(), comment=b"written by me")
    case.add(session, "upright.jpg", out.getvalue() + b"hidden film", "item_photo")
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="shopee_center", now=NOW)
    for part in pack.parts:
        data = files.store().read(part.sha256)
        with Image.open(io.BytesIO(data)) as image:
            assert image.getexif().get_ifd(0x8825) == {}
            assert image.getexif().get(0x010F) is None
        assert b"written by me" not in data and b"hidden film" not in data
    with Image.open(pack.parts[0].path) as turned:
        assert turned.size == (1200, 1600)


def test_a_film_becomes_stills_where_only_stills_are_taken(session: Session, case: PackCase) -> None:
    case.add(session, "packing.mp4", film(), "packing_video")
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="shopee_dispute", now=NOW)
    (part,) = pack.parts
    assert (part.media_type, part.module) == ("image/jpeg", "packing")
    taken = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="shopee_center", now=NOW)
    assert [part.media_type for part in taken.parts] == ["video/mp4"]


def test_a_document_that_no_receiver_can_read_is_left_out_of_a_draft_with_the_reason(
    session: Session, case: PackCase
) -> None:
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    case.add(session, "prices.xlsx", out.getvalue(), "proof_of_value")
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="shopee_dispute", now=NOW)
    (left,) = pack.left_out
    assert left["number"] == 1
    assert left["why"].startswith("“prices.xlsx” is Excel; Shopee dispute takes only JPG, PNG.")
    # DHL takes a ZIP: there it goes along as it is.
    zipped = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="dhl_express", now=NOW)
    assert [part.media_type for part in zipped.parts] == ["application/zip"]
    assert zipped.left_out == ()
    assert judge(ROWS["dhl_express"], zipped) == []


def test_a_document_the_payer_demands_is_never_left_out_of_a_final_pack(session: Session) -> None:
    case = make_pack_case(session)
    (csv,) = [
        one
        for one in evidence.list_evidence(session, case.incident.id, actor=case.actor)
        if one.kind == "proof_of_value"
    ]
    evidence.withdraw_evidence(session, csv.id, actor=case.actor, reason="as a workbook", now=NOW)
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    case.add(session, "prices.xlsx", out.getvalue(), "proof_of_value")
    claims.mark_ready(session, case.claim.id, actor=case.actor, now=NOW)
    with pytest.raises(Invalid, match=r"“prices.xlsx” is Excel; Shopee dispute takes only JPG, PNG"):
        packs.build_pack(session, case.claim.id, actor=case.actor, receiver="shopee_dispute", now=NOW)
    assert packs.list_packs(session, case.claim.id, actor=case.actor) == []


def test_what_cannot_fit_is_refused_with_the_file_and_the_limit() -> None:
    long = stills.Source("scroll.png", noise(8000, 7200, "PNG"), "01_other", "", (Held(1, "other"),))
    tiny = receivers.receiver("portal")
    from dataclasses import replace

    with pytest.raises(TooLarge, match=r"“scroll.png” cannot be brought below 0.1 MB, which A portal"):
        stills.fitted(long, replace(tiny, file_max=100_000), 0)


def test_more_pictures_than_can_be_read_on_the_sheets_are_refused() -> None:
    dispute = receivers.receiver("shopee_dispute")
    data = noise(1000, 750, "JPEG")
    many = [Piece(f"{n:02d}", "jpg", data, "packing", (Held(n, "packing_video"),)) for n in range(1, 50)]
    with pytest.raises(TooLarge, match="49 pictures do not fit into 3 files for Shopee dispute"):
        stills.joined(many, 3, dispute, "sheet")
    strip = Piece("50", "jpg", noise(8000, 760, "JPEG"), "packing", (Held(50, "packing_video"),))
    with pytest.raises(TooLarge, match=r"Picture no\. 50 is too long and narrow"):
        stills.joined([*many[:3], strip], 1, dispute, "sheet")


def test_a_locked_pdf_and_one_of_too_many_pages_are_refused_by_name(session: Session, case: PackCase) -> None:
    from core.recovery.packs.fit import pages

    with pytest.raises(Invalid, match=r"“broken\.pdf” is damaged or locked"):
        pages.pictures_of(b"%PDF-1.4 nothing", "broken.pdf", side=1000, quality=70)
    lines = [str(n) for n in range(6000)]
    long = documents.render("plain", {"title": "Log", "lines": lines}, {}, at=NOW)
    with pytest.raises(TooLarge, match=r"“log.pdf” has \d+ pages; at most 40 become pictures"):
        pages.pictures_of(long, "log.pdf", side=1000, quality=70)


def test_twenty_photos_too_many_for_three_megabytes_are_made_smaller_not_dropped(
    session: Session, case: PackCase
) -> None:
    put_in(session, case, CASES["twenty photos"])
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="dhl_express", now=NOW)
    (part,) = pack.parts
    assert part.size <= 3_000_000
    assert [held.number for held in part.holds] == [None, *range(1, 21)]


def test_the_last_look_refuses_what_breaks_a_limit() -> None:
    dispute = receivers.receiver("shopee_dispute")

    def part(**more: Any) -> Part:
        values = {"number": 1, "sending": 1, "sendings": 1, "module": "packing", "file_name": "a_01.jpg"}
        return Part(**{**values, "media_type": "image/jpeg", "data": b"\xff\xd8\xff", "holds": (), **more})

    check(dispute, [part()])
    for broken in (
        [part(data=b"\xff\xd8\xff" + bytes(10_000_000))],
        [part(file_name="a.pdf", media_type="application/pdf", data=b"%PDF-")],
        [part(data=b"%PDF-")],
        [part(file_name="面单.jpg")],
        [part(number=n, file_name=f"{n}.jpg") for n in range(4)],
        [part(), part(number=2, sending=2, file_name="b.jpg")],
        [part(), part(number=2)],
    ):
        with pytest.raises(Invalid, match="breaks a limit of Shopee dispute"):
            check(dispute, broken)


def test_parts_are_rows_that_nobody_changes(session: Session, case: PackCase) -> None:
    put_in(session, case, CASES["one photo"])
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="portal", now=NOW)
    rows = session.scalars(select(PackPart).where(PackPart.pack_id == pack.id)).all()
    assert [row.file_name for row in rows] == [part.file_name for part in pack.parts]
    assert packs.get_part(session, pack.parts[0].id, actor=case.actor) == pack.parts[0]
    with zipfile.ZipFile(io.BytesIO(packs.parts_together(pack))) as together:
        assert together.namelist() == [part.file_name for part in pack.parts]


def test_the_plan_says_before_what_the_build_does(session: Session, case: PackCase) -> None:
    put_in(session, case, CASES["all kinds"])
    seen = packs.preview_pack(session, case.claim.id, "shopee_dispute", actor=case.actor, now=NOW)
    said = {step.exhibit.item.name: step.said for step in seen.plan.steps}
    assert said["label.heic"] == "becomes a JPG"
    assert said["box.jpg"] == "a copy without place and device"
    assert said["invoice.pdf"] == "its pages become pictures"
    assert said["packing.mp4"] == "becomes a sheet of stills with time codes"
    assert seen.draft
    assert seen.missing == ("outer_box_photo",)
    pack = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="shopee_dispute", now=NOW)
    assert {step.exhibit.number for step in seen.plan.steps if step.goes} == {
        held.number for part in pack.parts for held in part.holds
    }


# ------------------------------------------------------------------------------------------------ the data


def test_every_receiver_has_its_limits_names_and_source() -> None:
    known = {kind.suffix.removeprefix(".") for kind in sniff.KINDS.values()} | {"zip"}
    for code, one in receivers.receivers().items():
        assert set(one.types) <= known, code
        assert one.file_max > 0 and one.short_side >= 480 and one.source, code
        assert one.names["en"] and one.names["zh-CN"], code
        assert one.takes("jpg") or one.takes("pdf"), code
        assert receivers.limits(one)
        # What nobody published is never told as official.
        assert not {"file_max", "types"} & set(one.ours) or one.confidence.value == "L", code


@pytest.mark.parametrize(
    ("payer", "kind", "carrier", "type_", "found"),
    [
        ("Shopee", PayerKind.PLATFORM, None, IncidentType.DAMAGED, "shopee_dispute"),
        ("Shopee", PayerKind.PLATFORM, None, IncidentType.LOST, "shopee_center"),
        ("DHL Express", PayerKind.CARRIER, None, IncidentType.LOST, "dhl_express"),
        ("Ninja Van", PayerKind.CARRIER, "ninja-van", IncidentType.LOST, "ninja_van"),
        ("J&T Express", PayerKind.CARRIER, "jt", IncidentType.LOST, "jt_express"),
        ("China Post", PayerKind.CARRIER, None, IncidentType.LOST, "post_office"),
        ("Some insurer", PayerKind.INSURER, None, IncidentType.LOST, "email"),
        ("An insurer of posters", PayerKind.INSURER, "dhl-express", IncidentType.LOST, "email"),
    ],
)
def test_a_claim_goes_to_the_receiver_of_its_payer(
    session: Session, payer: str, kind: PayerKind, carrier: str | None, type_: IncidentType, found: str
) -> None:
    card = make_rule_card(
        session, payer_name=payer, payer_kind=kind, carrier_code=carrier, channel=FilingChannel.DIRECT, type=type_
    )
    if payer != "An insurer of posters":
        assert receivers.advised(card, type_).code == found
    card.receiver = "one_pdf"
    assert receivers.advised(card, type_).code == "one_pdf"


def test_an_unknown_receiver_is_refused(session: Session, case: PackCase) -> None:
    with pytest.raises(Invalid, match="There is no receiver “nobody”"):
        packs.build_pack(session, case.claim.id, actor=case.actor, receiver="nobody", now=NOW)
