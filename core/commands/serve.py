"""`serve`: the app, from checked settings to Ctrl-C. `config`: what the settings are."""

from __future__ import annotations

import os
import runpy
import signal
import socket
import sys
from typing import Annotated

import typer

from core.commands import refusals_told, tell
from core.desk import opening
from core.foundation import config, startup
from core.foundation.config import ROOT, Settings, settings
from core.foundation.errors import BadConfig
from core.foundation.language import _


def register(cli: typer.Typer) -> None:
    cli.command("serve")(serve)
    cli.command("config")(show)


def serve() -> None:
    """Serve Recoup until Ctrl-C: settings checked, database up and migrated, then the screens."""
    with refusals_told():
        chosen = settings()
        refuse_taken_port(chosen)
        # All of it before the address is said: what is in the way now would otherwise end in a trace further on.
        opening.open_up()
        secret = chosen.secret
    os.chdir(ROOT)
    # Options that are secret go by environment: arguments of a process can be read by every user of the machine.
    os.environ["STREAMLIT_SERVER_COOKIE_SECRET"] = secret
    sys.argv = ["streamlit", "run", "app.py", *arguments(chosen)]
    typer.echo(_("Recoup is at {address}  (Ctrl-C ends it)", address=shown_address(chosen)))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    try:
        # In this process, so that Ctrl-C ends both. By name, because core knows no Streamlit.
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    finally:
        # Entirely: a server that was interrupted in the middle may not have closed its side.
        startup.database_down(entirely=True)


def end(*_signal: object) -> None:
    """Being asked to end is no error. The server first closes what is open, then hands the signal on to here."""
    raise SystemExit(0)


def arguments(chosen: Settings) -> list[str]:
    """Streamlit's options that our settings decide; the others stand in .streamlit/config.toml."""
    options = {
        "server.address": chosen.address,
        "server.port": chosen.port,
        "server.maxUploadSize": chosen.max_upload_mb,
        "logger.hideWelcomeMessage": "true",
    }
    return [f"--{name}={value}" for name, value in options.items()]


def shown_address(chosen: Settings) -> str:
    """The address to type into a browser."""
    host = "localhost" if chosen.address in (*config.LOOPBACK, *config.EVERYWHERE) else chosen.address
    return chosen.public_url or f"http://{f'[{host}]' if ':' in host else host}:{chosen.port}"


def refuse_taken_port(chosen: Settings) -> None:
    """BadConfig if something else answers on the port, or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in chosen.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.address, chosen.port))
        except OSError as error:
            raise BadConfig(
                _(
                    "Recoup cannot answer on {address}, port {port}: {reason}. Set RECOUP_PORT or RECOUP_ADDRESS.",
                    address=chosen.address,
                    port=chosen.port,
                    reason=error.strerror or error,
                )
            ) from error


def show(
    table: Annotated[bool, typer.Option("--table", help="The table for the README, in Markdown.")] = False,
    example: Annotated[bool, typer.Option("--example", help="The text of .env.example.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the settings in force; secrets only as set or not set."""
    if table or example:
        typer.echo(config.table() if table else config.example(), nl=False)
        return
    with refusals_told():
        found = config.in_force(settings())
    if as_json:
        tell(found)
    else:
        for name, value in found.items():
            typer.echo(f"{name}={value}")
