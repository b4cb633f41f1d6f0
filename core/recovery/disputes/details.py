"""Returns as the platform's interface tells them, as a kind of file: JSON of `get_return_detail` and `get_return_list`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from core.foundation.language import N_
from core.foundation.permissions import Actor
from core.models import ImportRun
from core.models.dispute import DisputeStatus, ReturnReason
from core.parcels.importers.kinds import Into, Notice, Plan, Refused, Rows
from core.parcels.importers.recognise import Recognised
from core.parcels.importers.values import Unreadable
from core.recovery.disputes.interface import Detail, detail_of
from core.recovery.disputes.returns import planned, take_away
from core.recovery.disputes.rows import ReturnFile, Told

FIELDS = ("return_number", "order_number", "return_status", "updated_at", "detail", "buyer")


class DetailKind:
    """The JSON of the interface, made a table at the door."""

    table = "return_details"
    fields = FIELDS
    needs_shop = True

    def plan(self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime) -> Plan:
        """What the returns would do. A return of another currency than the shop's is refused: it is of another shop."""
        if into.shop is None:
            raise RuntimeError("a return belongs to a shop")
        file = read(rows, into.shop.currency, now)
        return planned(session, into.shop, file, min(file.as_of or now, now), is_new=into.is_new)

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """Take the file's statements away. Changes no shipment."""
        take_away(session, run, actor=actor, now=now)
        return []


DETAILS = DetailKind()


def read(rows: Rows, currency: str, now: datetime) -> ReturnFile:
    """The returns of the rows, and those that cannot be read (inner)."""
    file = ReturnFile()
    unknown: dict[str, set[str]] = {"status": set(), "reason": set()}
    for number, cells in zip(rows.numbers, rows.cells, strict=True):
        try:
            one = _detail(cells[FIELDS.index("detail")], cells[FIELDS.index("buyer")], currency)
        except Unreadable as why:
            file.refused[number] = Refused(why.sentence, why.values)
            continue
        if one.facts.get("status") is DisputeStatus.UNKNOWN:
            unknown["status"].add(one.facts["status_text"])
        if one.facts.get("reason") is ReturnReason.UNKNOWN:
            unknown["reason"].add(one.facts["reason_text"])
        as_of = min(one.as_of, now) if one.as_of is not None else None
        file.told.append(Told(one.return_number, one.facts, [number], as_of))
        if as_of is not None and (file.as_of is None or as_of > file.as_of):
            file.as_of = as_of
    file.notices = _notices(unknown)
    return file


def _detail(cell: Any, buyers: Any, currency: str) -> Detail:
    try:
        raw = {**orjson.loads(str(cell)), **orjson.loads(str(buyers) or "{}")}
    except (orjson.JSONDecodeError, TypeError):
        raise Unreadable(N_("This return is not whole. Save the interface's answer again.")) from None
    one = detail_of(raw)
    if one.currency and one.currency != currency:
        raise Unreadable(
            N_("Return {number} is in {theirs}, this shop sells in {ours}: it is of another shop."),
            number=one.return_number,
            theirs=one.currency,
            ours=currency,
        )
    return one


def _notices(unknown: dict[str, set[str]]) -> list[Notice]:
    sentences = {
        "status": N_("Recoup does not know these states of returns and kept them as they are: {texts}."),
        "reason": N_("Recoup does not know these reasons and offers nothing for them: {texts}."),
    }
    return [(sentences[name], {"texts": "; ".join(sorted(some)[:20])}) for name, some in unknown.items() if some]
