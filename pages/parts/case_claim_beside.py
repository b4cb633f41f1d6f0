"""The claims of a case side by side: who was asked for what, and whether it is more than the loss together."""

from __future__ import annotations

import streamlit as st

from core.cases.words import payer_said
from core.desk.case_claims import ENDED, UNFILED
from core.desk.story import ClaimRow
from core.foundation.formats import amount, figure
from core.foundation.language import _
from core.foundation.money import Money, total
from pages.parts import badges
from pages.parts.case_view import View
from pages.parts.formats import gray, line, plain


def draw(view: View) -> None:
    """A line for each claim and their sums, where the case has several."""
    if len(view.story.claims) < 2:
        return
    rows = [_line(one) for one in view.story.claims]
    st.markdown("  \n".join(rows))
    living = [one for one in view.story.claims if one.state not in ENDED]
    if not living:
        return
    currency = view.story.header.value.currency
    asked = total((one.demand for one in living), currency)
    granted = total(
        (one.approved or Money.zero(currency) for one in view.story.claims if one.state not in UNFILED), currency
    )
    gross, back = view.story.header.gross, view.story.header.recovered
    st.markdown(
        gray(
            plain(
                _(
                    "Asked {asked}, granted {granted}, recovered {recovered} of a loss of {loss}.",
                    asked=figure(asked),
                    granted=figure(granted),
                    recovered=figure(back),
                    loss=amount(gross),
                )
            )
        )
    )
    if gross < asked and back < gross:
        st.caption(
            plain(
                _(
                    "Together the payers are asked for more than was lost. Only the loss comes back: once one pays,"
                    " lower or withdraw the others."
                )
            )
        )


def _line(claim: ClaimRow) -> str:
    shown = claim.paid or claim.approved or claim.demand
    payer, facts = line(payer_said(claim.payer_name), 28), plain(f"{amount(shown)} · {claim.reference}")
    return f"{badges.claim_state(claim.state)} **{payer}** {gray(facts)}"
