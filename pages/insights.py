"""Insights: any measure of the cases by up to two dimensions, and the cases behind every figure."""

from __future__ import annotations

import streamlit as st

from core.desk.behind import behind
from core.desk.report_words import notes
from core.foundation import clock, language
from core.foundation.clock import local_day
from core.foundation.errors import Refusal
from core.foundation.language import _, _n
from core.insight.explore import ALL, Answer, Question, question_of
from pages.parts import (
    figures,
    insights_charts,
    insights_export,
    insights_remedies,
    insights_table,
    insights_view,
    insights_words,
    register_view,
    state,
)
from pages.parts.act import notices
from pages.parts.address import SAVED
from pages.parts.formats import plain
from pages.parts.insights_table import Place
from pages.parts.insights_view import BARS, HEAT, LINES
from pages.parts.who import actor, on_phone

me = actor()
state.enter("insights")
phone = on_phone()
choices = figures.choices(me)
filters = insights_view.address(choices, me)
look = filters.value("look")


def _question() -> Question | None:
    """What is asked; None with the reason where it cannot be answered."""
    try:
        return question_of(filters.codes(SAVED, "look"), local_day(clock.now(), me.zone))
    except Refusal as refusal:
        st.info(plain(refusal.message), icon=":material/help:")
        return None


def _answer(question: Question) -> Answer | None:
    try:
        return figures.explored(me, question, language.current())
    except Refusal as refusal:
        st.info(plain(refusal.message), icon=":material/lock:")
        return None


def _chart(answer: Answer, key: str) -> Place | None:
    """The chart that was chosen, or why there is none."""
    if look == HEAT and answer.question.columns is None:
        st.info(_("A heat map wants a second dimension: choose one beside “and by”."), icon=":material/grid_on:")
    elif look == LINES and not insights_charts.has_course(answer):
        st.info(_("Lines want months or weeks: divide by one of them."), icon=":material/show_chart:")
    elif look == HEAT:
        return insights_charts.heat(answer, key, phone)
    elif look in (BARS, LINES):
        found = (insights_charts.bars if look == BARS else insights_charts.lines)(answer, key)
        if n := insights_charts.left_out(answer, look):
            st.caption(
                _n(
                    "{n} smaller part is in the table only.",
                    "{n} smaller parts are in the table only.",
                    n,
                )
            )
        return found
    return None


def _latest(signature: str, in_table: Place | None, in_chart: Place | None) -> Place | None:
    """The figure that was chosen last: a choice in the table stays when one is made in the chart, and the other way round."""
    kept = state.memory().found
    before, chosen = kept.get(f"insights-{signature}", ((None, None), None))
    if (in_table, in_chart) != before:
        chosen = in_chart if in_table == before[0] else in_table
    chosen = chosen or in_table or in_chart
    kept[f"insights-{signature}"] = ((in_table, in_chart), chosen)
    return chosen


def _behind(answer: Answer, place: Place) -> None:
    """What the chosen figure stands on, and the way to its cases."""
    row, column = place
    figure = answer.at(row, column)
    said = insights_words.sentence(figure, answer)
    with st.container(horizontal=not phone, vertical_alignment="center", gap="small", key="insights-behind"):
        st.markdown(f"**{plain(insights_words.named(answer, row, column))}** – {plain(said)}", width="stretch")
        if not figure.cases:
            st.caption(_("No case stands behind it."), width="content")
        elif st.button(
            _n("Open the case", "Open the {n} cases", figure.cases),
            icon=":material/list_alt:",
            key="insights-open",
            width="stretch" if phone else "content",
        ):
            st.switch_page("register.py", query_params=register_view.codes_of(behind(answer, row, column)))


def _empty() -> None:
    st.info(_("No case fits this question. Choose a longer period or fewer filters."), icon=":material/inbox:")
    st.button(_("Ask anew"), icon=":material/restart_alt:", on_click=filters.clear, key="insights-clear")


def _show(answer: Answer) -> None:
    signature = filters.signature(SAVED)
    st.header(plain(insights_words.finding(answer)), anchor=False)
    # The figure that was chosen is known only after chart and table are drawn, and stands above them.
    bar = st.container()
    picked = _chart(answer, f"insights-chart-{signature}")
    in_table = insights_table.draw(answer, f"insights-table-{signature}", phone)
    with bar:
        place = _latest(signature, in_table, picked)
        _behind(answer, place or (ALL, ALL))
        # It stays when a figure is chosen: the chart's own buttons hover here, and would cover the one that opens the cases.
        st.caption(_("Choose a figure in the chart or in the table to see what it stands on and to open its cases."))
    st.caption(" ".join(plain(one) for one in notes(answer)))


with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    st.title(_("Insights"), anchor=False, width="stretch")
    insights_remedies.button(me)
    corner = st.container(width="content")
insights_view.draw(filters, choices, me, phone)
question = _question()
if question is not None:
    with corner:
        insights_export.draw(question, filters, me)
    answer = _answer(question)
    if answer is not None and answer.rows:
        _show(answer)
    elif answer is not None:
        _empty()
filters.write()
insights_remedies.dialog()
notices()
