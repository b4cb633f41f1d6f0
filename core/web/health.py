"""/healthz: whether the app, its database and the database's shape are as they should be. Tells nothing else."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.foundation import database, migrate
from core.foundation.config import ROOT
from core.foundation.errors import Unavailable


async def healthz(request: Request) -> Response:
    """200 `{"ok": true, …}` when everything is well, 503 otherwise. For load balancers and people alike."""
    found = await run_sync(state)
    return JSONResponse(found, 200 if found["ok"] else 503, {"cache-control": "no-store"})


def state() -> dict[str, object]:
    """`{"ok", "app", "database", "migrations"}`: version; `ok` or `unreachable`; `ok`, `behind` or `newer`."""
    database_state, shape = "ok", "unknown"
    try:
        found = migrate.state(database.engine())
        shape = "ok" if found.ok else "newer" if found.newer else "behind"
    except (Unavailable, RuntimeError):
        database_state = "unreachable"
    return {"ok": database_state == shape == "ok", "app": _version(), "database": database_state, "migrations": shape}


@lru_cache(maxsize=1)
def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
