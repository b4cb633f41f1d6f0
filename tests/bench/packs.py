"""A claim pack with twenty photos against zipping the same files."""

from __future__ import annotations

import io
import random
import time
import zipfile

import numpy as np
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.cases import incidents
from core.cases.evidence import add_evidence
from core.demo import pictures
from core.foundation import clock, database
from core.models.incident import IncidentType, NoticedBy, Stage
from core.recovery import claims, rule_cards
from core.recovery.packs import build_pack
from tests.bench import data
from tests.bench.figures import Table, p50

LIMIT = 3.0
LONGEST = 2.0
KINDS = ("outer_box_photo", "label_photo", "inner_packaging_photo", "item_photo")


def measure(table: Table, photos: int, size: tuple[int, int], rounds: int) -> None:
    """The pack over zipping with Python's usual compression; over mere storing it is told beside it."""
    files = [(f"IMG_{n:04d}.jpg", _photo(n, size)) for n in range(photos)]
    with database.transaction() as session:
        claim = _case(session, files)
    built, deflated, stored = [], [], []
    for _turn in range(rounds):
        deflated.append(_zip(files, zipfile.ZIP_DEFLATED))
        built.append(_build(claim))
        stored.append(_zip(files, zipfile.ZIP_STORED))
    total = sum(len(content) for _name, content in files) / 1e6
    detail = f"{p50(built):.2f} s over {p50(deflated):.2f} s; {photos} photos, {total:.0f} MB; storing alone {p50(stored):.2f} s"
    table.add("pack: over zipping the same files", p50(built) / p50(deflated), limit=LIMIT, detail=detail)
    table.add("pack: seconds", p50(built), "s", LONGEST)


def _photo(n: int, size: tuple[int, int]) -> bytes:
    """A photo as large as a phone's, with grain, so that it weighs what such photos weigh."""
    drawn = pictures.photo(KINDS[n % len(KINDS)], random.Random(n), number=f"SPXSG0{n:010d}")
    large = Image.open(io.BytesIO(drawn)).resize(size, Image.Resampling.BILINEAR)
    grain = np.random.default_rng(n).normal(0, 5, (size[1], size[0], 1)).astype(np.int16)
    noisy = (np.asarray(large).astype(np.int16) + grain).clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=88)
    return out.getvalue()


def _case(session: Session, files: list[tuple[str, bytes]]) -> int:
    """A damaged parcel with all the photos, and a claim drafted on its payer. The claim's id."""
    me, now = data.actor(session, "mei"), clock.now()
    shipment, carrier, market, service = session.execute(
        text(
            "SELECT s.id, s.carrier_id, s.market, s.service FROM shipment s LEFT JOIN incident i ON i.shipment_id = s.id"
            " WHERE i.id IS NULL AND s.status = 'completed' AND s.market = 'SG' ORDER BY s.id DESC LIMIT 1"
        )
    ).one()
    made = incidents.register(
        session, actor=me, shipment_id=shipment, type=IncidentType.DAMAGED, stage=Stage.LAST_MILE, noticed_by=NoticedBy.BUYER,
        noticed_at=now, now=now,
    )  # fmt: skip
    for n, (name, content) in enumerate(files):
        add_evidence(session, made.id, actor=me, name=name, data=content, kind=KINDS[n % len(KINDS)], now=now)
    card = rule_cards.find_cards(
        session,
        actor=me,
        carrier_id=carrier,
        market=market,
        kind=IncidentType.DAMAGED,
        on_date=now.date(),
        service=service,
    )[0]
    return claims.draft_claim(session, made.id, actor=me, rule_card_id=card.id, now=now).id


def _build(claim: int) -> float:
    began = time.perf_counter()
    with database.transaction() as session:
        build_pack(session, claim, actor=data.actor(session, "mei"), language="en", now=clock.now())
    return time.perf_counter() - began


def _zip(files: list[tuple[str, bytes]], method: int) -> float:
    began = time.perf_counter()
    with zipfile.ZipFile(io.BytesIO(), "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return time.perf_counter() - began
