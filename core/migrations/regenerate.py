"""Write 0002_tables anew from the models, until the first release: `python -m core.migrations.regenerate`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

import core.models  # noqa: F401 -- fills Base.metadata
from core.foundation import embedded, migrate
from core.foundation.database import make_engine

TABLES = migrate.PLACE / "versions" / "0002_tables.py"


def draft(message: str, *, revision: str, base: str) -> Path:
    """Draft a migration from what the models say over what a database at revision `base` has. Returns the new file."""
    with tempfile.TemporaryDirectory(prefix="recoup-draft-") as place:
        server = embedded.start(Path(place) / "postgres", grace=0, settings={"fsync": "off"})
        try:
            migrate.upgrade(server.url, to=base)
            engine = make_engine(server.url, pooled=False)
            with engine.connect() as connection:
                made = command.revision(
                    migrate.config(connection), message, autogenerate=True, rev_id=revision, head=base, splice=True
                )
            engine.dispose()
        finally:
            server.close()
    script = made[0] if isinstance(made, list) else made
    if script is None:
        raise RuntimeError("nothing was drafted")
    path = Path(script.path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.strip().startswith("# ###")), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "check", "--fix-only", "--quiet", str(path)], check=False)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)
    return path


def main() -> None:
    """Set the old file aside, draft the new one, put the old one back if that fails."""
    later = TABLES.with_name("0003_guards.py")
    aside = {path: path.read_text(encoding="utf-8") for path in (TABLES, later) if path.exists()}
    for path in aside:
        path.unlink()
    try:
        made = draft("tables", revision="0002", base="0001")
    except BaseException:
        TABLES.unlink(missing_ok=True)
        if TABLES in aside:
            TABLES.write_text(aside[TABLES], encoding="utf-8")
        raise
    finally:
        if later in aside:
            later.write_text(aside[later], encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
