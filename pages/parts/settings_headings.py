"""Settings: what headings of files mean. The team says it once, and every file from then on is read by it."""

from __future__ import annotations

from typing import Any, Literal

import pyarrow as pa
import streamlit as st

from core.foundation import clock, database
from core.foundation.formats import moment, number
from core.foundation.language import _, current
from core.foundation.permissions import Actor, Permission
from core.parcels import headings
from core.parcels.headings import AliasRow, KnownHeading
from core.parcels.importers.tables import FieldTable, heading_tables
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading, line
from pages.parts.tables import ROW_HEIGHT
from pages.parts.who import actor

ADD, RETIRE = "heading-add", "heading-retire"
MOST_OWN = 50
TALL = 14 * ROW_HEIGHT
"""Pixels of the list of known headings, which scrolls."""


def draw(me: Actor) -> None:
    """The team's own headings, every heading known, and the dialog that is open.

    The address may name what is to be said: `?part=headings&table=orders&language=vi&heading=…` opens the form with it.
    """
    may_edit = me.may(Permission.HEADING_EDIT)
    asked = st.query_params.get("heading", "")
    if may_edit and asked and st.session_state.get("heading-asked") != asked:
        state.open_dialog(ADD)
    # Asked once: who closes the form is not asked again by the same address.
    st.session_state["heading-asked"] = asked
    with database.reading() as session:
        own = headings.list_aliases(session, actor=me)
    heading(
        _("Headings"),
        button=_("Say what a heading means") if may_edit else "",
        key="heading-add-open",
        dialog=ADD,
    )
    st.caption(
        _(
            "Files are read by the headings of their columns. A heading Recoup does not know is kept with its row and reported;"
            " say here what it means, and the next file is read by it."
        )
    )
    if own:
        with st.container(border=True, gap="xsmall"):
            for one in own[:MOST_OWN]:
                line(
                    _words(one, me.zone),
                    button=_("Take back") if may_edit else "",
                    key=f"heading-{one.id}",
                    args=(RETIRE, one.id),
                )
    else:
        st.info(_("The team has added no heading yet. Recoup comes with those below."))
    _known(me)
    opened = state.opened()
    if opened and opened.name == ADD:
        dialogs.show(_("Say what a heading means"), _add)
    elif opened and opened.name == RETIRE:
        dialogs.show(_("Take a heading back"), lambda: _retire(opened.subject))


def _words(one: AliasRow, zone: str) -> str:
    table = heading_tables().tables.get(one.table)
    meaning = field_name(table, one.field) if table else one.field
    said = dotted(
        _files(one.table),
        _language(one.language),
        one.added_by,
        moment(one.added_at, zone),
    )
    return f"**{plain(one.heading)}** → {plain(meaning)}  \n{gray(plain(said))}"


def field_name(table: FieldTable, field: str) -> str:
    """A field as the reader knows it: by its heading in files of the reader's language."""
    said = table.words(field, "zh-Hans" if current() == "zh-CN" else "en")
    return said[:1].upper() + said[1:]


def _files(table: str) -> str:
    return _(headings.TABLE_LABELS[table]) if table in headings.TABLE_LABELS else table


def _language(code: str) -> str:
    return _(headings.LANGUAGE_LABELS[code]) if code in headings.LANGUAGE_LABELS else code


def _known(me: Actor) -> None:
    """Every heading of one kind of file, to look one up."""
    st.subheader(_("Known headings"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        chosen = st.selectbox(_("Files"), list(headings.TABLE_LABELS), format_func=_files, key="headings-table")
        sought = st.text_input(_("Search"), key="headings-search", placeholder=_("A heading, or what it means"))
    with database.reading() as session:
        found = headings.known_headings(session, chosen, actor=me)
    table = heading_tables().tables[chosen]
    shown = [one for one in found if _fits(one, table, (sought or "").casefold().strip())]
    if not shown:
        st.info(_("No known heading of these files has that in it."))
        return
    st.caption(_("{n} headings", n=number(len(shown))))
    columns = {
        _("Heading"): [one.heading for one in shown],
        _("Means"): [field_name(table, one.field) for one in shown],
        _("Language"): [_language(one.language) for one in shown],
        _("Whose"): [_("the team's own") if one.own_id else _("Recoup's") for one in shown],
    }
    height: int | Literal["content"] = TALL if len(shown) > TALL // ROW_HEIGHT else "content"
    st.dataframe(pa.table(columns), hide_index=True, height=height, row_height=ROW_HEIGHT, alt=_("Known headings"))


def _fits(one: KnownHeading, table: FieldTable, sought: str) -> bool:
    return not sought or sought in one.heading.casefold() or sought in field_name(table, one.field).casefold()


def _add() -> None:
    me, params = actor(), st.query_params
    tables = heading_tables()
    kinds, languages = list(headings.TABLE_LABELS), list(headings.LANGUAGE_LABELS)
    table = tables.tables[
        st.selectbox(
            _("Files"),
            kinds,
            index=_place(kinds, params.get("table")),
            format_func=_files,
            key=state.widget(ADD, "table"),
        )
    ]
    written = st.text_input(
        _("Heading"),
        params.get("heading", "")[: headings.LONGEST_HEADING],
        key=state.widget(ADD, "heading"),
        max_chars=headings.LONGEST_HEADING,
        help=_("As it stands in the file. A name that comes a second time is written with its number: Cidade #2."),
    )
    language = st.selectbox(
        _("Language of the file's headings"),
        languages,
        index=_place(languages, params.get("language")),
        format_func=_language,
        key=state.widget(ADD, "language"),
        accept_new_options=True,
        help=_("A language that is not in the list is added by its code, such as ms."),
    )
    field = st.selectbox(
        _("Means"),
        list(table.fields),
        index=None,
        format_func=lambda one: field_name(table, one),
        key=state.widget(ADD, f"field-{table.name}"),
        placeholder=_("Choose what it means"),
    )
    if st.button(_("Save"), type="primary", width="stretch", key=state.widget(ADD, "save")):

        def write(session: Any) -> int:
            made = headings.add_alias(
                session,
                actor=me,
                table=table.name,
                language=language or "",
                heading=written,
                field=field or "",
                now=clock.now(),
            )
            return made.id

        if act(write, key=state.key(ADD), notice=_("Saved. The next file is read by it.")):
            for name in ("heading", "table", "language"):
                params.pop(name, None)
            dialogs.done()


def _place(options: list[str], wanted: str | None) -> int:
    return options.index(wanted) if wanted in options else 0


def _retire(alias_id: int) -> None:
    me = actor()
    with database.reading() as session:
        one = next((row for row in headings.list_aliases(session, actor=me) if row.id == alias_id), None)
    if one is None:
        st.info(_("It was taken back already."))
        return
    st.markdown(_words(one, me.zone))
    st.markdown(_("From the next file on nobody knows this heading. What was imported by it stays as it is."))
    if st.button(_("Take back"), type="primary", width="stretch", key=state.widget(RETIRE, "save")) and act(
        lambda session: headings.retire_alias(session, alias_id, actor=me, now=clock.now()).id,
        key=state.key(RETIRE),
        notice=_("Taken back."),
    ):
        dialogs.done()
