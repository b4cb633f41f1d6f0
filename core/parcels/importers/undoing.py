"""What an import changes of shipments is written down before it is changed, so that the import can be taken away again exactly.

`note` runs before the update, `undo` puts back. A value that something else changed meanwhile (a scan, a person) stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation.errors import WrongState
from core.foundation.language import N_, _
from core.models import ImportRun
from core.parcels.importers.copying import cursor_of
from core.parcels.tracking.told import lift, retell

COLUMNS = (
    "carrier_id",
    "service",
    "carrier_text",
    "order_number",
    "parcel_number",
    "tracking_number",
    "first_mile_number",
    "last_mile_number",
    "status",
    "status_text",
    "return_status_text",
    "cancel_reason",
    "ordered_at",
    "paid_at",
    "accepted_at",
    "shipped_at",
    "delivered_at",
    "completed_at",
    "status_changed_at",
    "return_due_at",
    "value",
    "freight",
    "weight_kg",
    "buyer_username",
    "origin",
    "packed_by",
    "import_id",
    "source_at",
    "content_hash",
)
"""Columns of a shipment that imports write."""

DERIVED = ("import_change", "shipment_line", "suspicion")
"""Tables whose rows go with their shipment: they say nothing that is not worked out from it."""

STANDING: dict[str, str] = {
    "incident": N_("cases"),
    "incident_offer": N_("offers of other imports"),
    "dispute": N_("disputes"),
    "settlement_line": N_("money lines"),
    "tracking_event": N_("scans"),
    "tracking_told": N_("scans"),
}

_OF_FILE = "(select f.file_name from import_run f where f.id = t.import_id)"
NAMED_BY: dict[str, str] = {
    "incident_offer": _OF_FILE,
    "dispute": "t.return_number",
    "settlement_line": _OF_FILE,
    "tracking_event": _OF_FILE,
}
"""What tells people which rows those are: the file they came with, or their own number."""

MOST_NAMED = 6
"""Cases, files and numbers that a sentence names at most."""

_LINES = """
    select jsonb_agg(jsonb_build_array(l.sku, l.name, l.variation, l.quantity, l.unit_price, l.subtotal, l.source_row)
                     order by l.line)
    from shipment_line l where l.shipment_id = s.id
