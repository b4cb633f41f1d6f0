"""Opening the house: the database up and migrated, and the rows every installation starts with put in.

Carriers, rule cards, exchange rates and the value policy come from `core/data`. Putting them in again changes nothing and
never touches what a team has entered, so every process does it at its start; a lock of the database keeps two that start
at once from doing it side by side.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation import clock, database, startup
from core.foundation.config import settings
from core.foundation.errors import Unavailable
from core.foundation.language import _
from core.money import rates, tiers
from core.parcels import carrier_names
from core.recovery import rule_cards

_LOCK = 0x5EED


def open_up() -> None:
    """Have the database up for this process and its first rows in. Raises `BadConfig` or `Unavailable`, each a sentence."""
    startup.database_up()
    try:
        with database.transaction() as session:
            first_rows(session, settings().base_currency, clock.now())
    except Unavailable as busy:
        # Whoever holds it that long puts in far more than first rows, and the usual sentence speaks of saving.
        raise Unavailable(
            _("Another process is filling this database, such as `make demo`. Start again once it has ended.")
        ) from busy


def first_rows(session: Session, base_currency: str, now: datetime) -> None:
    """Put in the starting rows that are missing (inner)."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    carrier_names.load_seed(session)
    rule_cards.load_seed(session, now)
    rates.load_seed(session)
    tiers.load_seed(session, base_currency, now)
