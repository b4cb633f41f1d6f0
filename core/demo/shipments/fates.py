"""What goes wrong with which parcel, and how its moments and state then look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.demo import words
from core.demo.shipments.columns import CODE, DAY, HOUR, NEVER, TYPES, Column, Parcels
from core.models.incident import IncidentType


def _rates() -> Column:
    """Channel × type: the part of parcels that goes wrong so."""
    return np.array([(one.lost, one.damaged, one.missing, one.delayed) for one in words.channels()])


def choose_wrong(made: Parcels, count: int, rng: np.random.Generator, *, recent: int = 90, at_least: int = 0) -> Column:
    """The places of `count` parcels that something happens to, by their channels' rates; what happened is set in `wrong`.

    The rates decide how channels and types compare; how many there are in all is `count`, also where that is more than life
    has. In a small demo parcels of the last `recent` days are taken more often, so that about `at_least` of them are there.
    """
    odds = _rates()[made.channel] * np.array([1.0, 1.0, 1.0, 0.35])
    sent, arrived = made.shipped != NEVER, made.delivered != NEVER
    age = made.now - np.where(sent, made.shipped, made.now)
    # Long enough ago that somebody has noticed by now, but for a few.
    odds[:, 0] *= sent & arrived & (age > 11 * DAY)
    odds[:, 1] *= arrived & (made.delivered < made.now - 2 * DAY)
    odds[:, 2] *= arrived & (made.delivered < made.now - 2 * DAY)
    odds[:, 3] *= arrived & (made.expected < made.now - 3 * DAY)
    fresh = age < recent * DAY
    usual = float(odds[fresh].sum() / max(odds.sum(), 1e-12))
    wanted = min(0.75, at_least / max(count, 1))
    if 0 < usual < wanted:
        odds[fresh] *= wanted * (1 - usual) / (usual * (1 - wanted))
    total = odds.sum(axis=1)
    possible = np.flatnonzero(total > 0)
    count = min(count, len(possible))
    # The smallest of exponential draws over their weights: as if drawn one by one without putting back.
    keys = rng.exponential(size=len(possible)) / total[possible]
    chosen = np.sort(possible[np.argpartition(keys, count - 1)[:count]]) if count else possible[:0]
    ladder = np.cumsum(odds[chosen], axis=1)
    made.wrong[chosen] = (rng.random((len(chosen), 1)) * ladder[:, -1:] > ladder).sum(axis=1)
    return np.asarray(chosen)


def let_it_happen(made: Parcels, rng: np.random.Generator, *, soon: Sequence[tuple[int, IncidentType]] = ()) -> None:
    """Make the parcels' moments and states fit what went wrong with them, and everybody's fit the present moment.

    `soon` are more places with what went wrong there.
    """
    for place, kind in soon:
        made.wrong[place] = TYPES.index(kind)
    lost = np.flatnonzero(made.wrong == 0)
    # A third of the losses are parcels that were scanned as delivered and never arrived.
    vanished = lost[rng.random(len(lost)) < 0.68]
    part = rng.uniform(0.05, 0.9, len(vanished))
    made.last_scan[vanished] = (
        made.first_scan[vanished] + part * (made.delivered[vanished] - made.first_scan[vanished])
    ).astype(np.int64)
    made.delivered[vanished] = NEVER
    made.completed[vanished] = NEVER
    declared = made.last_scan[vanished] + rng.integers(6 * DAY, 13 * DAY, len(vanished))
    known = (declared < made.now) & (rng.random(len(vanished)) < 0.75)
    made.changed[vanished] = np.where(known, declared, made.last_scan[vanished])
    made.status[vanished] = np.where(known, CODE["lost"], CODE["shipped"])
    delayed = np.flatnonzero(made.wrong == 3)
    late = made.expected[delayed] + rng.integers(4 * DAY, 16 * DAY, len(delayed))
    arrives = rng.random(len(delayed)) < 0.8
    made.delivered[delayed] = np.where(arrives, late, NEVER)
    made.completed[delayed] = np.where(arrives, late + 2 * DAY, NEVER)
    made.changed[delayed] = np.where(arrives, late, made.accepted[delayed])
    made.last_scan[delayed] = made.first_scan[delayed] + rng.integers(DAY // 4, DAY, len(delayed))
    made.last_scan[delayed[arrives]] = late[arrives]
    made.status[delayed] = np.where(arrives, CODE["completed"], CODE["shipped"])
    hurt = np.flatnonzero((made.wrong == 1) | (made.wrong == 2))
    returning = hurt[rng.random(len(hurt)) < 0.25]
    made.status[returning] = CODE["returning"]
    made.completed[returning] = NEVER
    _up_to_now(made)


def _up_to_now(made: Parcels) -> None:
    """Take back what lies in the future, and the state with it."""
    for column, before in (
        (made.completed, "delivered"),
        (made.delivered, "shipped"),
        (made.shipped, "ordered"),
    ):
        future = column > made.now
        if column is not made.completed:
            made.changed[future] = made.now - HOUR
        stays = (made.status == CODE["cancelled"]) | (made.status == CODE["returning"]) & (before == "delivered")
        made.status[future & ~stays] = CODE[before]
        column[future] = NEVER
    unsent = (made.shipped == NEVER) & (made.paid > made.now)
    made.paid[unsent] = NEVER
    for column in (made.accepted, made.first_scan):
        column[(column > made.now) | (made.shipped == NEVER)] = NEVER
    back = made.changed > made.now
    came = back & ((made.status == CODE["failed"]) | (made.status == CODE["returned"]))
    made.status[came] = np.where(made.shipped[came] == NEVER, CODE["ordered"], CODE["shipped"])
    made.changed[back] = made.now - HOUR
    ahead = (made.last_scan > made.now) | (made.first_scan == NEVER)
    made.last_scan[ahead] = np.where(made.first_scan[ahead] == NEVER, NEVER, made.first_scan[ahead])
    made.changed = np.maximum(made.changed, made.ordered)
