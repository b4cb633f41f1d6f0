"""A page with one line on it: what every other page is measured against. Only the bench's server knows it."""

from __future__ import annotations

import streamlit as st

st.write("Empty")
