"""The menu: every screen that exists, in its section, shown to those whose role has a use for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission

P = Permission

_PAGES = Path(__file__).parents[1]


@dataclass(frozen=True)
class Screen:
    """One screen: its file, its name, its icon, its section, and the rights of which one is enough to use it."""

    file: str
    title: str
    icon: str
    section: str
    rights: tuple[Permission, ...]
    listed: bool = True


@dataclass(frozen=True)
class Entry:
    """A screen as this person's page of the menu. One that is not permitted keeps its address, to say so there."""

    screen: Screen
    page: StreamlitPage
    permitted: bool


WORK, MEASURE, SET_UP = N_("Work"), N_("Measure"), N_("Set up")

SCREENS: Sequence[Screen] = (
    Screen("today.py", N_("Today"), "today", WORK, (P.INCIDENT_READ,)),
    Screen("intake.py", N_("Intake"), "add_box", WORK, (P.INCIDENT_REGISTER,)),
    Screen("register.py", N_("Register"), "list_alt", WORK, (P.INCIDENT_READ,)),
    Screen("case.py", N_("Case"), "folder_open", WORK, (P.INCIDENT_READ,), listed=False),
    Screen("claims.py", N_("Claims"), "request_quote", WORK, (P.CLAIM_READ,)),
    Screen("disputes.py", N_("Disputes"), "assignment_return", WORK, (P.DISPUTE_READ,)),
    Screen("answer.py", N_("Answer"), "edit_note", WORK, (P.DISPUTE_READ,), listed=False),
    Screen("carriers.py", N_("Carriers"), "local_shipping", MEASURE, (P.CARRIER_READ,)),
    Screen("insights.py", N_("Insights"), "insights", MEASURE, (P.INCIDENT_READ,)),
    Screen("imports.py", N_("Imports"), "upload_file", SET_UP, (P.IMPORT_READ,)),
    Screen("settings.py", N_("Settings"), "settings", SET_UP, (P.PERSON_EDIT, P.POLICY_EDIT, P.RULE_MOVE, P.SHOP_EDIT)),
    Screen("account.py", N_("Account"), "account_circle", SET_UP, (P.ACCOUNT_EDIT,), listed=False),
)
"""In the order of the menu. The first that somebody may use is their start page."""


def permits(screen: Screen, actor: Actor) -> bool:
    """Whether somebody has a use for the screen."""
    return any(actor.may(right) for right in screen.rights)


def entries(actor: Actor) -> list[Entry]:
    """The menu for this person, in their language."""
    there = [screen for screen in SCREENS if (_PAGES / screen.file).is_file()]
    start = next((one for one in there if one.listed and permits(one, actor)), there[-1])
    found: list[Entry] = []
    for screen in there:
        permitted = permits(screen, actor)
        page = st.Page(
            screen.file,
            title=_(screen.title),
            icon=f":material/{screen.icon}:",
            default=screen is start,
            visibility="visible" if screen.listed and permitted else "hidden",
        )
        found.append(Entry(screen, page, permitted))
    return found


def sections(found: Sequence[Entry]) -> dict[str, list[StreamlitPage]]:
    """The menu as `st.navigation` takes it: section in words → its pages."""
    sorted_out: dict[str, list[StreamlitPage]] = {}
    for entry in found:
        sorted_out.setdefault(_(entry.screen.section), []).append(entry.page)
    return sorted_out


def permitted(page: StreamlitPage, found: Sequence[Entry]) -> bool:
    """Whether the page that was asked for is one this person may use."""
    return any(entry.permitted for entry in found if entry.page.url_path == page.url_path)
