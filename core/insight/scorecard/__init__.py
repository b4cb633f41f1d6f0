"""The scorecard of a carrier: what it was given, what came to harm, what was claimed and what is asked, on paper to send to it.

It names no other carrier and no buyer: others stand in it only as what their rates on the same lanes would have brought.
"""

from core.insight.scorecard.facts import Facts, Lane, OpenClaim, scorecard_facts
from core.insight.scorecard.paper import LONGEST_ASKED, Scorecard, asks, build_scorecard

__all__ = [
    "LONGEST_ASKED",
    "Facts",
    "Lane",
    "OpenClaim",
    "Scorecard",
    "asks",
    "build_scorecard",
    "scorecard_facts",
]
