"""What the team's own decided disputes say about the next: fight, settle or accept, and whether the odds held.

`model` is the arithmetic of chances, `advice` of ways, `calibration` of the look back, `counting` reads the decided disputes;
`settings` holds the minimums and what handling costs.
"""

from core.insight.odds.advice import Advice, Worth
from core.insight.odds.calibration import Calibration, Reliability
from core.insight.odds.counting import Proof
from core.insight.odds.model import Cell, Chance, Completeness, Odds, TooFew
from core.insight.odds.reads import Known, Weighed, known_odds, weigh_dispute
from core.insight.odds.settings import Way, handling, least

__all__ = [
    "Advice",
    "Calibration",
    "Cell",
    "Chance",
    "Completeness",
    "Known",
    "Odds",
    "Proof",
    "Reliability",
    "TooFew",
    "Way",
    "Weighed",
    "Worth",
    "handling",
    "known_odds",
    "least",
    "weigh_dispute",
]
