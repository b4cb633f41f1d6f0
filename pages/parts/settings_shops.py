"""Settings: shops."""

from __future__ import annotations

import streamlit as st

from core.foundation import clock, database
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.parcels import shops
from core.parcels.markets import market, markets
from core.recovery.redaction import usual_days
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.conflict import Clash
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading, line
from pages.parts.who import actor

ADD, EDIT = "shop-add", "shop-edit"


def draw(me: Actor) -> None:
    """The list, and the dialog that is open."""
    may_edit = me.may(Permission.SHOP_EDIT)
    with database.reading() as session:
        found = shops.list_shops(session, actor=me)
    heading(
        _("Shops"),
        button=_("Add a shop") if may_edit else "",
        icon="add_business",
        key="shop-add-open",
        dialog=ADD,
    )
    if not found:
        st.info(_("No shop yet. Add the first one, or import an order file: it makes its shop."))
    else:
        with st.container(border=True, gap="xsmall"):
            for one in found:
                line(
                    _words(one),
                    button=_("Edit") if may_edit else "",
                    key=f"shop-{one.id}",
                    args=(EDIT, one.id),
                )
    opened = state.opened()
    if opened and opened.name == ADD:
        dialogs.show(_("Add a shop"), _add)
    elif opened and opened.name == EDIT:
        dialogs.show(_("Edit a shop"), lambda: _edit(opened.subject))


def _words(one: shops.ShopRow) -> str:
    marks = badge(one.market, "blue" if one.active else "gray")
    if not one.active:
        marks += " " + badge(_("Closed"), "gray", "lock")
    days = _n("buyers' data {n} day", "buyers' data {n} days", one.redact_days) if one.redact_days else None
    return f"**{plain(one.name)}** {marks}  \n{gray(dotted(plain(one.platform), one.currency, plain(one.zone), days))}"


def _market_name(code: str) -> str:
    return f"{code} · {_(market(code).name)}"


def _add() -> None:
    me = actor()
    name = st.text_input(_("Name"), key=state.widget(ADD, "name"), max_chars=shops.LONGEST_NAME)
    code = st.selectbox(_("Market"), list(markets()), format_func=_market_name, key=state.widget(ADD, "market"))
    st.caption(_("Currency {currency}, time zone {zone}.", currency=market(code).currency, zone=market(code).zone))
    if st.button(_("Add"), type="primary", width="stretch", key=state.widget(ADD, "save")) and act(
        lambda session: shops.add_shop(session, actor=me, name=name, market=code, now=clock.now()).id,
        key=state.key(ADD),
        notice=_("Shop added."),
    ):
        dialogs.done()


def _edit(shop_id: int) -> None:
    me, form = actor(), f"{EDIT}-{shop_id}"
    with database.reading() as session:
        one = shops.get_shop(session, shop_id, actor=me)
    seen = state.seen(form, {"name": one.name, "zone": one.zone, "active": one.active, "redact_days": one.redact_days})
    zones = list(dict.fromkeys([seen["zone"], *(found.zone for found in markets().values())]))
    typed = {
        "name": st.text_input(_("Name"), seen["name"], key=state.widget(form, "name")),
        "zone": st.selectbox(
            _("Time zone"),
            zones,
            key=state.widget(form, "zone"),
            accept_new_options=True,
            help=_("An IANA name, like Asia/Manila."),
        )
        or "",
        "redact_days": st.number_input(
            _("Days after which buyers' data is removed"),
            min_value=1,
            max_value=shops.MOST_DAYS,
            value=seen["redact_days"],
            step=1,
            placeholder=_("as everywhere: {n}", n=usual_days()),
            help=_(
                "Counted from the close of a parcel's last case. Names, words and pictures of the buyer go; numbers and money stay."
            ),
            key=state.widget(form, "redact-days"),
        ),
        "active": st.toggle(_("In use"), seen["active"], key=state.widget(form, "active")),
    }
    st.caption(
        _(
            "Market {market} and currency {currency} stay: parcels were counted in them.",
            market=one.market,
            currency=one.currency,
        )
    )
    clash = Clash(
        form,
        {"name": _("Name"), "zone": _("Time zone"), "active": _("In use"), "redact_days": _("Days of buyers' data")},
    )
    if st.button(_("Save"), type="primary", width="stretch", key=state.widget(form, "save")):
        known, wanted = clash.settle(seen, typed)
        if act(
            lambda session: shops.edit_shop(session, shop_id, actor=me, seen=known, typed=wanted, now=clock.now()).id,
            key=state.key(form),
            notice=_("Saved."),
            clash=clash,
        ):
            dialogs.done()
