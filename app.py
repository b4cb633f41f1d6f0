"""The server: Streamlit's own, with the gate in front of it and a few routes beside it. No screen, no rule.

Start it with `make run`, or `streamlit run app.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from core.web import routes
from core.web.lifespan import running
from pages.parts.trouble import on_script_error

HEAVY = ("pandas", "pyarrow", "streamlit.elements.arrow", "streamlit.elements.vega_charts")
"""What Streamlit would import in the middle of somebody's first click."""


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, object]]:
    """Before the first answer: the database up and migrated, everything heavy imported and frozen."""
    async with running(HEAVY):
        yield {}


app = st.App(
    "pages/frame.py",
    lifespan=lifespan,
    routes=routes.routes(),
    middleware=routes.layers(),
    on_script_error=on_script_error,
)
