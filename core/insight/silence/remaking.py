"""Putting the curves where the watch reads them: all of them at once, in one transaction, by one process at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from core.foundation import database
from core.foundation.gate import verb
from core.foundation.permissions import Actor, Permission
from core.insight.silence.curves import End
from core.insight.silence.pooling import Told, plain_days, pool, terms
from core.insight.silence.waits import waits
from core.models import Carrier, SilenceCurve

LOCK = 0x5265_636F_7570_43
"""The advisory lock of making the curves: "RecoupC"."""
LONGEST_MS = 600_000
"""A year of scans of a million parcels takes longer than a person would wait; nobody does."""


@verb(Permission.CLOCK_SWEEP)
def keep_curves(
    *,
    actor: Actor,
    now: datetime,
    transaction: Callable[[], AbstractContextManager[Session]] = database.transaction,
) -> bool:
    """Make the curves anew where they are older than the data says, unless somebody is at it; whether they were made."""
    with transaction() as session:
        made = session.scalar(select(func.max(SilenceCurve.made_at)))
        if made is not None and now - made < timedelta(hours=terms().remade_after):
            return False
        if not session.scalar(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
            return False
        remake_curves(session, actor=actor, now=now)
        return True


@verb(Permission.CLOCK_SWEEP)
def remake_curves(session: Session, *, actor: Actor, now: datetime) -> int:
    """Make every curve from the history as it is; how many there are. The old ones go in the same transaction."""
    session.execute(text(f"set local statement_timeout = {LONGEST_MS}"))
    told = pool(waits(session, terms(), now), terms())
    codes = {row.id: row.code for row in session.execute(select(Carrier.id, Carrier.code))}
    session.execute(delete(SilenceCurve))
    session.execute(insert(SilenceCurve), [_row(one, codes, now) for one in told])
    return len(told)


def _row(told: Told, codes: dict[int, str], now: datetime) -> dict[str, object]:
    channel = told.channel
    code = codes.get(channel.carrier_id) if channel.carrier_id is not None else None
    return {
        "level": told.level,
        "carrier_id": channel.carrier_id,
        "service": channel.service,
        "market": channel.market,
        "waits": sum(told.waits.total(end) for end in End),
        **{end.value: told.waits.total(end) for end in End if end is not End.OPEN},
        "line_day": told.line,
        "plain_day": _plain_day(told, code),
        "chances": [one.chance if one else None for one in told.answers],
        "lows": [one.low if one else None for one in told.answers],
        "highs": [one.high if one else None for one in told.answers],
        "told": [one.told if one else None for one in told.answers],
        "sources": [one.source.value if one else None for one in told.answers],
        "made_at": now,
    }


def _plain_day(told: Told, code: str | None) -> int:
    """The plain threshold, but not before the days are over for which the history says that parcels still arrive."""
    plain = plain_days(code, told.channel.service, told.channel.market)
    return plain if told.line is not None else max(plain, told.answered)
