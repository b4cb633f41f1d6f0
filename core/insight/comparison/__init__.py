"""Channels compared fairly: carrier × service × market, by what went wrong with their parcels.

`compare_channels` is the read; what it says and why is told in `compare` (the verdicts), `counts` (what is counted) and
`outcomes` (what can go wrong, and when a parcel is old enough to tell).
"""

from core.insight.comparison.choices import Choices, comparison_choices
from core.insight.comparison.compare import VERDICT_LABELS, Compared, Comparison, Verdict, compare
from core.insight.comparison.counts import Cell
from core.insight.comparison.course import Month, StageLoss, months, stages
from core.insight.comparison.money import FEWEST_DECIDED, ChannelMoney, channel_money
from core.insight.comparison.outcomes import (
    Minimum,
    Outcome,
    band_edges,
    mature_after,
    minimum,
    outcome_name,
    outcome_of,
)
from core.insight.comparison.reads import ChannelNames, channel_names, compare_channels
from core.insight.comparison.scope import NO_RATE, Channel, Period, Scope

__all__ = [
    "FEWEST_DECIDED",
    "NO_RATE",
    "VERDICT_LABELS",
    "Cell",
    "Channel",
    "ChannelMoney",
    "ChannelNames",
    "Choices",
    "Compared",
    "Comparison",
    "Minimum",
    "Month",
    "Outcome",
    "Period",
    "Scope",
    "StageLoss",
    "Verdict",
    "band_edges",
    "channel_money",
    "channel_names",
    "compare",
    "compare_channels",
    "comparison_choices",
    "mature_after",
    "minimum",
    "months",
    "outcome_name",
    "outcome_of",
    "stages",
]
