"""What the buyer of a case gets: what Recoup proposes, what was offered, approved and given, and what came of it for the shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from core.cases import remedies
from core.cases.remedies import KIND_LABELS, Result, Row, Suggestion
from core.desk.next_step import arrived_after_all
from core.desk.story import Story
from core.desk.story_sql import Part
from core.foundation.formats import amount, moment
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Actor, Permission
from core.models.remedy import RemedyAction, RemedyState
from pages.parts import badges, remedy_words, state
from pages.parts.case_view import Given, View
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading

_BUTTONS: dict[RemedyAction, tuple[str, str, str]] = {
    RemedyAction.DO: (N_("It was given"), "redeem", "remedy-given"),
    RemedyAction.ANSWER: (N_("Answer"), "reply", "remedy-answer"),
    RemedyAction.APPROVE: (N_("Decide"), "gavel", "remedy-decide"),
    RemedyAction.WITHDRAW: (N_("Withdraw"), "undo", "remedy-withdraw"),
    RemedyAction.TAKE_BACK: (N_("Not given after all"), "undo", "remedy-back"),
}
"""The button of an action on the case, and the dialog it opens."""


def read(session: Any, found: Story, me: Actor, now: datetime) -> Given | None:
    """What the section shows; None for whoever may not see it."""
    if not me.may(Permission.REMEDY_READ):
        return None
    number = found.header.id
    there = found.header.parts
    rows = remedies.of_case(session, number, actor=me, now=now) if Part.REMEDIES in there else ()
    idle = found.header.open and not any(row.open or row.state is RemedyState.DONE for row in rows)
    # To a buyer whose parcel arrived nothing is proposed; what somebody wants to offer all the same is free.
    idea = remedies.suggest(session, number, actor=me, now=now) if idle and not arrived_after_all(found) else None
    result = remedies.result_of(session, number, actor=me) if Part.RESULT in there else None
    return Given(rows, result, idea)


def draw(view: View) -> None:
    """The section: what is proposed while nothing is offered, each offer with its buttons, the result."""
    if view.given is None:
        return
    rows, result, idea = view.given.rows, view.given.result, view.given.idea
    may = view.me.may(Permission.REMEDY_PROPOSE)
    with st.container(border=True, gap="small"):
        heading(
            _("For the buyer"),
            button=_("Offer") if may and view.story.header.open else "",
            icon="redeem",
            key="case-remedy-offer",
            dialog="remedy-offer",
        )
        if idea is not None:
            st.markdown(_idea(idea))
        elif not rows:
            st.caption(_("Nothing was offered to the buyer."))
        for row in rows:
            _row(row, view)
        _result(result, view, may)


def _idea(idea: Suggestion) -> str:
    """What Recoup proposes, in two lines."""
    mark = (
        badges.badge(_("at once"), "green", "bolt")
        if idea.at_once
        else badges.badge(_("with the buyer's help"), "orange", "photo_camera")
    )
    money = plain(amount(idea.amount)) if idea.amount is not None else ""
    said = f"{mark} {plain(_('Proposed: {kind}', kind=_(KIND_LABELS[idea.kind])))} **{money}**".replace(" ****", "")
    return f"{said}  \n{gray(plain(' '.join(idea.why)))}"


def _row(row: Row, view: View) -> None:
    with st.container(gap="xsmall"):
        st.markdown("  \n".join(remedy_words.lines(row, view.me)))
        offers = [
            one
            for one in row.offers
            if one.action in _BUTTONS and (one.permitted or one.action is RemedyAction.APPROVE)
        ]
        with st.container(horizontal=not view.phone, gap="small"):
            for one in offers:
                label, icon, dialog = _BUTTONS[RemedyAction(one.action)]
                st.button(
                    _(label),
                    icon=f":material/{icon if one.permitted else 'lock'}:",
                    disabled=not one.permitted,
                    width="stretch" if view.phone else "content",
                    key=f"case-{dialog}-{row.id}",
                    on_click=state.open_dialog,
                    args=(dialog, row.id),
                )
        for reason in dict.fromkeys(one.reason for one in offers if one.reason):
            st.caption(f":material/lock: {plain(reason)}")
        if len(row.steps) > 1:
            with st.expander(_n("{n} step", "{n} steps", len(row.steps)), icon=":material/history:"):
                st.markdown("  \n".join(gray(plain(remedy_words.step(one, view.me))) for one in row.steps))


def _result(result: Result | None, view: View, may: bool) -> None:
    """What came of it for the shop, in one line with its button."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        told = _told(result) if result is not None else _("Not noted yet: stars, review, whether the buyer came back.")
        noted = dotted(result.by, moment(result.at, view.me.zone)) if result is not None else ""
        st.markdown(
            f"**{plain(_('Result for the shop'))}**  \n{gray(dotted(plain(told), plain(noted)))}", width="stretch"
        )
        if may:
            st.button(
                _("Note it") if result is None else _("Change"),
                icon=":material/star:",
                key="case-result",
                on_click=state.open_dialog,
                args=("shop-result",),
            )


def _told(result: Result) -> str:
    parts = []
    if result.rating is not None:
        parts.append(_n("{n} star", "{n} stars", result.rating))
    if result.review_avoided is not None:
        parts.append(_("no bad review") if result.review_avoided else _("a bad review"))
    if result.came_back is not None:
        parts.append(_("the buyer came back") if result.came_back else _("the buyer did not come back"))
    return dotted(*parts)
