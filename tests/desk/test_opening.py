"""Every installation starts with carriers, rule cards, rates and a policy; starting again changes nothing."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.desk import opening
from core.foundation import database, startup
from core.foundation.errors import Unavailable
from core.foundation.permissions import SYSTEM
from core.models import Carrier, ExchangeRate, RuleCard, TierPolicy
from core.recovery import rule_cards
from tests.factories import NOW

TABLES = (Carrier, RuleCard, ExchangeRate, TierPolicy)


def counts(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def test_the_first_start_fills_what_work_needs_and_the_second_adds_nothing(session: Session) -> None:
    opening.first_rows(session, "SGD", NOW)
    first = counts(session)
    assert all(first)
    opening.first_rows(session, "SGD", NOW)
    assert counts(session) == first


def test_what_a_team_changed_stays_as_it_is(session: Session) -> None:
    opening.first_rows(session, "SGD", NOW)
    card = rule_cards.list_cards(session, actor=SYSTEM)[0]
    rule_cards.retire_card(session, card.code, actor=SYSTEM, reason="not ours", now=NOW)
    opening.first_rows(session, "SGD", NOW)
    assert card.code not in {one.code for one in rule_cards.list_cards(session, actor=SYSTEM)}


def test_two_processes_that_start_at_once_put_in_one_policy(live_database: str) -> None:
    together = threading.Barrier(2)

    def start() -> None:
        together.wait()
        with database.transaction() as session:
            opening.first_rows(session, "SGD", NOW)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(TierPolicy)) == 1


def test_a_start_while_a_demo_is_being_filled_says_what_is_in_the_way(
    live_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT_MS", 200)
    monkeypatch.setattr(startup, "database_up", lambda: None)
    other = database.make_engine(live_database, pooled=False)
    with other.begin() as demo:
        demo.execute(text("select pg_advisory_xact_lock(:key)"), {"key": opening._LOCK})
        database.configure(live_database)
        with pytest.raises(Unavailable, match="make demo"):
            opening.open_up()
    opening.open_up()
