"""The command line, `python -m core …`: a file per command, each with `register(cli)`; core/__main__.py collects them.

A command checks the settings, has the database up (`at_work`), and calls a verb or a read as `SYSTEM`. A refusal is
printed as its sentence and ends the command with code 1; anything else is a bug and keeps its trace.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from core.desk import opening
from core.foundation import logs, startup
from core.foundation.config import settings
from core.foundation.errors import Refusal


@contextmanager
def refusals_told() -> Iterator[None]:
    """Inside the block a refusal becomes its sentence on standard error and exit code 1."""
    try:
        yield
    except Refusal as refusal:
        typer.echo(refusal.message, err=True)
        raise typer.Exit(1) from refusal


@contextmanager
def at_work() -> Iterator[None]:
    """Settings read and checked, the log set up, the database up for the length of the block; refusals told."""
    with refusals_told():
        logs.configure(settings().log_level)
        opening.open_up()
        try:
            yield
        finally:
            startup.database_down(wait=False)


def tell(value: Any) -> None:
    """A command's answer for programs: JSON on standard output, dates in ISO format, amounts as text."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
