"""The log: one line of JSON for each event, on stderr. A bug gets an id; the person sees that id and nothing else of
it.
"""

from __future__ import annotations

import logging
import secrets
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

_READABLE = "bcdfghjkmnpqrstvwxz23456789"
_EXTRA = "facts"

log = logging.getLogger("recoup")


class JsonLines(logging.Formatter):
    """Writes `{"at", "level", "logger", "message", …facts}`; an exception adds `error` (its class) and `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        facts = getattr(record, _EXTRA, None)
        if isinstance(facts, Mapping):
            line.update(facts)
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
            line["trace"] = "".join(traceback.format_exception(error))
        return orjson.dumps(line, default=str).decode()


def configure(level: str = "info") -> None:
    """Send the log of this process to stderr as JSON. Called once, by whoever starts a process; calling it again is
    harmless.
    """
    if any(isinstance(handler.formatter, JsonLines) for handler in log.handlers):
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    log.addHandler(handler)
    log.setLevel(level.upper())
    log.propagate = False


def event(message: str, **facts: Any) -> None:
    """Log something worth knowing. Facts are ids and counts, never a buyer's data, a password or a token."""
    log.info(message, extra={_EXTRA: facts})


def mishap(error: BaseException, where: str, **facts: Any) -> str:
    """Log a bug with its trace and return the id the person is shown, such as `k7t4-wzn9`."""
    letters = "".join(secrets.choice(_READABLE) for _letter in range(8))
    mark = f"{letters[:4]}-{letters[4:]}"
    log.error("mishap", exc_info=error, extra={_EXTRA: {"id": mark, "where": where, **facts}})
    return mark
