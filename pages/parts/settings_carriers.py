"""Settings: carriers and the spellings by which files name them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.parcels import carriers
from core.parcels.carriers import CarrierRow
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.conflict import Clash
from pages.parts.formats import dotted, gray, plain
from pages.parts.formats import line as one_line
from pages.parts.lines import heading, line
from pages.parts.who import actor

ADD, EDIT = "carrier-add", "carrier-edit"


def draw(me: Actor) -> None:
    """The list, and the dialog that is open."""
    may_edit = me.may(Permission.CARRIER_EDIT)
    with database.reading() as session:
        found = carriers.list_carriers(session, actor=me)
    heading(
        _("Carriers"),
        button=_("Add a carrier") if may_edit else "",
        key="carrier-add-open",
        dialog=ADD,
    )
    st.caption(_("Import files name a carrier in many ways. Every spelling listed here means that carrier."))
    if not found:
        st.info(_("No carrier yet. Add the first one, or import an order file: it brings the usual ones."))
    else:
        with st.container(border=True, gap="xsmall"):
            for one in found:
                line(
                    _words(one),
                    button=_("Edit") if may_edit else "",
                    key=f"carrier-{one.id}",
                    args=(EDIT, one.id),
                )
    opened = state.opened()
    if opened and opened.name == ADD:
        dialogs.show(_("Add a carrier"), _add)
    elif opened and opened.name == EDIT:
        dialogs.show(_("Edit a carrier"), lambda: _edit(opened.subject))


def _words(one: CarrierRow) -> str:
    closed = " " + badge(_("Closed"), "gray", "lock") if not one.active else ""
    spellings = one_line(", ".join(one.aliases), 110) if one.aliases else _("no spellings yet")
    return f"**{plain(one.name)}**{closed}  \n{gray(dotted(plain(one.code), spellings))}"


def _add() -> None:
    me = actor()
    name = st.text_input(_("Name"), key=state.widget(ADD, "name"), max_chars=carriers.LONGEST_NAME)
    code = st.text_input(
        _("Code"),
        key=state.widget(ADD, "code"),
        max_chars=40,
        help=_("Short and lasting, like ninja-van. Rule cards name it."),
    )
    website = st.text_input(_("Website (optional)"), key=state.widget(ADD, "website"), placeholder="https://")
    phone = st.text_input(_("Phone (optional)"), key=state.widget(ADD, "phone"))
    if st.button(_("Add"), type="primary", width="stretch", key=state.widget(ADD, "save")) and act(
        lambda session: (
            carriers.add_carrier(
                session, actor=me, code=code, name=name, website=website, phone=phone, now=clock.now()
            ).id
        ),
        key=state.key(ADD),
        notice=_("Carrier added."),
    ):
        dialogs.done()


def _edit(carrier_id: int) -> None:
    me, form = actor(), f"{EDIT}-{carrier_id}"
    with database.reading() as session:
        one = carriers.get_carrier(session, carrier_id, actor=me)
    seen = state.seen(
        form,
        {"name": one.name, "website": one.website, "phone": one.phone, "active": one.active, "aliases": one.aliases},
    )
    typed: dict[str, Any] = {
        "name": st.text_input(_("Name"), seen["name"], key=state.widget(form, "name")),
        "website": st.text_input(_("Website (optional)"), seen["website"] or "", key=state.widget(form, "website"))
        or None,
        "phone": st.text_input(_("Phone (optional)"), seen["phone"] or "", key=state.widget(form, "phone")) or None,
        "active": st.toggle(_("In use"), seen["active"], key=state.widget(form, "active")),
    }
    spellings = st.text_area(
        _("Spellings in files, one a line"), "\n".join(seen["aliases"]), height=160, key=state.widget(form, "aliases")
    )
    clash = Clash(form, {"name": _("Name"), "website": _("Website"), "phone": _("Phone"), "active": _("In use")})
    if st.button(_("Save"), type="primary", width="stretch", key=state.widget(form, "save")):
        known, wanted = clash.settle({name: seen[name] for name in typed}, typed)
        wanted_aliases = [text for text in (spellings or "").splitlines() if text.strip()]

        def write(session: Any) -> int:
            carriers.edit_carrier(session, carrier_id, actor=me, seen=known, typed=wanted, now=clock.now())
            if {carriers.fold(text) for text in wanted_aliases} != set(seen["aliases"]):
                carriers.set_aliases(session, carrier_id, actor=me, aliases=wanted_aliases, now=clock.now())
            return carrier_id

        if act(write, key=state.key(form), notice=_("Saved."), clash=clash):
            dialogs.done()
