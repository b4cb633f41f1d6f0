"""Settings: people, shops, carriers, rules, claim forms, messages, calendars, policy, authority, exchange rates, headings of files."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from pages.parts import (
    settings_authority,
    settings_calendars,
    settings_carriers,
    settings_headings,
    settings_messages,
    settings_people,
    settings_platform_rules,
    settings_policy,
    settings_rates,
    settings_rules,
    settings_shops,
    settings_templates,
    state,
)
from pages.parts.act import notices
from pages.parts.choices import segments
from pages.parts.who import actor

SECTIONS: dict[str, tuple[str, Permission, Callable[[Actor], None]]] = {
    "people": (N_("People"), Permission.PERSON_READ, settings_people.draw),
    "shops": (N_("Shops"), Permission.SHOP_READ, settings_shops.draw),
    "carriers": (N_("Carriers"), Permission.CARRIER_READ, settings_carriers.draw),
    "rules": (N_("Rule cards"), Permission.RULE_READ, settings_rules.draw),
    "platform": (N_("Platform rules"), Permission.PLATFORM_RULE_READ, settings_platform_rules.draw),
    "forms": (N_("Claim forms"), Permission.TEMPLATE_READ, settings_templates.draw),
    "messages": (N_("Messages"), Permission.MESSAGE_READ, settings_messages.draw),
    "calendars": (N_("Calendars"), Permission.CALENDAR_READ, settings_calendars.draw),
    "policy": (N_("Value policy"), Permission.POLICY_READ, settings_policy.draw),
    "authority": (N_("Authority"), Permission.REMEDY_READ, settings_authority.draw),
    "rates": (N_("Exchange rates"), Permission.POLICY_READ, settings_rates.draw),
    "headings": (N_("Headings"), Permission.IMPORT_READ, settings_headings.draw),
}

me = actor()
state.enter("settings")
offered = [name for name, (_words, right, _draw) in SECTIONS.items() if me.may(right)]
st.title(_("Settings"), anchor=False)
asked = st.query_params.get("part")
part = segments(
    _("Part"),
    offered,
    key="settings-part",
    default=asked if asked in offered else next(iter(offered), None),
    words=lambda name: _(SECTIONS[name][0]),
    hidden=True,
)
if part:
    if part != asked:
        st.query_params["part"] = part
    SECTIONS[part][2](me)
notices()
