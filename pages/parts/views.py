"""Saved views beside a list's filters: choose one, keep the filters as one, change, share and delete it.

A page gives its `Address` the field `saved` and this module's `preset`; a link that names only a view opens with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.errors import Refusal
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.team import views
from core.team.views import View
from pages.parts import badges, state
from pages.parts.act import act
from pages.parts.address import SAVED, Address
from pages.parts.formats import gray, line, plain

NOT_KEPT = (SAVED, "page")
"""What of an address is no part of a view."""


def preset(screen: str, me: Actor) -> Callable[[int], Mapping[str, str]]:
    """For `Address`: the codes of a view that a link names; none where it is gone or not shared."""

    def codes(view_id: int) -> Mapping[str, str]:
        try:
            with database.reading() as session:
                return views.get_view(session, view_id, actor=me, screen=screen).query
        except Refusal:
            return {}

    return codes


def draw(filters: Address, me: Actor) -> None:
    """The popover, and beside it the name of the view that is looked at, marked where the filters differ from it."""
    if state.memory().found.pop(_key(filters), False):
        # A widget's value can only be set before it is drawn.
        st.session_state[_key(filters)] = False
    place = st.popover(_("Views"), icon=":material/bookmarks:", key=_key(filters), on_change="rerun")
    saved = filters.value(SAVED)
    if not place.open and saved is None:
        return
    with database.reading() as session:
        found = views.list_views(session, filters.page, actor=me)
    active = next((one for one in found if one.id == saved), None)
    if active is None and saved is not None:
        # Deleted, or no longer shared: its filters stay, its name does not.
        filters.put(SAVED, None)
    changed = active is not None and filters.codes(*NOT_KEPT) != filters.known(active.query, *NOT_KEPT)
    if active is not None:
        mark = badges.badge(_("changed"), "orange", "edit") if changed else ""
        st.markdown(f":material/bookmark: **{line(active.name, 40)}** {mark}".rstrip(), width="content")
    if place.open:
        with place:
            _inside(filters, found, active, changed, me)


def _inside(filters: Address, found: list[View], active: View | None, changed: bool, me: Actor) -> None:
    if not found:
        st.caption(_("No view is saved here yet. Set the filters, then keep them under a name."))
    for view in found:
        _choice(filters, view, view is active)
    if active is not None:
        _about(filters, active, changed, me)
    _save(filters, me)


def _choice(filters: Address, view: View, here: bool) -> None:
    icon = "check" if here else "push_pin" if view.pinned else "group" if view.shared else "bookmark"
    words = plain(view.name) if view.mine else f"{plain(view.name)} {gray(line(view.owner, 24))}"
    st.button(
        words,
        icon=f":material/{icon}:",
        key=f"{filters.page}-view-{view.id}",
        type="tertiary",
        on_click=_look,
        args=(filters, view),
    )


def _look(filters: Address, view: View) -> None:
    """Show a view: its filters and nothing else."""
    filters.apply({**view.query, SAVED: str(view.id)})
    st.session_state[_key(filters)] = False


def _about(filters: Address, view: View, changed: bool, me: Actor) -> None:
    """What can be done with the view that is looked at."""
    st.markdown(f"**{plain(view.name)}**")
    if dict(view.query) != filters.known(view.query):
        st.caption(_("Some of what this view asks for is not there any more and was left out."))
    if changed:
        st.button(_("Back to the saved view"), icon=":material/undo:", on_click=_look, args=(filters, view))
    if view.shared:
        st.caption(_("Shared with the team by {name}. The link:", name=view.owner))
        st.code(f"{(st.context.url or '').split('?')[0]}?{SAVED}={view.id}", language=None, wrap_lines=True)
    if view.mine:
        _own(filters, view, changed, me)
    if view.mine or me.may(Permission.PERSON_EDIT):
        _delete(filters, view, me)


def _own(filters: Address, view: View, changed: bool, me: Actor) -> None:
    query, now = filters.codes(*NOT_KEPT), clock.now
    if changed and _pressed(filters, "update", view, _("Save the changes"), "save"):
        _write(
            filters,
            f"update-{view.id}",
            lambda session: views.update_view(session, view.id, actor=me, query=query, version=view.version, now=now()),
            _("View saved."),
        )
    if me.may(Permission.VIEW_SHARE):
        words, icon = (_("Keep it to myself"), "lock") if view.shared else (_("Share with the team"), "group")
        if _pressed(filters, "share", view, words, icon):
            _write(
                filters,
                f"share-{view.id}",
                lambda session: views.share_view(session, view.id, actor=me, shared=not view.shared, now=now()),
                _("Shared with the team.") if not view.shared else _("Only you see it now."),
            )
    words = _("Let it stand with the others") if view.pinned else _("Let it stand first")
    if _pressed(filters, "pin", view, words, "push_pin"):
        _write(
            filters,
            f"pin-{view.id}",
            lambda session: views.pin_view(session, view.id, actor=me, pinned=not view.pinned, now=now()),
            _("View saved."),
        )
    form = f"view-name-{filters.page}-{view.id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.text_input(_("Name"), value=view.name, key=state.widget(form, "name"), max_chars=views.LONGEST_NAME)
        pressed = st.button(_("Rename"), key=state.widget(form, "save"))
    if pressed:
        _write(
            filters,
            f"name-{view.id}",
            lambda session: views.rename_view(session, view.id, actor=me, name=name or "", now=now()),
            _("View renamed."),
        )


def _delete(filters: Address, view: View, me: Actor) -> None:
    """Two steps: a shared view is others' too."""
    form = f"view-delete-{filters.page}-{view.id}"
    words = _("Delete it for the whole team") if view.shared else _("Delete this view")
    sure = st.checkbox(words, key=state.widget(form, "sure"))
    if sure and st.button(_("Delete"), icon=":material/delete:", key=state.widget(form, "save")):
        _write(
            filters,
            f"delete-{view.id}",
            lambda session: views.delete_view(session, view.id, actor=me, now=clock.now()),
            _("View deleted."),
            lambda _result: None,
        )


