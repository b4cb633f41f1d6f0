"""Saved views: the filters of a screen under a name, one's own, or shared with the team.

A view holds codes as they stand in the screen's address. Which names a screen knows stands in `SCREENS`: what an older or a
newer Recoup wrote beyond them is left out when a view is read, so that no view ever breaks a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import Conflict, Duplicate, Invalid, NotAllowed, NotFound, TooLarge
from core.foundation.formats import apart, listed
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import storable
from core.models import Person, SavedView, Tag

P = Permission

SCREENS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "claims": frozenset(
            [
                "q",
                "state",
                "payer",
                "by",
                "carrier",
                "shop",
                "market",
                "owner",
                "moment",
                "raised",
                "denial",
                "channel",
                "least",
                "most",
                "day",
                "view",
            ]
        ),
        "disputes": frozenset(
            [
                "q",
                "group",
                "within",
                "reason",
                "state",
                "kind",
                "solution",
                "shop",
                "market",
                "carrier",
                "owner",
                "written",
                "mark",
            ]
        ),
        "register": frozenset(
            [
                "q",
                "state",
                "type",
                "stage",
                "carrier",
                "shop",
                "market",
                "tier",
                "owner",
                "result",
                "since",
                "until",
                "cause",
                "service",
                "product",
                "band",
                "shipped",
                "shipped_until",
                "told",
                "sort",
            ],
        ),
        "insights": frozenset(
            [
                "measure",
                "rows",
                "columns",
                "look",
                "by",
                "days",
                "since",
                "until",
                "type",
                "stage",
                "state",
                "cause",
                "tier",
                "result",
                "owner",
                "carrier",
                "service",
                "shop",
                "market",
                "product",
                "band",
            ],
        ),
    }
)
"""What each screen lets a view hold: names of filters in its address. The page's number is none."""

LONGEST_NAME = 60
LONGEST_CODE = 400
MOST = 100
"""Views a person keeps on one screen."""


@dataclass(frozen=True)
class View:
    """One view as its reader sees it. `query` has only names the screen knows; `mine` says whether the reader owns it."""

    id: int
    screen: str
    name: str
    query: Mapping[str, str]
    owner: str
    mine: bool
    shared: bool
    pinned: bool
    version: int


@read(P.VIEW_SAVE)
def list_views(session: Session, screen: str, *, actor: Actor) -> list[View]:
    """The actor's own views and those shared with the team: pinned ones first, own before others', by name."""
    rows = session.execute(
        _visible(actor)
        .where(SavedView.screen == screen)
        .order_by(
            SavedView.pinned.desc(),
            (SavedView.owner_id == actor.person_id).desc(),
            func.lower(SavedView.name),
            SavedView.id,
        )
    ).all()
    return [_view(row, owner, actor) for row, owner in rows]


@read(P.VIEW_SAVE)
def get_view(session: Session, view_id: int, *, actor: Actor, screen: str) -> View:
    """One view of a screen. Raises `NotFound`, also for another person's own."""
    found = session.execute(_visible(actor).where(SavedView.id == view_id, SavedView.screen == screen)).one_or_none()
    if found is None:
        raise _none()
    return _view(found[0], found[1], actor)


@dataclass(frozen=True)
class Shared:
    """A shared view as a report needs it: with its owner's time zone and language (None: not chosen)."""

    view: View
    zone: str | None
    language: str | None


