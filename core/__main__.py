"""`python -m core …`: every command of core/commands, each registered by its own file."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import typer

from core import commands

cli = typer.Typer(
    name="recoup",
    help="Recoup: finds lost parcels, proves them, and gets the money back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Collect the commands and run the one that was asked for."""
    for module in pkgutil.iter_modules(commands.__path__):
        import_module(f"core.commands.{module.name}").register(cli)
    cli(prog_name="python -m core")


if __name__ == "__main__":
    main()
