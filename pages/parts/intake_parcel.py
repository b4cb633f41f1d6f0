"""Intake: which parcel. A number is looked up; what is not there is entered by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.formats import amount, day, figure
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.insight import decisions
from core.insight.comparison import Channel
from core.parcels import carriers, shipments, shops
from core.parcels.carriers import CarrierRow
from core.parcels.shipments import ShipmentFacts
from core.parcels.shops import ShopRow
from pages.parts import state
from pages.parts.formats import dotted, gray, plain

FORM = "intake"


@dataclass(frozen=True)
class Found:
    """A parcel that is stored."""

    facts: ShipmentFacts

    @property
    def currency(self) -> str:
        """The currency its value is in."""
        return self.facts.value.currency

    @property
    def mark(self) -> str:
        """Something that changes with the parcel, for fields that are filled from it."""
        return str(self.facts.id)

    @property
    def usual_value(self) -> str:
        """The value as the field is filled."""
        return figure(self.facts.value)

    def shipment_id(self, session: Any, me: Actor, worth: Money) -> int:
        """The stored parcel's id."""
        return self.facts.id


@dataclass(frozen=True)
class ByHand:
    """A parcel nobody imported, as far as it was typed. Its worth is what the form says is at risk."""

    shop: ShopRow
    carrier: CarrierRow | None
    order_number: str
    tracking_number: str
    shipped_on: date | None
    mark: str = "hand"
    usual_value: str = ""

    @property
    def currency(self) -> str:
        """The shop's currency."""
        return self.shop.currency

    def shipped_at(self) -> datetime | None:
        """The day of shipping in the shop's zone, as its first moment."""
        return None if self.shipped_on is None else clock.start_of_day(self.shipped_on, self.shop.zone)

    def shipment_id(self, session: Any, me: Actor, worth: Money) -> int:
        """Store it; its id."""
        return shipments.enter_shipment(
            session,
            actor=me,
            shop_id=self.shop.id,
            carrier_id=self.carrier.id if self.carrier else None,
            order_number=self.order_number,
            tracking_number=self.tracking_number,
            shipped_at=self.shipped_at(),
            value=worth,
            now=clock.now(),
        ).id


Parcel = Found | ByHand
"""The parcel the form is about."""


def choose(me: Actor) -> Parcel | None:
    """The number field and what came of it; None until a parcel stands. `?number=` fills it in, once."""
    asked = st.query_params.get("number", "")
    if asked:
        st.session_state[state.widget(FORM, "number")] = asked[:100]
        del st.query_params["number"]
    number = st.text_input(
        _("Tracking or order number"),
        key=state.widget(FORM, "number"),
        icon=":material/barcode_scanner:",
        placeholder=_("Scan, paste or type it, then Enter"),
        max_chars=100,
        persist_state="session",
    )
    if not (number or "").strip():
        return None
    with database.reading() as session:
        hits = shipments.find_shipments(session, number or "", actor=me)
    if not hits:
        return _enter(me, (number or "").strip())
    found = hits[0] if len(hits) == 1 else _one_of(hits)
    if found is None:
        return None
    _card(found, me)
    return Found(found)


def _one_of(hits: list[ShipmentFacts]) -> ShipmentFacts | None:
    by_id = {one.id: one for one in hits}
    chosen = st.radio(
        _n("{n} parcel has this number", "{n} parcels have this number. Which one is it?", len(hits)),
        list(by_id),
        index=None,
        format_func=lambda shipment_id: plain(_name(by_id[shipment_id])),
        captions=[plain(dotted(one.order_number, one.tracking_number, amount(one.value))) for one in hits],
        key=state.widget(FORM, "which"),
    )
    return by_id.get(chosen) if chosen is not None else None


def _name(one: ShipmentFacts) -> str:
    carrier = " ".join(part for part in (one.carrier or _("carrier not known"), one.service) if part)
    return dotted(carrier, f"{one.shop} ({one.market})")


def _card(one: ShipmentFacts, me: Actor) -> None:
    said = dotted(
        _("order {number}", number=plain(one.order_number)),
        plain(one.tracking_number) if one.tracking_number else None,
        _("shipped {day}", day=day(clock.local_day(one.shipped_at, me.zone))) if one.shipped_at else None,
        _n("{n} item", "{n} items", one.items) if one.items else None,
        plain(amount(one.value)),
        plain(one.cancel_reason) if one.cancel_reason else None,
    )
    with database.reading() as session:
        given_up = decisions.dropped(session, _channel(one), actor=me, now=clock.now())
    with st.container(border=True):
        st.markdown(f":green[:material/check_circle:] **{_('Found.')}** {plain(_name(one))}  \n{gray(said)}")
        if given_up is not None:
            st.warning(
                _(
                    "This channel was dropped on {day}: {reason}",
                    day=day(clock.local_day(given_up.at, me.zone), year=True),
                    reason=plain(given_up.reason),
                ),
                icon=":material/block:",
            )


def _channel(one: ShipmentFacts) -> Channel:
    return Channel(one.carrier_id, one.service, one.market)


def _enter(me: Actor, number: str) -> Parcel | None:
    """The parcel by hand: what a claim cannot do without."""
    if not me.may(Permission.SHIPMENT_ENTER):
        st.warning(_("No parcel has this number."), icon=":material/search_off:")
        return None
    with database.reading() as session:
        all_shops = {one.id: one for one in shops.list_shops(session, actor=me, active=True)}
        all_carriers = {one.id: one for one in carriers.list_carriers(session, actor=me, active=True)}
    with st.container(border=True, gap="small"):
        st.markdown(
            f":orange[:material/search_off:] **{_('Not found.')}** {_('Enter the parcel by hand, or import its order file first.')}"
        )
        if not all_shops:
            st.warning(_("There is no shop yet. An admin adds one in Settings."), icon=":material/info:")
            return None
        left, right = st.columns(2)
        shop_id = left.selectbox(
            _("Shop"),
            list(all_shops),
            format_func=lambda key: f"{all_shops[key].name} ({all_shops[key].market})",
            key=state.widget(FORM, "shop"),
        )
        carrier_id = right.selectbox(
            _("Carrier"),
            list(all_carriers),
            index=None,
            placeholder=_("not known"),
            format_func=lambda key: all_carriers[key].name,
            key=state.widget(FORM, "carrier"),
        )
        # The number that was typed stands where it looks like it belongs; both fields can be changed.
        is_order = number[:6].isdigit() and not number.isdigit()
        order = left.text_input(
            _("Order number"), number if is_order else "", key=state.widget(FORM, f"order-{number}"), max_chars=60
        )
        tracking = right.text_input(
            _("Tracking number"), "" if is_order else number, key=state.widget(FORM, f"tracking-{number}"), max_chars=60
        )
        shipped = left.date_input(_("Shipped on"), None, key=state.widget(FORM, "shipped"), format="YYYY-MM-DD")
    carrier = all_carriers.get(carrier_id) if carrier_id is not None else None
    return ByHand(all_shops[shop_id], carrier, order or "", tracking or "", shipped)
