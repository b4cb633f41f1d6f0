"""What pictures look like, kept so that the same one is found again: exactly by its bytes, nearly by its hashes (inner).

Two hashes of 64 bits that differ in at most seven share, in one of their four quarters, all bits but one at most. So a
look-up asks an index of each quarter for seventeen values: a million pictures are not read through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.cases.photo_advice.checks import AdviceCode, Found, checks
from core.foundation.picture_measures import Measures
from core.models import Evidence, Incident, PicturePrint

MOST = 20
"""Cases named at most: a picture used that often says enough."""


@dataclass(frozen=True)
class Twin:
    """A standing file of some case that shows the same; `case` and `shipment` say where."""

    evidence_id: int
    name: str
    case: int
    shipment: int


_SAME = (
    select(Evidence.id, Evidence.name, Incident.id, Incident.shipment_id)
    .join(Incident, Incident.id == Evidence.incident_id)
    .where(
        Evidence.sha256 == bindparam("sha256"), Evidence.withdrawn_at.is_(None), Incident.id != bindparam("incident")
    )
    .order_by(Evidence.id)
    .limit(MOST)
)

# The hashes are asked first, by their indexes, whatever the planner thinks of the tables beside them.
NEARLY = text(
    """
    WITH near AS MATERIALIZED (
        SELECT p.sha256
        FROM picture_print p
        WHERE (p.band_1 = ANY(CAST(:band_1 AS int[])) OR p.band_2 = ANY(CAST(:band_2 AS int[]))
               OR p.band_3 = ANY(CAST(:band_3 AS int[])) OR p.band_4 = ANY(CAST(:band_4 AS int[])))
          AND bit_count(CAST(p.phash # :phash AS bit(64))) <= :bits
          AND bit_count(CAST(p.dhash # :dhash AS bit(64))) <= :other_bits
          AND p.sha256 <> :sha256
        LIMIT 200
    )
    SELECT e.id, e.name, i.id, i.shipment_id
    FROM near
    JOIN evidence e ON e.sha256 = near.sha256 AND e.withdrawn_at IS NULL AND e.derived_from IS NULL
    JOIN incident i ON i.id = e.incident_id
    LIMIT :most
    """
)


def keep_print(session: Session, sha256: str, measures: Measures) -> None:
    """Write down what a stored picture looks like, once."""
    session.execute(
        insert(PicturePrint)
        .values(
            sha256=sha256,
            phash=measures.phash,
            dhash=measures.dhash,
            sharpness=measures.sharpness,
            brightness=measures.brightness,
        )
        .on_conflict_do_nothing()
    )


def seen_before(
    session: Session, incident: Incident, kind: str, sha256: str, measures: Measures | None
) -> Iterator[Found]:
    """Whether another case, or this one, has the same or nearly the same picture. Cases of the same parcel may share."""
    same = [Twin(*row) for row in session.execute(_SAME, {"sha256": sha256, "incident": incident.id})]
    elsewhere = [twin for twin in same if twin.shipment != incident.shipment_id]
    if elsewhere:
        yield Found(AdviceCode.REUSED, _cases(elsewhere))
    if measures is None or not checks()[AdviceCode.NEARLY_REUSED].made_for(kind):
        return
    near = _near(session, kind, sha256, measures)
    named = {twin.case for twin in elsewhere}
    others = [twin for twin in near if twin.shipment != incident.shipment_id and twin.case not in named]
    if others:
        yield Found(AdviceCode.NEARLY_REUSED, _cases(others))
    here = [twin for twin in near if twin.case == incident.id]
    if here:
        yield Found(AdviceCode.TWICE, {"evidence": here[0].evidence_id, "name": here[0].name})


def _near(session: Session, kind: str, sha256: str, measures: Measures) -> list[Twin]:
    if measures.phash is None or measures.dhash is None:
        return []
    rule = checks()[AdviceCode.NEARLY_REUSED]
    asked = {
        **{f"band_{n}": neighbours(quarter) for n, quarter in enumerate(quarters(measures.phash), start=1)},
        "phash": measures.phash,
        "dhash": measures.dhash,
        "bits": int(rule.number("phash", kind)),
        "other_bits": int(rule.number("dhash", kind)),
        "sha256": sha256,
        "most": MOST,
    }
    return sorted((Twin(*row) for row in session.execute(NEARLY, asked)), key=lambda twin: twin.evidence_id)


def quarters(value: int) -> list[int]:
    """The four quarters of a signed 64-bit number, the highest bits first, as the table's bands."""
    return [value >> shift & 0xFFFF for shift in (48, 32, 16, 0)]


def neighbours(quarter: int) -> list[int]:
    """A quarter and the sixteen that differ from it in one bit."""
    return [quarter, *(quarter ^ 1 << bit for bit in range(16))]


def _cases(twins: list[Twin]) -> dict[str, object]:
    return {"incidents": list(dict.fromkeys(twin.case for twin in twins))}
