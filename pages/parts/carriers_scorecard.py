"""The scorecard of a carrier: what it will say, in whose language, what is asked; made and taken away as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.foundation import clock, database, formats
from core.foundation.config import settings
from core.foundation.language import LANGUAGES, _, current
from core.foundation.permissions import Actor, Permission
from core.insight.comparison import Outcome, Scope
from core.insight.scorecard import LONGEST_ASKED, Facts, Scorecard, asks, build_scorecard, scorecard_facts
from pages.parts import dialogs, state
from pages.parts.act import act, attempt
from pages.parts.carriers_words import Line
from pages.parts.choices import segments
from pages.parts.formats import plain
from pages.parts.who import actor

FORM = "carrier-scorecard"
_MADE = "carrier-scorecard-made"


def button(chosen: Line | None, me: Actor) -> None:
    """The button that opens the scorecard of the chosen channel's carrier. Off, it says why."""
    if not me.may(Permission.LEDGER_READ):
        return
    known = chosen is not None and chosen.compared.channel.carrier_id is not None
    why = None if known else _("Choose a channel's row in the table: the scorecard is that of its carrier.")
    st.button(
        _("Scorecard"),
        icon=":material/description:",
        disabled=not known,
        help=why,
        on_click=_open,
        args=(chosen.compared.channel.carrier_id if chosen else None,),
        key="carrier-scorecard",
    )


def _open(carrier_id: int | None) -> None:
    st.session_state.pop(_MADE, None)
    state.open_dialog(FORM, carrier_id)


def draw_dialog(scope: Scope, outcomes: Sequence[Outcome]) -> None:
    """The dialog, when it is open."""
    opened = state.opened()
    if opened is None or opened.name != FORM or opened.subject is None:
        return
    dialogs.show(_("Scorecard"), lambda: _body(opened.subject, scope, tuple(outcomes)), width="medium")


def _body(carrier_id: int, scope: Scope, outcomes: tuple[Outcome, ...]) -> None:
    me = actor()
    facts = attempt(lambda: facts_of(me, carrier_id, scope, outcomes))
    if facts is None:
        return
    _says(facts, scope)
    own = st.text_area(
        _("What you ask besides, in the carrier's language"), key=state.widget(FORM, "asked"), max_chars=LONGEST_ASKED
    )
    language = segments(
        _("Language of the paper"),
        list(LANGUAGES),
        key=state.widget(FORM, "language"),
        default=current(),
        words=lambda tag: LANGUAGES[tag],
    )
    may = me.may(Permission.CARRIER_DECIDE)
    if st.button(
        _("Make PDF"),
        type="primary",
        width="stretch",
        disabled=not may,
        help=None if may else _("Managers send scorecards."),
        key=state.widget(FORM, "make"),
    ):
        _make(carrier_id, scope, outcomes, own or "", language)
    _take_away(st.session_state.get(_MADE))


def _says(facts: Facts, scope: Scope) -> None:
    """What the paper will say, in short, and what it asks in any case."""
    st.markdown(f"**{plain(facts.carrier)}**")
    st.caption(
        _(
            "{n} parcels shipped {first} – {last}; {filed} claims on the carrier, {open} of them wait for it. The paper names no"
            " other carrier and no buyer.",
            n=formats.number(facts.parcels),
            first=formats.day(scope.period.first, year=True),
            last=formats.day(scope.period.last, year=True),
            filed=formats.number(facts.filed),
            open=formats.number(facts.open_total),
        )
    )
    asked_anyway = asks(facts)
    if asked_anyway:
        st.markdown(_("Asked, as follows from the figures:"))
        st.markdown("\n".join(f"- {plain(one)}" for one in asked_anyway))


def _make(carrier_id: int, scope: Scope, outcomes: tuple[Outcome, ...], asked: str, language: str) -> None:
    """Make the paper and keep it for its download."""
    made: list[Scorecard] = []

    def write(session: Any) -> str:
        made.append(
            build_scorecard(
                session,
                carrier_id,
                scope,
                outcomes,
                actor=actor(),
                asked=asked,
                language=language,
                base_currency=settings().base_currency,
                now=clock.now(),
            )
        )
        return made[-1].file_name

    done = act(write, key=state.key(FORM))
    if done and made:
        st.session_state[_MADE] = made[-1]


def _take_away(made: Scorecard | None) -> None:
    if made is not None:
        st.download_button(
            _("Download {name}", name=made.file_name),
            data=made.pdf,
            file_name=made.file_name,
            mime="application/pdf",
            icon=":material/download:",
            width="stretch",
            key="carrier-scorecard-file",
        )


def facts_of(me: Actor, carrier_id: int, scope: Scope, outcomes: tuple[Outcome, ...]) -> Facts:
    """What a scorecard will say, kept some minutes. Who may not see money is refused each time, kept or not."""
    me.require(Permission.LEDGER_READ)
    me.require(Permission.CLAIM_READ)
    return _facts(carrier_id, scope, outcomes, me.zone, settings().base_currency, _actor=me)


@st.cache_data(ttl=300, max_entries=20, show_spinner=False)
def _facts(
    carrier_id: int, scope: Scope, outcomes: tuple[Outcome, ...], zone: str, base_currency: str, *, _actor: Actor
) -> Facts:
    with database.reading() as session:
        return scorecard_facts(
            session, carrier_id, scope, outcomes, actor=_actor, base_currency=base_currency, now=clock.now()
        )