@read(P.VIEW_SAVE)
def shared_view(session: Session, screen: str, name: str, *, actor: Actor, owner: str = "") -> Shared:
    """The one view of that name that is shared with the team, however the name is capitalised.

    Raises `NotFound`, naming those there are, and `Invalid` where several people share one of that name: `owner` is the username
    of the one that is meant.
    """
    rows = session.execute(
        select(SavedView, Person)
        .join(Person, Person.id == SavedView.owner_id)
        .where(SavedView.screen == screen, SavedView.shared)
        .order_by(func.lower(SavedView.name), SavedView.id)
    ).all()
    wanted = " ".join(storable(name).split()).lower()
    found = [(view, one) for view, one in rows if view.name.lower() == wanted and owner in ("", one.username)]
    if not found:
        # Names may hold commas.
        known = apart(sorted({view.name for view, _owner in rows})) or _("none yet")
        raise NotFound(_("No view named “{name}” is shared. There are: {known}.", name=name, known=known))
    if len(found) > 1:
        owners = listed(one.username for _view, one in found)
        raise Invalid(_("Several people share a view of this name: {owners}. Say whose.", owners=owners), "owner")
    view, whose = found[0]
    return Shared(_view(view, whose.name, actor), whose.zone, whose.language)


@verb(P.VIEW_SAVE)
def save_view(
    session: Session,
    *,
    actor: Actor,
    screen: str,
    name: str,
    query: Mapping[str, str],
    shared: bool = False,
    now: datetime,
) -> View:
    """Keep the filters of a screen under a name; `shared` asks for the right to share as well.

    Raises `Invalid` for a filter the screen does not know or a name too long, `Duplicate` for a name already taken.
    """
    if actor.person_id is None:
        raise NotAllowed(_("Only people keep views."))
    if shared:
        actor.require(P.VIEW_SHARE)
    held = session.scalar(
        select(func.count())
        .select_from(SavedView)
        .where(SavedView.owner_id == actor.person_id, SavedView.screen == screen)
    )
    if (held or 0) >= MOST:
        raise TooLarge(_("You keep {n} views of this screen. Delete one first.", n=MOST))
    view = SavedView(
        screen=screen,
        name=_name(name),
        query=_checked(screen, query),
        owner_id=actor.person_id,
        shared=shared,
        created_at=now,
        updated_at=now,
    )
    _keep(session, view)
    _record(session, Tag.VIEW_SAVED, view, actor, now, {})
    return _view(view, actor.name, actor)


@verb(P.VIEW_SAVE)
def update_view(
    session: Session, view_id: int, *, actor: Actor, query: Mapping[str, str], version: int, now: datetime
) -> View:
    """Put other filters under a view's name. Its owner only; `version` is the one that was seen. Raises `Conflict`."""
    view = _own(session, view_id, actor)
    if view.version != version:
        raise Conflict(_("Somebody changed this view meanwhile. Look at it again, then save."))
    before = {"query": dict(view.query)}
    view.query, view.updated_at = _checked(view.screen, query), now
    session.flush()
    _record(session, Tag.VIEW_SAVED, view, actor, now, before)
    return _view(view, actor.name, actor)


@verb(P.VIEW_SAVE)
def rename_view(session: Session, view_id: int, *, actor: Actor, name: str, now: datetime) -> View:
    """Give a view another name. Its owner only. Raises `Duplicate` for a name already taken."""
    view = _own(session, view_id, actor)
    before = {"name": view.name}
    clean = _name(name)
    _keep(session, view, name=clean, updated_at=now)
    _record(session, Tag.VIEW_SAVED, view, actor, now, before)
    return _view(view, actor.name, actor)


@verb(P.VIEW_SAVE)
def pin_view(session: Session, view_id: int, *, actor: Actor, pinned: bool, now: datetime) -> View:
    """Have a view stand first, or no longer. Its owner only."""
    view = _own(session, view_id, actor)
    view.pinned, view.updated_at = pinned, now
    session.flush()
    return _view(view, actor.name, actor)


@verb(P.VIEW_SHARE)
def share_view(session: Session, view_id: int, *, actor: Actor, shared: bool, now: datetime) -> View:
    """Show a view to the whole team, or to its owner alone again. Its owner only."""
    view = _own(session, view_id, actor)
    before = {"shared": view.shared}
    view.shared, view.updated_at = shared, now
    session.flush()
    _record(session, Tag.VIEW_SAVED, view, actor, now, before)
    return _view(view, actor.name, actor)


