"""What the comparison of channels says: names, findings as titles, the rows of its table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.cases.words import STAGE_LABELS
from core.foundation import formats
from core.foundation.intervals import Interval
from core.foundation.language import _, _n
from core.insight.comparison import (
    VERDICT_LABELS,
    Channel,
    ChannelMoney,
    ChannelNames,
    Compared,
    Comparison,
    Month,
    Outcome,
    StageLoss,
    Verdict,
    outcome_name,
)
from core.insight.control import Chart
from pages.parts.badges import Colour

SHAPES: dict[Verdict, str] = {
    Verdict.WORSE: "▲",
    Verdict.NO_DIFFERENCE: "●",
    Verdict.BETTER: "▼",
    Verdict.TOO_FEW: "✕",
}
COLOURS: dict[Verdict, Colour] = {
    Verdict.WORSE: "orange",
    Verdict.NO_DIFFERENCE: "gray",
    Verdict.BETTER: "blue",
    Verdict.TOO_FEW: "gray",
}


@dataclass(frozen=True)
class Line:
    """One channel with everything its row and marks say."""

    carrier: str
    compared: Compared
    money: ChannelMoney | None

    @property
    def name(self) -> str:
        """The whole channel: carrier, service and market."""
        return f"{self.carrier} {self.compared.channel.market}"


def lines(found: Comparison, names: ChannelNames, money: Sequence[ChannelMoney]) -> list[Line]:
    """The channels in the order of the comparison, each with its money."""
    by_channel: Mapping[Channel, ChannelMoney] = {one.channel: one for one in money}
    return [Line(_carried_by(one.channel, names), one, by_channel.get(one.channel)) for one in found.channels]


def _carried_by(channel: Channel, names: ChannelNames) -> str:
    carrier = names.get(channel.carrier_id or 0) or _("Carrier not known")
    return " ".join(part for part in (carrier, channel.service) if part)


def verdict(one: Compared) -> str:
    """The verdict with its shape."""
    return f"{SHAPES[one.verdict]} {_(VERDICT_LABELS[one.verdict])}"


def per_1000(share: float | None) -> str:
    """A share as a number per thousand parcels."""
    return formats.NOTHING if share is None else formats.number(share * 1000, 2)


def span(interval: Interval | None) -> str:
    """An interval per thousand parcels."""
    return formats.NOTHING if interval is None else f"{per_1000(interval.low)} – {per_1000(interval.high)}"


def outcomes_named(outcomes: Collection[Outcome]) -> str:
    """The outcomes asked for, as one phrase."""
    return " / ".join(outcome_name(one) for one in outcomes)


def funnel_finding(found: Sequence[Line]) -> str:
    """What the funnel shows, as its title."""
    worse = sum(line.compared.verdict is Verdict.WORSE for line in found)
    better = sum(line.compared.verdict is Verdict.BETTER for line in found)
    if worse:
        return _n("{n} channel does worse than luck explains", "{n} channels do worse than luck explains", worse)
    if better:
        return _n("{n} channel does better than luck explains", "{n} channels do better than luck explains", better)
    if all(line.compared.verdict is Verdict.TOO_FEW for line in found):
        return _("Too few parcels for a verdict on any channel")
    return _("No channel differs by more than luck explains")


def forest_finding(found: Sequence[Line], overall: float | None) -> str:
    """What the intervals show: the channel that looks bad and proves nothing, or how far apart the surest are."""
    doubtful = [
        line
        for line in found
        if line.compared.verdict is Verdict.TOO_FEW
        and line.compared.rate is not None
        and overall is not None
        and line.compared.rate > 2 * overall
        # Where even the low end lies above all others, few parcels do say something, if not enough for a verdict.
        and line.compared.interval is not None
        and line.compared.interval.low <= overall
    ]
    if doubtful:
        one = max(doubtful, key=lambda line: line.compared.rate or 0)
        return _n(
            "{name} looks bad, but {n} parcel proves nothing",
            "{name} looks bad, but {n} parcels prove nothing",
            one.compared.n,
            name=one.name,
        )
    worst = next((line for line in found if line.compared.verdict is Verdict.WORSE), None)
    if worst is not None and worst.compared.interval is not None:
        low = per_1000(worst.compared.interval.low)
        return _("{name}: at least {low} of 1,000 parcels", name=worst.name, low=low)
    return _("How sure each rate is")


def course_finding(name: str, months: Sequence[Month], chart: Chart) -> str:
    """What the months show: those worse than luck explains, those better, a lasting shift, or nothing."""
    above = [month for month, point in zip(months, chart.points, strict=True) if point.share > point.limits.high]
    below = [month for month, point in zip(months, chart.points, strict=True) if point.share < point.limits.low]
    shifted = [month for month, point in zip(months, chart.points, strict=True) if point.run]
    if above:
        return _n(
            "{name}: {month} was worse than luck explains",
            "{name}: {n} months were worse than luck explains, {month} the last",
            len(above),
            name=name,
            month=formats.month(above[-1].first),
        )
    if below:
        return _n(
            "{name}: {month} was better than luck explains",
            "{name}: {n} months were better than luck explains, {month} the last",
            len(below),
            name=name,
            month=formats.month(below[-1].first),
        )
    if shifted:
        month = formats.month(shifted[-1].first)
        return _("{name}: eight months in a row on one side, up to {month}", name=name, month=month)
    return _("{name}: no month stands out", name=name)


def stage_finding(found: Sequence[StageLoss]) -> str:
    """Where on the way most is lost, in money where it is known, else in cases."""
    first, whole = found[0], sum((one.gross or Decimal(0) for one in found), Decimal(0))
    if first.gross and whole:
        share = f"{first.gross * 100 / whole:.0f} %"
        return _("{stage}: {share} of all that was lost", stage=_(STAGE_LABELS[first.stage]), share=share)
    share = f"{first.cases * 100 / first.of:.0f} %"
    return _("{stage}: {share} of all cases", stage=_(STAGE_LABELS[first.stage]), share=share)


def success(money: ChannelMoney | None) -> str:
    """The share of decided claims that brought something, with its interval; a dash where too few were decided."""
    if money is None or money.success is None:
        return formats.NOTHING
    low, high = money.success.low * 100, money.success.high * 100
    return f"{money.granted * 100 / money.decided:.0f} % ({low:.0f} – {high:.0f})"


def money_finding(found: Sequence[Line], currency: str) -> str:
    """What the channels cost after claims, as a title."""
    costs = [(line.money.net_per_100 or Decimal(0), line.name) for line in found if line.money is not None]
    costs = sorted((cost for cost in costs if cost[0] > 0), reverse=True)
    if not costs:
        return _("No channel costs anything after claims")
    cost, name = costs[0]
    amount = f"{currency} {formats.number(cost.quantize(Decimal('0.01')), 2)}"
    return _("After claims, {name} still costs {amount} per 100 parcels", name=name, amount=amount)
