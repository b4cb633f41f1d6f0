"""Imports: files of every kind in, with a preview; what came in before; what was refused; taking an import away."""

from __future__ import annotations

import streamlit as st

from core.desk import import_runs
from core.foundation import database
from core.foundation.language import _
from core.foundation.permissions import Permission
from pages.parts import import_offers, import_past, import_upload, state
from pages.parts.act import notices
from pages.parts.who import actor

me = actor()
state.enter("imports")
st.title(_("Imports"), anchor=False)
applying = import_upload.draw(me) if me.may(Permission.IMPORT_RUN) else False
with database.reading() as session:
    waiting = import_runs.count_offers(session, actor=me)
if waiting and me.may(Permission.INCIDENT_REGISTER) and not state.memory().found.get(import_upload.RESULT):
    import_offers.way(waiting, primary=not applying)
import_past.draw(me)
notices()