def _save(filters: Address, me: Actor) -> None:
    """Keep the filters as they stand under a new name."""
    form = f"view-new-{filters.page}"
    name = st.text_input(
        _("Keep these filters as"),
        key=state.widget(form, "name"),
        max_chars=views.LONGEST_NAME,
        placeholder=_("Name of the view"),
    )
    shared = me.may(Permission.VIEW_SHARE) and st.checkbox(_("Share with the team"), key=state.widget(form, "shared"))
    if st.button(_("Save view"), icon=":material/bookmark_add:", width="stretch", key=state.widget(form, "save")):
        query = filters.codes(*NOT_KEPT)

        def write(session: Any) -> Any:
            return views.save_view(
                session,
                actor=me,
                screen=filters.page,
                name=name or "",
                query=query,
                shared=bool(shared),
                now=clock.now(),
            )

        _write(filters, form, write, _("View saved."), lambda result: result, named=True)


def _pressed(filters: Address, what: str, view: View, words: str, icon: str) -> bool:
    form = f"{what}-{view.id}"
    return st.button(words, icon=f":material/{icon}:", key=state.widget(form, f"{filters.page}-save"), type="tertiary")


def _write(
    filters: Address,
    form: str,
    write: Callable[[Any], Any],
    notice: str,
    then: Callable[[Any], int | None] | None = None,
    *,
    named: bool = False,
) -> None:
    """One write under the form's key; `then` says which view is looked at after it, the same one where it is None."""

    def plainly(session: Any) -> Any:
        done = write(session)
        return done.id if isinstance(done, View) else done

    done = act(plainly, key=state.key(form), notice=notice)
    if done is None:
        return
    if then is not None:
        filters.put(SAVED, then(done.result))
    if named:
        state.memory().found[_key(filters)] = True
    st.rerun()


def _key(filters: Address) -> str:
    return f"{filters.page}-views"
