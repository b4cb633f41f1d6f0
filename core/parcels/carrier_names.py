"""Who carries, read out of what a file writes: `Nhanh-SPX Express`, `Hàng Cồng Kềnh-GHN - Hàng Cồng Kềnh`, or only `Nhanh`.

`load_seed` brings the carriers and spellings of `core/data/carriers.toml`; a team adds its own spellings in Settings.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.models import Carrier, CarrierAlias
from core.parcels.carriers import fold

DATA = Path(__file__).parent.parent / "data" / "carriers.toml"


@cache
def _data() -> dict[str, Any]:
    with DATA.open("rb") as file:
        return tomllib.load(file)


def load_seed(session: Session) -> int:
    """Put in the carriers and spellings that are not there yet; returns how many carriers came in. What a team changed stays."""
    rows = _data()["carrier"]
    fields = ("code", "name", "website")
    ids = _carrier_ids(session)
    came = 0
    if missing := [{name: row.get(name) for name in fields} for row in rows if row["code"] not in ids]:
        came = len(
            session.execute(insert(Carrier).values(missing).on_conflict_do_nothing().returning(Carrier.id)).all()
        )
        ids = _carrier_ids(session)
    known = set(session.scalars(select(CarrierAlias.alias)))
    spellings = {
        fold(alias): ids[row["code"]] for row in rows if row["code"] in ids for alias in (row["name"], *row["aliases"])
    }
    if fresh := [{"alias": alias, "carrier_id": one} for alias, one in spellings.items() if alias not in known]:
        session.execute(insert(CarrierAlias).values(fresh).on_conflict_do_nothing())
    return came


def _carrier_ids(session: Session) -> dict[str, int]:
    return {code: carrier_id for carrier_id, code in session.execute(select(Carrier.id, Carrier.code))}


@dataclass(frozen=True)
class CarrierNames:
    """The spellings a team knows: folded alias → carrier id; services that stand alone; texts for "nobody yet"."""

    aliases: dict[str, int]
    services: frozenset[str]
    unassigned: frozenset[str]

    def resolve(self, text: str) -> tuple[int | None, str | None]:
        """Carrier and service of a "service-carrier" text. A carrier nobody told Recoup about stays None, never a guess."""
        clean = " ".join(text.split())
        if not clean:
            return None, None
        if (whole := self.aliases.get(fold(clean))) is not None:
            return whole, None
        if fold(clean) in self.services:
            return None, clean
        pieces = clean.split("-")
        for cut in range(1, len(pieces)):
            service, carrier = "-".join(pieces[:cut]).strip(), fold("-".join(pieces[cut:]))
            if carrier in self.unassigned:
                return None, service or None
            if (known := self.aliases.get(carrier)) is not None:
                return known, service or None
        return None, (pieces[0].strip() or None) if len(pieces) > 1 else None

    def knows(self, text: str) -> bool:
        """Whether the text is understood: a carrier, a service alone, or nobody yet."""
        carrier, service = self.resolve(text)
        folded = fold(text)
        return (
            carrier is not None
            or not folded
            or folded in self.services
            or folded in self.unassigned
            or any(folded.endswith(f"-{one}") for one in self.unassigned)
            or (service is not None and fold(service) == folded)
        )


def carrier_names(session: Session) -> CarrierNames:
    """The spellings as they stand now."""
    return CarrierNames(
        aliases={one.alias: one.carrier_id for one in session.scalars(select(CarrierAlias))},
        services=frozenset(map(fold, _data()["services"])),
        unassigned=frozenset(map(fold, _data()["unassigned"])),
    )
