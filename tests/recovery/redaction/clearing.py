"""Letting what is past its days go, inside a test's own session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation import files
from core.foundation.permissions import SYSTEM
from core.recovery.redaction import Redacted, redact_all


def redacted(session: Session, now: datetime, days: int = 90, **more: Any) -> Redacted:
    """Everything that is due `now`; a part that fails leaves the rest of the session as it is."""

    @contextmanager
    def mine() -> Iterator[Session]:
        with session.begin_nested():
            yield session
        session.execute(text("select set_config('recoup.redacting', '', true)"))

    found = redact_all(files.store(), days, actor=SYSTEM, now=now, transaction=mine, **more)
    session.expire_all()
    return found
