"""The sweep inside the app: a light thread that wakes every few minutes. Of several app processes one does it."""

from __future__ import annotations

import threading

from core.foundation import clock, database, logs
from core.foundation.permissions import SYSTEM
from core.insight.clusters import look_for_clusters
from core.insight.silence import keep_curves
from core.recovery.catching_up import catch_up_all
from core.recovery.sweep import Report, sweep_alone

CAUGHT_UP = 100
"""Cases of an earlier version that one sweep catches up on: some seconds of work."""
FIRST_AFTER_S = 60.0
"""A process that has just started has people waiting for its first pages."""


class Sweeper:
    """Sweeps `every` seconds, first a minute after the start; `every` 0 never does. It knows nothing of the screens."""

    def __init__(self, every: float, *, first_after: float = FIRST_AFTER_S) -> None:
        self._every, self._first = every, min(first_after, every)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it is switched off."""
        if self._every and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="recoup-clocks", daemon=True)
            self._thread.start()

    def stop(self, wait: float = 10.0) -> None:
        """Ask it to end and wait until it has, between two batches, `wait` seconds at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(wait)

    def _run(self) -> None:
        pause = self._first
        while not self._stop.wait(pause):
            pause = self._every
            try:
                self._once()
            except Exception as error:
                if not self._stop.is_set():
                    logs.mishap(error, "sweep")

    def _once(self) -> None:
        if caught_up := catch_up_all(actor=SYSTEM, now=clock.now(), stop=self._stop.is_set, most=CAUGHT_UP):
            logs.event("older cases caught up on", cases=caught_up)
        if not self._stop.is_set() and keep_curves(actor=SYSTEM, now=clock.now()):
            logs.event("silence: the curves were made anew")
        report = sweep_alone(actor=SYSTEM, now=clock.now(), stop=self._stop.is_set)
        if report is not None and report != Report():
            logs.event(
                "clocks swept",
                woke=report.woke,
                escalated=report.escalated,
                missed=report.missed,
                expired=report.expired,
                suspected=report.suspected,
                withdrawn=report.withdrawn,
                failed=len(report.failed),
            )
        if not self._stop.is_set():
            with database.transaction() as session:
                groups = look_for_clusters(session, actor=SYSTEM, now=clock.now())
            if groups:
                logs.event("incident groups opened", groups=", ".join(groups))
