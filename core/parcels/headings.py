"""What headings of files mean: as shipped with Recoup (`core/data/headings.toml`), and as the team adds to it.

A new language or a renamed heading is a row here, said in Settings, and counts from the next file on. The team's word goes before the
shipped one, which may change under it; but nobody can say of a known heading that it means something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import Duplicate, Invalid, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.models import HeadingAlias, Person, Tag
from core.parcels.importers.recognise import without_currency
from core.parcels.importers.tables import FieldTable, HeadingTables, fold
from core.parcels.importers.team import team_tables

P = Permission

LONGEST_HEADING = 200
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?")

TABLE_LABELS: dict[str, str] = {
    "orders": N_("Orders"),
    "returns": N_("Returns and refunds"),
    "return_details": N_("Returns from the interface"),
    "income": N_("Income"),
    "adjustments": N_("Income adjustments"),
    "wallet": N_("Wallet"),
    "tracking": N_("Tracking list"),
    "events": N_("Tracking events"),
    "volumes": N_("Monthly volumes"),
    "rates": N_("Exchange rates"),
}
"""Field tables → what their files are called on screens."""

LANGUAGE_LABELS: dict[str, str] = {
    "en": N_("English"),
    "zh-Hans": N_("Chinese, simplified"),
    "zh-Hant": N_("Chinese, traditional"),
    "vi": N_("Vietnamese"),
    "th": N_("Thai"),
    "id": N_("Indonesian"),
    "pt": N_("Portuguese"),
    "es": N_("Spanish"),
}
"""Languages of headings that Recoup comes with; the team may add others by their code."""


@dataclass(frozen=True)
class AliasRow:
    """One of the team's own headings: what it means in which files, who said so and when; `retired_at` None while it counts."""

    id: int
    table: str
    language: str
    heading: str
    field: str
    added_at: datetime
    added_by: str
    retired_at: datetime | None


@dataclass(frozen=True)
class KnownHeading:
    """One heading and its field; `own_id` is the row the team added, None where Recoup came with it."""

    language: str
    heading: str
    field: str
    own_id: int | None


def _in_use(session: Session) -> list[HeadingAlias]:
    query = select(HeadingAlias).where(HeadingAlias.retired_at.is_(None)).order_by(HeadingAlias.id)
    return list(session.scalars(query))


@read(P.IMPORT_READ)
def list_aliases(session: Session, *, actor: Actor, retired: bool = False) -> list[AliasRow]:
    """The team's own headings, newest first; with `retired` also those taken back."""
    query = select(HeadingAlias, Person.name).outerjoin(Person, Person.id == HeadingAlias.added_by)
    if not retired:
        query = query.where(HeadingAlias.retired_at.is_(None))
    rows = session.execute(query.order_by(HeadingAlias.added_at.desc(), HeadingAlias.id.desc()))
    return [_row(one, name) for one, name in rows]


@read(P.IMPORT_READ)
def known_headings(session: Session, table: str, *, actor: Actor) -> list[KnownHeading]:
    """Every heading that means something in files of a field table, by field and language. Raises `NotFound`."""
    found = _table(team_tables(session, actor=actor), table)
    own = {(one.language, one.key): one for one in _in_use(session) if one.report_table == table}
    rows = [
        KnownHeading(language, mine.heading if mine else key, field, mine.id if mine else None)
        for language, by_heading in found.columns.items()
        for key, field in by_heading.items()
        for mine in (own.get((language, key)),)
    ]
    order = {field: place for place, field in enumerate(found.fields)}
    return sorted(rows, key=lambda one: (order[one.field], one.language, one.heading))


@verb(P.HEADING_EDIT)
def add_alias(
    session: Session, *, actor: Actor, table: str, language: str, heading: str, field: str, now: datetime
) -> AliasRow:
    """Say that in files of `table` (a field table) whose headings are written in `language`, `heading` means `field`.

    A currency in brackets at its end is left off, as in files. Raises `Invalid` for a heading that means another field there already,
    or for words that are none; `Duplicate` for one that is known; `NotFound` for a table there is not.
    """
    tables = team_tables(session, actor=actor)
    found = _table(tables, table)
    bare = _bare(heading)
    language = _language(language)
    if field not in found.fields:
        raise Invalid(_("Say which field the heading means."), "field")
    key = found.key(bare)
    known = found.columns.get(language, {}).get(key)
    if known is not None:
        raise _already(bare, known, field, found)
    alias = HeadingAlias(
        report_table=table,
        language=language,
        heading=bare,
        key=key,
        field=field,
        added_at=now,
        added_by=actor.person_id,
    )
    try:
        with session.begin_nested():
            session.add(alias)
    except IntegrityError as error:
        raise Duplicate(
            _("Somebody else has just said what “{heading}” means. Reload the page to see it.", heading=bare), bare
        ) from error
    audit.record(session, Tag.HEADING_ADDED, actor=actor, now=now, subject=("heading", alias.id), after=_told(alias))
    return _row(alias, actor.name)


@verb(P.HEADING_EDIT)
def retire_alias(session: Session, alias_id: int, *, actor: Actor, now: datetime) -> AliasRow:
    """Take one of the team's own headings back: from the next file on nobody knows it. Raises `NotFound`, `WrongState`."""
    alias = session.get(HeadingAlias, alias_id, with_for_update=True, populate_existing=True)
    if alias is None:
        raise NotFound(_("There is no such heading."))
    if alias.retired_at is not None:
        raise WrongState(_("“{heading}” was taken back already.", heading=alias.heading))
    alias.retired_at, alias.retired_by = now, actor.person_id
    session.flush()
    audit.record(session, Tag.HEADING_RETIRED, actor=actor, now=now, subject=("heading", alias.id), before=_told(alias))
    return _row(alias, None)


def _already(heading: str, known: str, field: str, table: FieldTable) -> Invalid | Duplicate:
    if known == field:
        return Duplicate(_("“{heading}” is known already and means just that.", heading=heading), heading)
    return Invalid(
        _(
            "“{heading}” means “{known}” in these files already; one heading cannot mean two things.",
            heading=heading,
            known=table.words(known),
        ),
        "heading",
    )


def _table(tables: HeadingTables, name: str) -> FieldTable:
    found = tables.tables.get(name)
    if found is None:
        raise NotFound(_("Recoup reads no files of that kind."))
    return found


def _bare(heading: str) -> str:
    """A heading as it is compared: folded, without a currency at its end. Raises `Invalid`."""
    bare = without_currency([fold(heading.replace("\x00", ""))])[0][0]
    if not bare:
        raise Invalid(_("Write the heading as it stands in the file."), "heading")
    if len(bare) > LONGEST_HEADING:
        raise Invalid(_("A heading has at most {n} letters.", n=LONGEST_HEADING), "heading")
    return bare


def _language(code: str) -> str:
    found = code.strip()
    if not _LANGUAGE.fullmatch(found):
        raise Invalid(_("A language is a short code such as ms or zh-Hans."), "language")
    return found


def _told(alias: HeadingAlias) -> dict[str, str]:
    return {
        "heading": alias.heading,
        "table": alias.report_table,
        "language": alias.language,
        "field": alias.field,
    }


def _row(alias: HeadingAlias, by: str | None) -> AliasRow:
    return AliasRow(
        alias.id,
        alias.report_table,
        alias.language,
        alias.heading,
        alias.field,
        alias.added_at,
        by or "",
        alias.retired_at,
    )
