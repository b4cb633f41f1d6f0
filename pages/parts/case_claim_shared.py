"""What the dialogs of a claim share: the claim they are for, their one button, a day and an hour."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import streamlit as st

from core.desk.story import ClaimRow
from core.foundation import clock
from core.foundation.language import _
from pages.parts import state
from pages.parts.case_view import View


def claim_of(view: View, claim_id: Any) -> ClaimRow | None:
    """The claim a dialog is for: the one named, else the one looked at."""
    named = next((one for one in view.story.claims if one.id == claim_id), None)
    found = named or view.claim
    if found is None:
        st.info(_("This case has no claim yet. Draft one first."))
    return found


def save(words: str, form: str, icon: str = "check") -> bool:
    """The one primary button of a dialog."""
    return st.button(words, type="primary", width="stretch", icon=f":material/{icon}:", key=state.widget(form, "save"))


def day_input(form: str, part: str, words: str, zone: str) -> datetime | None:
    """A day somebody picks, as its last second in `zone`; None while none is picked."""
    found: date | None = st.date_input(words, None, key=state.widget(form, part), format="YYYY-MM-DD")
    return None if found is None else clock.end_of_day(found, zone)


def moment_input(form: str, words: str, hour: str, now: datetime, zone: str) -> datetime:
    """A day and an hour in `zone`, filled with now."""
    local = clock.local(now, zone)
    left, right = st.columns([3, 2])
    on: date = left.date_input(words, local.date(), key=state.widget(form, "day"), format="YYYY-MM-DD")
    at: time = right.time_input(
        hour, local.time().replace(second=0, microsecond=0), key=state.widget(form, "hour"), step=300
    )
    return datetime.combine(on, at, tzinfo=clock.zone_of(zone))
