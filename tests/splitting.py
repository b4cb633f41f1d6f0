"""What tests of limits under threads share: works that start together, and the people and places they are done by and in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.orm import Session

from core.foundation import database
from core.foundation.errors import Refusal
from core.foundation.permissions import Role
from tests.factories import make_carrier, make_policy, make_rates, make_shop
from tests.people import acting

Work = Callable[[Session], Any]


def at_once(works: Sequence[Work], threads: int = 8) -> list[Any]:
    """The works over some threads that start together, each in a transaction of its own; what each gave or was refused with."""
    together = threading.Barrier(threads)
    started = threading.local()

    def run(work: Work) -> Any:
        if not getattr(started, "yes", False):
            started.yes = True
            together.wait(timeout=30)
        try:
            with database.transaction() as session:
                return work(session)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, works))


class Crew:
    """Four agents and two leads, one shop, two carriers."""

    def __init__(self, session: Session) -> None:
        make_policy(session)
        make_rates(session)
        self.agents = [acting(session, Role.AGENT, f"agent-{n}") for n in range(4)]
        self.leads = [acting(session, Role.LEAD, f"lead-{n}") for n in range(2)]
        self.shop, self.carriers = make_shop(session), [make_carrier(session) for _n in range(2)]
