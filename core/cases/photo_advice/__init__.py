"""Photo checks at the door, as advice with its reason: nothing is refused by them, and a person may set each aside.

`look` gathers what is to be said about a file before its case is locked; `keep` writes it with the evidence; `advice_of`
reads it, `dismiss` sets one aside, `lacking_pictures` says what a case's pictures do not show. The numbers are data:
`core/data/photo_checks.toml`.
"""

from core.cases.photo_advice.checks import AdviceCode, Found, Setting, Weight, check
from core.cases.photo_advice.notes import Advice, CaseAdvice, advice_of, dismiss, keep, lacking_pictures, missing_views
from core.cases.photo_advice.noticing import look

__all__ = [
    "Advice",
    "AdviceCode",
    "CaseAdvice",
    "Found",
    "Setting",
    "Weight",
    "advice_of",
    "check",
    "dismiss",
    "keep",
    "lacking_pictures",
    "look",
    "missing_views",
]