@verb(P.VIEW_SAVE)
def delete_view(session: Session, view_id: int, *, actor: Actor, now: datetime) -> str:
    """Delete a view: its owner, or an admin one that is shared. Gives its name."""
    view = _seen(session, view_id, actor)
    if view.owner_id != actor.person_id and not actor.may(P.PERSON_EDIT):
        raise NotAllowed(_("This view is somebody else's. Ask its owner, or an admin."))
    name = view.name
    _record(session, Tag.VIEW_DELETED, view, actor, now, {"query": dict(view.query), "shared": view.shared})
    session.delete(view)
    session.flush()
    return name


def cleaned(screen: str, query: Mapping[str, Any]) -> dict[str, str]:
    """What of a stored query the screen knows today; anything else is left out (inner)."""
    known = SCREENS.get(screen, frozenset())
    return {
        name: code
        for name, code in query.items()
        if name in known and isinstance(code, str) and 0 < len(code) <= LONGEST_CODE
    }


def _checked(screen: str, query: Mapping[str, str]) -> dict[str, str]:
    if screen not in SCREENS:
        raise Invalid(_("This screen keeps no views."), "screen")
    held = {name: storable(str(code)) for name, code in query.items() if storable(str(code))}
    if set(held) - SCREENS[screen] or any(len(code) > LONGEST_CODE for code in held.values()):
        raise Invalid(_("These filters cannot be kept as a view."), "query")
    return held


def _name(name: str) -> str:
    clean = " ".join(storable(name).split())
    if not clean or len(clean) > LONGEST_NAME:
        raise Invalid(_("Give the view a name of at most {n} characters.", n=LONGEST_NAME), "name")
    return clean


def _visible(actor: Actor) -> Any:
    return (
        select(SavedView, Person.name)
        .join(Person, Person.id == SavedView.owner_id)
        .where(or_(SavedView.shared, SavedView.owner_id == actor.person_id))
    )


def _seen(session: Session, view_id: int, actor: Actor) -> SavedView:
    """The view, locked. One that the actor does not see is not there."""
    view = session.get(SavedView, view_id, with_for_update=True, populate_existing=True)
    if view is None or not (view.shared or view.owner_id == actor.person_id):
        raise _none()
    return view


def _own(session: Session, view_id: int, actor: Actor) -> SavedView:
    view = _seen(session, view_id, actor)
    if view.owner_id != actor.person_id:
        raise NotAllowed(_("This view is somebody else's. Save it as your own to change it."))
    return view


def _keep(session: Session, view: SavedView, **values: Any) -> None:
    """Write it; the database says whether the name is taken, so that two at once cannot both have it."""
    try:
        with session.begin_nested():
            for name, value in values.items():
                setattr(view, name, value)
            session.add(view)
            session.flush()
    except IntegrityError as error:
        if "uq_saved_view_name" not in str(error.orig):
            raise
        raise Duplicate(_("You already have a view of this name here. Choose another.")) from error


def _record(
    session: Session, tag: Tag, view: SavedView, actor: Actor, now: datetime, before: Mapping[str, Any]
) -> None:
    after = {"name": view.name, "screen": view.screen, "query": dict(view.query), "shared": view.shared}
    audit.record(
        session,
        tag,
        actor=actor,
        now=now,
        subject=("view", view.id),
        before=before,
        after=after if tag is Tag.VIEW_SAVED else {"name": view.name, "screen": view.screen},
    )


def _view(row: SavedView, owner: str, actor: Actor) -> View:
    query = MappingProxyType(cleaned(row.screen, row.query))
    mine = row.owner_id == actor.person_id
    return View(row.id, row.screen, row.name, query, owner, mine, row.shared, row.pinned, row.version)


def _none() -> NotFound:
    return NotFound(_("This view is not there any more, or is not shared with you."))
