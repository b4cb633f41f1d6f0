"""Denials on the screen: which code, what it means, how often it was reversed."""

from __future__ import annotations

from core.cases.words import payer_said
from core.foundation.formats import number
from core.foundation.language import _, _n
from core.recovery.claims import Reversal, least_appeals


def reversal_words(found: Reversal) -> str:
    """How appeals against a code went, with their n and the interval; or that too few are known. Not escaped."""
    if not found.n:
        return _("No answered appeal against this reason is known yet.")
    if found.rate is None or found.interval is None:
        return _n(
            "One answered appeal against this reason is known: too few for a rate (from {least}).",
            "{n} answered appeals against this reason are known: too few for a rate (from {least}).",
            found.n,
            least=least_appeals(),
        )
    told = {
        "reversed": found.reversed,
        "n": found.n,
        "rate": _percent(found.rate),
        "low": _percent(found.interval.low),
        "high": _percent(found.interval.high),
    }
    if found.payer is None:
        return _(
            "With all payers {reversed} of {n} appeals against this reason brought more: {rate} % "
            "(95 % interval {low} to {high} %).",
            **told,
        )
    return _(
        "With {payer} {reversed} of {n} appeals against this reason brought more: {rate} % "
        "(95 % interval {low} to {high} %).",
        payer=payer_said(found.payer),
        **told,
    )


def _percent(share: float) -> str:
    return number(round(share * 100))
