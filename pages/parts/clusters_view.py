"""Incident groups on the screen: what stands too close together for luck, its cases, and what was concluded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.cases.words import STATE_LABELS
from core.foundation import clock, database, formats
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.insight import clusters
from core.insight.clusters import Group, GroupCase
from core.insight.clusters.groups import LONGEST_NAME, LONGEST_TEXT
from core.models.group import GroupState
from pages.parts import clusters_words, dialogs, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading, line
from pages.parts.who import actor

CASES, OPEN = "group-cases", "group-open"


def groups(me: Actor) -> list[Group]:
    """All groups, read anew: people act on them. None for those who may not see them."""
    if not me.may(Permission.GROUP_READ):
        return []
    with database.reading() as session:
        return clusters.list_groups(session, actor=me, state=None)


def draw(found: Sequence[Group], me: Actor) -> None:
    """The open groups, and behind them the concluded ones."""
    if not me.may(Permission.GROUP_READ):
        return
    standing = [one for one in found if one.state is GroupState.OPEN]
    past = [one for one in found if one.state is GroupState.CLOSED]
    with st.container(border=True, gap="small"):
        heading(
            _n("{n} group of cases that belong together", "{n} groups of cases that belong together", len(standing))
            if standing
            else _("Cases that belong together"),
            button=_("Put cases together") if me.may(Permission.GROUP_EDIT) else "",
            key="group-new",
            dialog=OPEN,
        )
        if not standing:
            st.caption(_("No losses stand closer together than luck explains."))
        for one in standing:
            line(_words(one, me), button=_n("{n} case", "{n} cases", one.cases), **_opens(one))
        st.caption(clusters_words.promise())
        if past:
            with st.expander(_n("{n} concluded", "{n} concluded", len(past))):
                for one in past:
                    line(_words(one, me), button=_n("{n} case", "{n} cases", one.cases), **_opens(one))
    _dialogs(found)


def _opens(one: Group) -> dict[str, Any]:
    return {"key": f"group-{one.id}", "icon": "list", "args": (CASES, one.id)}


def _words(one: Group, me: Actor) -> str:
    mark = (
        badge(_("open"), "orange", "hub") if one.state is GroupState.OPEN else badge(_("concluded"), "gray", "task_alt")
    )
    since = formats.day(clock.local_day(one.opened_at, me.zone), year=True)
    facts = dotted(plain(one.reference), since, plain(one.opened_by or "Recoup"))
    said = [f"{mark} **{plain(clusters_words.title(one))}**", gray(facts)]
    told = (
        one.conclusion or " ".join(filter(None, (clusters_words.evidence(one), clusters_words.also(one)))) or one.note
    )
    if told:
        said.append(gray(plain(told)))
    return "  \n".join(said)


def _dialogs(found: Sequence[Group]) -> None:
    opened = state.opened()
    if opened is None:
        return
    if opened.name == OPEN:
        dialogs.show(_("Put cases together"), _open)
    elif opened.name == CASES:
        group = next((one for one in found if one.id == opened.subject), None)
        if group is not None:
            dialogs.show(group.reference, lambda: _cases(group), width="large")


def _cases(group: Group) -> None:
    me = actor()
    st.markdown(f"**{plain(clusters_words.title(group))}**")
    if told := clusters_words.evidence(group):
        st.caption(plain(told))
    with database.reading() as session:
        cases = clusters.group_cases(session, group.id, actor=me)
    may = me.may(Permission.GROUP_EDIT) and group.state is GroupState.OPEN
    for one in cases:
        _case(one, group, me, may)
    if may:
        _more(group, me)
        _close(group, me)
    elif group.conclusion:
        st.info(plain(group.conclusion), icon=":material/task_alt:")


def _case(one: GroupCase, group: Group, me: Actor, may: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        facts = dotted(
            plain(one.number),
            plain(formats.amount(one.value)),
            _(STATE_LABELS[one.state]),
            formats.day(clock.local_day(one.noticed_at, me.zone), year=True),
        )
        st.markdown(f"**{plain(one.reference)}**  \n{gray(facts)}", width="stretch")
        if st.button(_("Open"), key=f"group-case-{one.incident_id}", icon=":material/folder_open:"):
            state.close_dialog()
            st.switch_page("case.py", query_params={"ref": one.reference})
        form = f"group-out-{group.id}-{one.incident_id}"
        if (
            may
            and st.button(_("Take out"), key=form, type="tertiary")
            and act(
                lambda session: clusters.remove_case(session, group.id, one.incident_id, actor=me, now=clock.now()),
                key=state.key(form),
                notice=_("{reference} is out of the group.", reference=one.reference),
            )
        ):
            st.rerun()


def _more(group: Group, me: Actor) -> None:
    form = f"group-add-{group.id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        typed = st.text_input(_("Add cases"), placeholder="INC-2026-00001", key=state.widget(form, "references"))
        if st.button(_("Add"), key=state.widget(form, "save"), icon=":material/add:") and act(
            lambda session: clusters.add_cases(
                session, group.id, actor=me, references=_references(typed), now=clock.now()
            ),
            key=state.key(form),
            notice=lambda n: _n("{n} case added.", "{n} cases added.", n),
        ):
            state.forget(form)
            st.rerun()


def _close(group: Group, me: Actor) -> None:
    form = f"group-close-{group.id}"
    said = st.text_area(
        _("What was found, and what is done about it"), key=state.widget(form, "said"), max_chars=LONGEST_TEXT
    )
    if st.button(_("Conclude the group"), type="primary", key=state.widget(form, "save")) and act(
        lambda session: clusters.close_group(session, group.id, actor=me, conclusion=said or "", now=clock.now()),
        key=state.key(form),
        notice=_("{reference} is concluded. Its cases go on.", reference=group.reference),
    ):
        dialogs.done()


def _open() -> None:
    me = actor()
    st.caption(_("For cases that come from one thing: a broken seal, a wet lorry, a packer's habit."))
    name = st.text_input(_("What they have in common"), key=state.widget(OPEN, "name"), max_chars=LONGEST_NAME)
    typed = st.text_area(_("Cases"), placeholder="INC-2026-00001, INC-2026-00002", key=state.widget(OPEN, "references"))
    note = st.text_area(_("Note"), key=state.widget(OPEN, "note"), max_chars=LONGEST_TEXT)
    if st.button(_("Open the group"), type="primary", width="stretch", key=state.widget(OPEN, "save")) and act(
        lambda session: (
            clusters.open_group(
                session, actor=me, name=name or "", references=_references(typed), note=note or "", now=clock.now()
            ).reference
        ),
        key=state.key(OPEN),
        notice=lambda reference: _("{reference} stands.", reference=reference),
    ):
        dialogs.done()


def _references(typed: str | None) -> list[str]:
    """References however they are set apart: spaces, commas, lines, Chinese commas."""
    return (typed or "").replace(",", " ").replace("，", " ").replace("、", " ").split()
