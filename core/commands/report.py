"""`report`: a shared view of Insights as a file, for a schedule."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import typer

from core.commands import at_work
from core.desk.report import report_csv, report_xlsx
from core.foundation import clock, database, language
from core.foundation.config import settings
from core.foundation.errors import BadConfig, Invalid
from core.foundation.language import LANGUAGES, _, best
from core.foundation.permissions import SYSTEM, Actor
from core.insight.explore import Question, question_of
from core.team.views import Shared, shared_view

KINDS = (".xlsx", ".csv")


def register(cli: typer.Typer) -> None:
    cli.command("report")(run)


def run(
    name: Annotated[str, typer.Argument(help="The name of a view of Insights that is shared with the team.")],
    out: Annotated[
        Path, typer.Option("--out", help="The file to write: .xlsx (with the cases) or .csv (the figures).")
    ],
    owner: Annotated[
        str, typer.Option(help="Whose view, by username, where several people share one of that name.")
    ] = "",
    spoken: Annotated[str, typer.Option("--language", help="en or zh-CN; else the owner's.")] = "",
    zone: Annotated[str, typer.Option(help="The time zone days are counted in; else the owner's.")] = "",
) -> None:
    """Write a saved, shared view of Insights as a file. Its period counts from today, so the same line serves every month."""
    with at_work():
        kind = out.suffix.lower()
        if kind not in KINDS:
            raise Invalid(_("--out wants a file that ends in .xlsx or .csv."), "out")
        with database.reading() as session:
            view = shared_view(session, "insights", name, actor=SYSTEM, owner=owner)
        reader = _reader(view, spoken, zone)
        with language.using(reader.language):
            count = _write(out, kind, view, reader)
            typer.echo(_("{file}: {n} rows.", file=out, n=f"{count:,}"))


def _reader(view: Shared, spoken: str, zone: str) -> Actor:
    """Recoup itself, counting days where the view's owner does and speaking as they do."""
    if spoken and spoken not in LANGUAGES:
        raise Invalid(_("--language wants one of {known}.", known=", ".join(LANGUAGES)), "language")
    where = zone or view.zone or settings().zone
    clock.zone_of(where)
    return replace(SYSTEM, zone=where, language=spoken or best(view.language))


def _write(out: Path, kind: str, view: Shared, reader: Actor) -> int:
    """Write the file beside its place and put it there whole: who reads it meanwhile finds the old one."""
    now = clock.now()
    question: Question = question_of(view.view.query, clock.local_day(now, reader.zone))
    try:
        made = tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", suffix=".part", delete=False)  # noqa: SIM115
    except OSError as error:
        raise BadConfig(_("The file cannot be written: {why}", why=error.strerror or str(error))) from error
    try:
        with made, database.reading() as session:
            sheet = cast("BinaryIO", made)
            currency = settings().base_currency
            if kind == ".csv":
                count = report_csv(session, question, sheet, actor=reader, base_currency=currency, now=now)
            else:
                count = report_xlsx(
                    session, question, sheet, actor=reader, base_currency=currency, now=now, name=view.view.name
                )
        os.chmod(made.name, 0o644 & ~_umask())
        os.replace(made.name, out)
    except BaseException:
        os.unlink(made.name)
        raise
    return count


def _umask() -> int:
    """What the process withholds from new files; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
