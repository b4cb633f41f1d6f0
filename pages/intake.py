"""Intake: something went wrong. Get it in, one in under a minute or many at once."""

from __future__ import annotations

import streamlit as st

from core.foundation.language import _
from core.foundation.permissions import Permission
from pages.parts import intake_many, intake_one, state
from pages.parts.act import notices
from pages.parts.choices import segments
from pages.parts.who import actor

ONE, MANY = "one", "many"

me = actor()
me.require(Permission.INCIDENT_REGISTER)
state.follow()
state.enter("intake")
st.title(_("Intake"), anchor=False)
names = {ONE: _("One parcel"), MANY: _("Many at once")}
mode = segments(
    _("How many"),
    [ONE, MANY],
    key="intake-mode",
    default=MANY if "many" in st.query_params else ONE,
    words=lambda one: names[one],
    hidden=True,
)
if mode == MANY:
    intake_many.draw(me)
else:
    intake_one.draw(me)
notices()