"""


_RANGES = "(select coalesce(range_agg(int8range(id, id, '[]')), '{}') from unnest(cast(%s as bigint[])) as id)"
_TOLD = text(
    f"update import_run set made = {_RANGES % ':made'}, told = {_RANGES % ':told'} where id = :run"  # noqa: S608
)


def note(
    cursor: psycopg.Cursor[Any], import_id: int, source: str, become: Mapping[str, str], *, lines: bool = False
) -> None:
    """Write down what is about to change: `source` is a table with the shipments' `id`, named `c`; `become` column → expression over
    `s` (the shipment) and `c`. With `lines` their item lines as well.
    """
    changes = " || ".join(
        f"case when s.{name} is distinct from ({value}) then jsonb_build_object('{name}', jsonb_build_array(s.{name}, {value}))"
        " else '{}' end"
        for name, value in become.items()
    )
    cursor.execute(
        f"insert into import_change (import_id, shipment_id, changes, lines) select %s, s.id, {changes},"  # noqa: S608
        f" {f'({_LINES})' if lines else 'null'} from shipment s join {source} c on c.id = s.id",
        (import_id,),
    )


def told(session: Session, run: ImportRun, *, made: Collection[int], known: Collection[int]) -> None:
    """Note which shipments the run brought, and which it spoke of that were there before."""
    session.execute(_TOLD, {"run": run.id, "made": list(made), "told": [*made, *known]})


def refuse_where_stood_on(session: Session, run: ImportRun) -> None:
    """Raise `WrongState`, with a sentence, where a later import or anything else stands on what the run wrote."""
    if run.undo.get("before"):
        raise WrongState(
            _(
                "This file was imported by an older Recoup, which did not write down what it changed: it cannot be taken back."
            )
        )
    later = session.execute(
        text(
            """
            with mine as (
                select made + coalesce((select range_agg(int8range(c.shipment_id, c.shipment_id, '[]'))
                                        from import_change c where c.import_id = :run), '{}') as ids
                from import_run where id = :run
            )
            select r.file_name from import_run r, mine
            where r.id > :run and r.deleted_at is null and r.told && mine.ids
              and coalesce(r.file_id, r.id) <> (select coalesce(file_id, id) from import_run where id = :run)
            order by r.id desc limit 20
            """
        ),
        {"run": run.id},
    ).scalars()
    if names := list(dict.fromkeys(later)):
        raise WrongState(
            _("Later imports speak of the same parcels: {files}. Delete those first.", files=_listed(names))
        )
    taken = _references(
        session,
        "select i.reference from incident_offer o join incident i on i.id = o.incident_id where o.import_id = :run"
        " and o.state = 'taken' order by i.id limit 7",
        run.id,
    )
    made = _references(
        session,
        "select i.reference from incident i join shipment s on s.id = i.shipment_id, import_run r where r.id = :run"
        " and s.id <@ r.made order by i.id limit 7",
        run.id,
    )
    if cases := sorted({*taken, *made}):
        raise WrongState(
            _(
                "Cases stand on parcels of this file: {references}. It stays as long as they do.",
                references=_listed(cases),
            )
        )
    _refuse_other_records(session, run)


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


def _references(session: Session, query: str, run_id: int) -> Sequence[str]:
    return list(session.execute(text(query), {"run": run_id}).scalars())


def _refuse_other_records(session: Session, run: ImportRun) -> None:
    """Whatever table names shipments: none of its rows may name one that is about to go."""
    found = session.execute(
        text(
            "select cast(cast(c.conrelid as regclass) as text), a.attname from pg_constraint c"
            " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]"
            " where c.contype = 'f' and c.confrelid = cast('shipment' as regclass) order by 1"
        )
    ).all()
    for table, column in found:
        if table in DERIVED:
            continue
        own = " and t.import_id is distinct from :run" if table == "incident_offer" else ""
        named = NAMED_BY.get(table, "null")
        stands = session.execute(
            text(
                # Of millions of scans the first thousand name their files well enough.
                f"select distinct {named} as name from (select t.* from {table} t join import_run r on r.id = :run"  # noqa: S608 -- names out of the catalogue
                f" where t.{column} <@ r.made{own} limit 1000) t order by 1 limit 7"
            ),
            {"run": run.id},
        ).scalars()
        if found_names := list(stands):
            what = _(STANDING[table]) if table in STANDING else table
            if names := [one for one in found_names if one]:
                raise WrongState(
                    _(
                        "Its parcels are named by {what}: {names}. Take those away first.",
                        what=what,
                        names=_listed(names),
                    )
                )
            raise WrongState(_("Its parcels are named by {what}. Take those away first.", what=what))


def undo(session: Session, run: ImportRun, *, now: datetime) -> list[int]:
    """Put back what the run changed of shipments and take away those it brought; the ids of the former."""
    cursor = cursor_of(session)
    run_id = run.id
    changed = [
        row[0] for row in cursor.execute("select shipment_id from import_change where import_id = %s", (run_id,))
    ]
    scanned = lift(session, changed)
    if changed:
        _put_back(cursor, run_id)
    cursor.execute("delete from import_change where import_id = %s", (run_id,))
    cursor.execute("delete from incident_offer where import_id = %s", (run_id,))
    cursor.execute(
        "update incident_offer set state = 'open' where state = 'dismissed' and id = any(%s)",
        (list(run.undo.get("withdrawn", ())),),
    )
    for table in (*DERIVED, "shipment"):
        column = "id" if table == "shipment" else "shipment_id"
        cursor.execute(
            f"delete from {table} t using (select unnest(made) as ids from import_run where id = %s) r"  # noqa: S608
            f" where t.{column} >= lower(r.ids) and t.{column} < upper(r.ids)",
            (run_id,),
        )
    cursor.execute("update import_run set made = '{}', told = '{}' where id = %s", (run_id,))
    session.expire_all()
    retell(session, scanned, now=now)
    return changed


def _put_back(cursor: psycopg.Cursor[Any], run_id: int) -> None:
    sets = ", ".join(
        f"{name} = case when c.changes ? '{name}' and s.{name} is not distinct from (c.after).{name}"
        f" then (c.before).{name} else s.{name} end"
        for name in COLUMNS
    )
    cursor.execute(
        f"""
        with c as (
            select shipment_id, changes,
                   jsonb_populate_record(null::shipment, (select jsonb_object_agg(key, value -> 0) from jsonb_each(changes))) before,
                   jsonb_populate_record(null::shipment, (select jsonb_object_agg(key, value -> 1) from jsonb_each(changes))) after
            from import_change where import_id = %s and changes <> '{{}}'
        )
        update shipment s set {sets}, updated_at = now(), version = version + 1 from c where s.id = c.shipment_id
        """,  # noqa: S608
        (run_id,),
    )
    cursor.execute(
        "delete from shipment_line l using import_change c where c.import_id = %s and c.lines is not null"
        " and l.shipment_id = c.shipment_id",
        (run_id,),
    )
    cursor.execute(
        "insert into shipment_line (shipment_id, line, sku, name, variation, quantity, unit_price, subtotal, source_row)"
        " select c.shipment_id, l.line, l.cells ->> 0, l.cells ->> 1, l.cells ->> 2, (l.cells ->> 3)::int, (l.cells ->> 4)::numeric,"
        " (l.cells ->> 5)::numeric, (l.cells ->> 6)::int"
        " from import_change c, jsonb_array_elements(c.lines) with ordinality as l (cells, line) where c.import_id = %s",
        (run_id,),
    )


__all__ = ["COLUMNS", "note", "refuse_where_stood_on", "told", "undo"]
