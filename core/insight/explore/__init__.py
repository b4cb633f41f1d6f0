"""Any measure by up to two dimensions: what managers ask of their cases, answered with how sure it is.

`explore` is the read. What can be asked is in `questions`, how an address or a saved view spells it in `codes`; which parcels and
cases a figure stands on is said once in `standing`, for the figure and for the list of the cases behind it.
"""

from core.insight.explore.answers import ALL, Answer, Figure
from core.insight.explore.bands import BANDS, NO_RATE, BandChoice, Bands
from core.insight.explore.codes import PERIODS, USUAL, period_of, question_of
from core.insight.explore.keys import EMPTY, NONE, Key, place_code, span_of, unwritten, written
from core.insight.explore.naming import band_name
from core.insight.explore.questions import (
    DAY_LABELS,
    DIMENSION_LABELS,
    MEASURE_LABELS,
    MEASURE_SENTENCES,
    MONEY,
    RIGHTS,
    SHARES,
    SUMS,
    TIMES,
    CountedBy,
    Dimension,
    Measure,
    Narrow,
    Question,
)
from core.insight.explore.reads import drawn_bands, explore, services_there
from core.insight.explore.standing import TOLD_LABELS, Told

__all__ = [
    "ALL",
    "BANDS",
    "DAY_LABELS",
    "DIMENSION_LABELS",
    "EMPTY",
    "MEASURE_LABELS",
    "MEASURE_SENTENCES",
    "MONEY",
    "NONE",
    "NO_RATE",
    "PERIODS",
    "RIGHTS",
    "SHARES",
    "SUMS",
    "TIMES",
    "TOLD_LABELS",
    "USUAL",
    "Answer",
    "BandChoice",
    "Bands",
    "CountedBy",
    "Dimension",
    "Figure",
    "Key",
    "Measure",
    "Narrow",
    "Question",
    "Told",
    "band_name",
    "drawn_bands",
    "explore",
    "period_of",
    "place_code",
    "question_of",
    "services_there",
    "span_of",
    "unwritten",
    "written",
]
