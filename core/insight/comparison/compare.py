"""Channels set side by side: each rate with its doubt, and a verdict that does not mistake luck for quality.

A channel is held against the others that drive its lanes with its mix of values (core/insight/standardise.py). Whether it differs
is the exact conditional test; over all channels that can be judged, false discoveries are kept to the stated rate. A channel
with too little to show gets no verdict, and one that nobody else's parcels can be set beside cannot differ from anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.foundation.intervals import LEVEL, Interval, interval
from core.foundation.language import N_
from core.insight.comparison.counts import Cell
from core.insight.comparison.outcomes import Minimum
from core.insight.comparison.scope import Channel
from core.insight.discoveries import FALSE_DISCOVERY_RATE, adjusted
from core.insight.shrinkage import Group, Shrunken, shrink
from core.insight.standardise import Standardised, Stratum, chance, standardise


class Verdict(StrEnum):
    """What may be said of a channel."""

    WORSE = "worse"
    BETTER = "better"
    NO_DIFFERENCE = "no_difference"
    TOO_FEW = "too_few"


VERDICT_LABELS: dict[Verdict, str] = {
    Verdict.WORSE: N_("Worse"),
    Verdict.BETTER: N_("Better"),
    Verdict.NO_DIFFERENCE: N_("No difference shown"),
    Verdict.TOO_FEW: N_("Too few parcels"),
}


@dataclass(frozen=True)
class Compared:
    """One channel. Rates are shares of its judged parcels `n`; `young` parcels are left out of everything.

    `interval` is None where no parcel can be judged; `shrunken` where there are too few channels to lean on; `standardised`
    where nothing could be expected. `adjusted` is the false-discovery rate at which the channel would be told as different.
    """

    channel: Channel
    n: int
    events: int
    young: int
    interval: Interval | None
    shrunken: Shrunken | None
    standardised: Standardised | None
    adjusted: float | None
    verdict: Verdict

    @property
    def rate(self) -> float | None:
        """Events per judged parcel."""
        return self.events / self.n if self.n else None


@dataclass(frozen=True)
class Comparison:
    """All channels, those with the highest sure rate first, those with too few parcels last; and the sums over them. `unseen`
    parcels are known only as monthly volumes; their `lanes` are not split by value.
    """

    channels: tuple[Compared, ...]
    n: int
    events: int
    young: int
    unseen: int = 0
    lanes: tuple[str, ...] = ()
    rate_told_false: float = FALSE_DISCOVERY_RATE

    @property
    def rate(self) -> float | None:
        """Events per judged parcel of all channels."""
        return self.events / self.n if self.n else None


def compare(cells: Iterable[Cell], least: Minimum, level: float = LEVEL) -> Comparison:
    """Compare the channels of some cells."""
    by_channel: dict[Channel, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_channel[cell.channel].append(cell)
    whole = _whole(by_channel)
    strata = {channel: _strata(channel, own, whole) for channel, own in by_channel.items()}
    groups = {channel: Group(sum(c.events for c in own), sum(c.n for c in own)) for channel, own in by_channel.items()}
    lean = shrink(list(groups.values()), level)
    shrunken = dict(zip(groups, lean.groups, strict=True)) if lean else {}
    standard = {channel: standardise(parts, level) for channel, parts in strata.items()}
    judged = [one for one in groups if _enough(groups[one], standard[one], least)]
    told = dict(zip(judged, adjusted([chance(strata[one]).either for one in judged]), strict=True))
    rows = [
        Compared(
            channel,
            group.n,
            group.events,
            sum(cell.young for cell in by_channel[channel]),
            interval(group.events, group.n, level) if group.n else None,
            shrunken.get(channel),
            standard[channel],
            told.get(channel),
            _verdict(standard[channel], told.get(channel)),
        )
        for channel, group in groups.items()
    ]
    rows.sort(key=_order)
    by_volume = [cell for own in by_channel.values() for cell in own if cell.unseen]
    return Comparison(
        tuple(rows),
        sum(one.n for one in rows),
        sum(one.events for one in rows),
        sum(one.young for one in rows),
        sum(cell.unseen for cell in by_volume),
        tuple(sorted({cell.channel.market for cell in by_volume})),
    )


def _whole(by_channel: Mapping[Channel, list[Cell]]) -> dict[tuple[str, int], tuple[int, int]]:
    """Events and parcels of all channels per stratum: a lane (the market driven to) and a value band."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for channel, own in by_channel.items():
        for cell in own:
            events, n = found.get((channel.market, cell.band), (0, 0))
            found[channel.market, cell.band] = (events + cell.events, n + cell.n)
    return found


def _strata(channel: Channel, own: list[Cell], whole: Mapping[tuple[str, int], tuple[int, int]]) -> list[Stratum]:
    """The strata of a channel's lane, those in which it has nothing among them."""
    mine = {cell.band: cell for cell in own}
    found = []
    for (market, band), (all_events, all_n) in whole.items():
        if market == channel.market:
            cell = mine.get(band)
            found.append(Stratum(cell.events if cell else 0, cell.n if cell else 0, all_events, all_n))
    return found


def _enough(group: Group, standard: Standardised | None, least: Minimum) -> bool:
    return group.n >= least.parcels and standard is not None and standard.expected >= least.expected_events


def _verdict(standard: Standardised | None, told: float | None) -> Verdict:
    if standard is None or told is None:
        return Verdict.TOO_FEW
    if told > FALSE_DISCOVERY_RATE:
        return Verdict.NO_DIFFERENCE
    return Verdict.WORSE if standard.ratio > 1 else Verdict.BETTER


def _order(one: Compared) -> tuple[bool, float, int, str]:
    return (
        one.verdict is Verdict.TOO_FEW,
        -(one.interval.low if one.interval else 0.0),
        -one.n,
        f"{one.channel.market} {one.channel.carrier_id} {one.channel.service}",
    )
