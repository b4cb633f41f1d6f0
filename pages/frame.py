"""The frame around every screen: who is looking, in which language, the menu by right, the account, the last net.

It is the server's main script and runs before any page, whatever address was asked for first; a page never runs
without it.
"""

from __future__ import annotations

import streamlit as st

from core.foundation.errors import NotAllowed, Refusal
from core.foundation.language import _
from pages.parts import account_menu, act, brand, menu, trouble, who

st.set_page_config(
    page_title="Recoup",
    page_icon=brand.ICON,
    layout="wide",
    initial_sidebar_state="auto" if who.on_phone() else brand.SIDEBAR_WIDTH,
)
signed_in = who.signed_in()
actor = who.actor_of(signed_in)
st.logo(brand.LOGO, icon_image=brand.ICON)

entries = menu.entries(actor)
page = st.navigation(menu.sections(entries))
with st.sidebar:
    account_menu.draw(signed_in, actor)

try:
    if not menu.permitted(page, entries):
        raise NotAllowed(_("This screen is not for your role. Ask an admin if you need it."))
    with who.asked(signed_in):
        page.run()
except Refusal as refusal:
    act.refused(refusal)
except Exception as error:
    trouble.broken(error, f"page {page.url_path or 'at the start'}")
