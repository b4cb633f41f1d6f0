"""A refusal that names its field is said right under that field's input."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.foundation.errors import Invalid, Refusal
from pages.parts.formats import plain


class Spots:
    """Places under the inputs of a form, each for the field it asks for."""

    def __init__(self) -> None:
        self._places: dict[str, Any] = {}

    def under(self, *fields: str) -> None:
        """Keep a place here, under the input just drawn, for what is wrong with these fields."""
        place = st.empty()
        for field in fields:
            self._places[field] = place

    def say(self, refusal: Refusal) -> bool:
        """Say the refusal at its field; False when it names none that is on the screen."""
        place = self._places.get(refusal.field) if isinstance(refusal, Invalid) and refusal.field else None
        if place is None:
            return False
        place.error(plain(refusal.message), icon=":material/error:")
        return True
