from __future__ import annotations

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.foundation import database
from core.foundation.permissions import Role
from core.models import Shop
from tests.pages.conftest import Screens, run


def _script() -> None:
    """Two clicks of one hand: the second comes with the key of the form as it was drawn for the first."""
    import streamlit as st

    from core.foundation import clock
    from core.parcels import shops
    from pages.parts import state
    from pages.parts.act import act, notices
    from pages.parts.who import actor

    me, key, said = actor(), state.key("shop"), []
    for _click in range(2):
        done = act(
            lambda session: shops.add_shop(session, actor=me, name="Lion", market="SG", now=clock.now()).id,
            key=key,
            notice="Added.",
        )
        said.append(f"{done.result} {done.first}" if done else "refused")
    st.text("; ".join(said))
    st.text(str(state.key("shop") != key))
    st.text(str(state.form("shop").number))
    notices()


def _broken() -> None:
    from core.foundation import clock
    from core.parcels import shops
    from pages.parts import state
    from pages.parts.act import act
    from pages.parts.who import actor

    me = actor()

    def write(session):  # type: ignore[no-untyped-def]
        shops.add_shop(session, actor=me, name="Lion", market="SG", now=clock.now())
        return 1 // 0

    act(write, key=state.key("shop"))


def shops_there() -> int:
    with database.reading() as session:
        return len(session.scalars(select(Shop)).all())


def test_two_clicks_write_once_and_the_second_sees_the_first(screens: Screens) -> None:
    screens.sign_in(Role.ADMIN)
    page = run(AppTest.from_function(_script))
    results, renewed, number = (text.value for text in page.text)
    first, second = results.split("; ")
    assert first.split()[0] == second.split()[0]
    assert (first.split()[1], second.split()[1]) == ("True", "False")
    assert (renewed, number) == ("True", "2"), "the late click renews nothing once more"
    assert shops_there() == 1
    assert len(page.toast) == 1


def test_a_bug_shows_a_number_and_nothing_is_written(screens: Screens) -> None:
    screens.sign_in(Role.ADMIN)
    page = run(AppTest.from_function(_broken))
    assert "division" not in page.error[0].value
    assert shops_there() == 0


def test_a_refusal_is_said_where_it_happened(screens: Screens) -> None:
    screens.sign_in(Role.VIEWER)
    page = run(AppTest.from_function(_script))
    assert len(page.error) == 2
    assert page.text[0].value == "refused; refused"
    assert shops_there() == 0
