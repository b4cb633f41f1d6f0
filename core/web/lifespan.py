"""What a server process does before its first answer: the database up and migrated, heavy imports made, the garbage
frozen.
"""

from __future__ import annotations

import asyncio
import gc
import pkgutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

from anyio.to_thread import run_sync

import core
from core.desk import opening
from core.foundation import clock, database, logs
from core.foundation.config import settings
from core.team import sessions
from core.web.sweeper import Sweeper

_SWEEP_EVERY_S = 3600
_COLD = ("core.__main__", "core.commands", "core.demo", "core.migrations")


@asynccontextmanager
async def running(heavy: Iterable[str] = ()) -> AsyncIterator[None]:
    """Hold the database for as long as the server runs. `heavy` names modules to import before anybody waits for
    them.
    """
    logs.configure(settings().log_level)
    await run_sync(opening.open_up)
    warm(heavy)
    forgetting = asyncio.create_task(_sweep(), name="recoup-sweep")
    sweeper = Sweeper(settings().sweep_minutes * 60)
    sweeper.start()
    try:
        yield
    finally:
        forgetting.cancel()
        await run_sync(sweeper.stop)
        # The server itself stays: whoever started this process stops using it when the process ends.
        database.close()


def warm(heavy: Iterable[str] = ()) -> None:
    """Import the rooms of core and `heavy`, then freeze what is there.

    Streamlit collects all garbage after every run, and what is frozen is not looked at: 5 ms a click, not 60.
    """
    for name in heavy:
        import_module(name)
    for module in pkgutil.walk_packages([str(Path(core.__file__).parent)], "core."):
        if not module.name.startswith(_COLD):
            import_module(module.name)
    gc.collect()
    gc.freeze()


async def _sweep() -> None:
    """Once an hour, forget what sessions and tries are long over."""
    while True:
        try:
            await run_sync(_sweep_once)
        except Exception as error:
            logs.mishap(error, "sweep")
        await asyncio.sleep(_SWEEP_EVERY_S)


def _sweep_once() -> None:
    with database.transaction() as session:
        sessions.sweep(session, now=clock.now())
