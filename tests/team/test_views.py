"""Saved views: whose they are, who sees them, and that no stale one breaks a page."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.errors import Conflict, Duplicate, Invalid, NotAllowed, NotFound, TooLarge
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import SavedView, Tag
from core.team import views
from tests.factories import NOW
from tests.people import OUT, acting


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT, "mei")


@pytest.fixture
def lin(session: Session) -> Actor:
    return acting(session, Role.AGENT, "lin")


def saved(session: Session, actor: Actor, name: str = "Late ones", **more: Any) -> views.View:
    values: dict[str, Any] = {"screen": "claims", "query": {"state": "filed", "moment": "late"}}
    return views.save_view(session, actor=actor, name=name, now=NOW, **{**values, **more})


def names(session: Session, actor: Actor, screen: str = "claims") -> list[str]:
    return [one.name for one in views.list_views(session, screen, actor=actor)]


def test_a_view_is_its_owners_alone_until_it_is_shared(session: Session, mei: Actor, lin: Actor) -> None:
    view = saved(session, mei)
    assert names(session, mei) == ["Late ones"]
    assert names(session, lin) == []
    with pytest.raises(NotFound):
        views.get_view(session, view.id, actor=lin, screen="claims")
    views.share_view(session, view.id, actor=mei, shared=True, now=NOW)
    found = views.get_view(session, view.id, actor=lin, screen="claims")
    assert (found.owner, found.mine, found.shared, dict(found.query)) == (
        "Mei",
        False,
        True,
        {"state": "filed", "moment": "late"},
    )
    views.share_view(session, view.id, actor=mei, shared=False, now=NOW)
    assert names(session, lin) == []


def test_somebody_elses_private_view_can_be_neither_changed_nor_deleted_nor_told_from_none(
    session: Session, mei: Actor, lin: Actor
) -> None:
    view = saved(session, mei)
    admin = acting(session, Role.ADMIN, "root")
    for who in (lin, admin):
        with pytest.raises(NotFound, match="not there any more"):
            views.delete_view(session, view.id, actor=who, now=NOW)
        with pytest.raises(NotFound):
            views.rename_view(session, view.id, actor=who, name="Mine", now=NOW)
        with pytest.raises(NotFound):
            views.update_view(session, view.id, actor=who, query={}, version=1, now=NOW)


def test_a_shared_view_is_changed_by_its_owner_alone_and_deleted_by_an_admin_too(
    session: Session, mei: Actor, lin: Actor
) -> None:
    view = saved(session, mei, shared=True)
    with pytest.raises(NotAllowed, match="somebody else's"):
        views.rename_view(session, view.id, actor=lin, name="Ours", now=NOW)
    with pytest.raises(NotAllowed):
        views.share_view(session, view.id, actor=lin, shared=False, now=NOW)
    with pytest.raises(NotAllowed, match="Ask its owner"):
        views.delete_view(session, view.id, actor=lin, now=NOW)
    assert views.delete_view(session, view.id, actor=acting(session, Role.ADMIN, "root"), now=NOW) == "Late ones"
    assert names(session, mei) == []


def test_a_viewer_keeps_views_but_does_not_share_them(session: Session) -> None:
    viewer = acting(session, Role.VIEWER, "eva")
    view = saved(session, viewer)
    with pytest.raises(NotAllowed, match="share views"):
        views.share_view(session, view.id, actor=viewer, shared=True, now=NOW)
    with pytest.raises(NotAllowed, match="share views"):
        saved(session, viewer, "Another", shared=True)
    assert names(session, viewer) == ["Late ones"]


def test_a_name_is_taken_once_by_each_person_on_each_screen_however_it_is_capitalised(
    session: Session, mei: Actor, lin: Actor
) -> None:
    first = saved(session, mei)
    with pytest.raises(Duplicate, match="already have a view"):
        saved(session, mei, "  late   ONES ")
    saved(session, lin)
    saved(session, mei, screen="register", query={"state": "proving"})
    second = saved(session, mei, "Other")
    with pytest.raises(Duplicate):
        views.rename_view(session, second.id, actor=mei, name="late ones", now=NOW)
    assert views.rename_view(session, first.id, actor=mei, name="LATE ones", now=NOW).name == "LATE ones"


@pytest.mark.parametrize("name", ["", "   ", "\x00", "n" * 61])
def test_a_view_without_a_usable_name_is_refused(session: Session, mei: Actor, name: str) -> None:
    with pytest.raises(Invalid, match="name of at most 60"):
        saved(session, mei, name)


@pytest.mark.parametrize(
    ("screen", "query"),
    [("claims", {"page": "3"}), ("claims", {"sort": "newest"}), ("register", {"q": "x" * 401}), ("today", {})],
)
def test_filters_a_screen_does_not_know_are_refused(
    session: Session, mei: Actor, screen: str, query: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        saved(session, mei, screen=screen, query=query)


def test_a_stale_view_gives_what_the_screen_still_knows(session: Session, mei: Actor) -> None:
    view = saved(session, mei)
    stale = {"state": "filed", "gone": "1", "payer": 7, "market": "", "q": "x" * 500, "owner": ["3"]}
    session.execute(update(SavedView).where(SavedView.id == view.id).values(query=stale))
    session.expire_all()
    assert dict(views.get_view(session, view.id, actor=mei, screen="claims").query) == {"state": "filed"}


def test_a_view_moved_meanwhile_is_not_overwritten(session: Session, mei: Actor) -> None:
    view = saved(session, mei)
    again = views.update_view(session, view.id, actor=mei, query={"state": "paid"}, version=view.version, now=NOW)
    assert dict(again.query) == {"state": "paid"}
    with pytest.raises(Conflict, match="changed this view meanwhile"):
        views.update_view(session, view.id, actor=mei, query={}, version=view.version, now=NOW)


def test_pinned_views_stand_first_and_own_before_others(session: Session, mei: Actor, lin: Actor) -> None:
    saved(session, lin, "A of Lin", shared=True)
    saved(session, mei, "B")
    pinned = saved(session, mei, "Z")
    views.pin_view(session, pinned.id, actor=mei, pinned=True, now=NOW)
    assert names(session, mei) == ["Z", "B", "A of Lin"]


def test_a_person_keeps_a_bounded_number_of_views(
    session: Session, mei: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST", 2)
    saved(session, mei, "1")
    saved(session, mei, "2")
    with pytest.raises(TooLarge, match="Delete one first"):
        saved(session, mei, "3")


def test_saving_and_deleting_leave_a_trace_and_recoup_itself_keeps_no_views(session: Session, mei: Actor) -> None:
    view = saved(session, mei)
    views.delete_view(session, view.id, actor=mei, now=NOW)
    tags = session.scalars(
        select(AuditEvent.tag).where(AuditEvent.subject == "view", AuditEvent.subject_id == view.id)
    ).all()
    assert sorted(tags) == [Tag.VIEW_DELETED, Tag.VIEW_SAVED]
    with pytest.raises(NotAllowed, match="Only people"):
        saved(session, SYSTEM)


def test_who_may_nothing_sees_and_saves_nothing(session: Session) -> None:
    with pytest.raises(NotAllowed):
        views.list_views(session, "claims", actor=OUT)
    with pytest.raises(NotAllowed):
        saved(session, OUT)
