"""Compensation found in the platform's files: what it may pay, what waits and for what, what was matched."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.desk.register import Choices
from core.foundation import clock, database, formats
from core.foundation.formats import day
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.recovery import settlements
from core.recovery.settlements import GROUP_LABELS, OF_MATCHES, PAGE, Group, MatchRow, Overview, Wanted
from pages.parts import filters as parts
from pages.parts import settlements_dialogs, settlements_rows, state
from pages.parts.act import act
from pages.parts.address import Address
from pages.parts.formats import chosen, plain, rounded
from pages.parts.settlements_rows import REFUSED


def draw(filters: Address, choices: Choices, me: Actor, *, phone: bool) -> None:
    """The groups with their counts, and a page of the one that is looked at."""
    group = Group(filters.value("money"))
    shops = filters.value("shop")
    wanted = Wanted(group, filters.value("q") or "", int(shops[0]) if len(shops) == 1 else None)
    with database.reading() as session:
        found = settlements.overview(session, actor=me, now=clock.now())
    _figures(found, phone=phone)
    _controls(filters, found, choices, phone=phone)
    _refused()
    if group in OF_MATCHES:
        _matches(filters, wanted, found, me, phone=phone)
    else:
        _lines(filters, wanted, found, me, phone=phone)


def _figures(found: Overview, *, phone: bool) -> None:
    """What could be booked now, and what is granted and in no file yet: not missing, the files do not reach further."""
    reach = day(found.reach, year=True) if found.reach else formats.NOTHING
    tiles = [(_("To accept"), _sum(found.suggested)), (_("Granted, in no file yet"), _sum(found.awaited_sum))]
    if not phone:
        tiles.append((_("Files reach to"), reach))
    for place, (label, value) in zip(st.columns(len(tiles)), tiles, strict=True):
        place.metric(label, value, border=True)
    said = []
    if found.awaited:
        said.append(
            _n(
                "{n} granted claim has no line in any file. It is not missing: the files tell money up to {day}.",
                "{n} granted claims have no line in any file. They are not missing: the files tell money up to {day}.",
                found.awaited,
                day=reach,
            )
        )
    if found.rates_on is not None:
        said.append(_("Sums at the rates of {day}.", day=day(found.rates_on, year=True)))
    if said:
        st.caption(plain(" ".join(said)))


def _sum(money: Money | None) -> str:
    """A sum in the base currency; without its decimals, as tiles show it."""
    return formats.NOTHING if money is None else rounded(money.amount, money.currency)


def _controls(filters: Address, found: Overview, choices: Choices, *, phone: bool) -> None:
    words = {one.value: f"{_(GROUP_LABELS[one])} {formats.number(found.counts[one])}" for one in Group}
    picked = filters.value("money")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.search(filters, _("Order, tracking, claim or case number"), phone=phone)
        if len(choices.shops) > 1:
            parts.rare(filters, ("shop",), lambda: _shops(filters, choices))
        st.pills(
            _("Which"),
            list(words),
            key=filters.key("money"),
            required=True,
            format_func=lambda code: chosen(words[code], code == picked),
            label_visibility="collapsed",
        )


def _shops(filters: Address, choices: Choices) -> None:
    parts.named(filters, "shop", _("Shop"), choices.shops)


def _refused() -> None:
    """Those of the last batch that were refused, each with its reason, until something else is done."""
    for said in state.memory().found.get(REFUSED, ()):
        st.warning(plain(said), icon=":material/block:")


def _matches(filters: Address, wanted: Wanted, found: Overview, me: Actor, *, phone: bool) -> None:
    with database.reading() as session:
        rows, total = settlements.list_matches(session, wanted, actor=me, page=_page(filters, found, wanted))
    if not rows:
        _empty(wanted, found)
        return
    if wanted.group is Group.SUGGESTED:
        _accept_all(rows, me, phone=phone)
    for row in rows:
        settlements_rows.match(row, me, phone=phone)
    _foot(filters, total)


def _accept_all(rows: Sequence[MatchRow], me: Actor, *, phone: bool) -> None:
    sure = [row.id for row in rows if row.exact]
    if len(sure) < 2 or not me.may(Permission.SETTLEMENT_MATCH):
        return
    form = "settle-" + "-".join(map(str, sure))
    words = _n("Accept the {n} that fits", "Accept the {n} that fit", len(sure))
    if st.button(
        words, type="primary", icon=":material/done_all:", key="settle-all", width="stretch" if phone else "content"
    ):
        settlements_rows.forget_refused()
        done = act(lambda session: settlements_rows.accept_several(session, sure), key=state.key(form), notice=_told)
        if done is not None:
            state.memory().found[REFUSED] = done.result["refused"]
            st.rerun()


def _told(result: dict[str, object]) -> str:
    return _n("{n} match accepted.", "{n} matches accepted.", int(str(result["accepted"])))


def _lines(filters: Address, wanted: Wanted, found: Overview, me: Actor, *, phone: bool) -> None:
    with database.reading() as session:
        rows, total = settlements.list_lines(session, wanted, actor=me, page=_page(filters, found, wanted))
    if not rows:
        _empty(wanted, found)
        return
    st.caption(plain(settlements_rows.why(wanted.group)))
    for row in rows:
        settlements_rows.line(row, wanted.group, me, phone=phone)
    _foot(filters, total)


def _page(filters: Address, found: Overview, wanted: Wanted) -> int:
    """The page that is looked at; no further than the group goes."""
    last = max(1, -(-found.counts[wanted.group] // PAGE))
    return min(int(filters.value("page")), last)


def _foot(filters: Address, total: int) -> None:
    pages = -(-total // PAGE)
    if pages > 1:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.caption(_n("{n} entry", "{n} entries", total))
            filters.turn(pages)


def _empty(wanted: Wanted, found: Overview) -> None:
    """One sentence, and the way on."""
    if wanted.text or wanted.shop is not None:
        st.info(_("Nothing here fits these words or this shop."), icon=":material/filter_alt_off:")
        return
    if found.reach is None:
        st.info(
            _("No income or wallet file was imported yet. Compensation in it finds the claims it pays."),
            icon=":material/account_balance_wallet:",
        )
    elif wanted.group is Group.SUGGESTED:
        st.info(_("Every compensation that fits a claim is decided."), icon=":material/check_circle:")
    else:
        st.info(_("Nothing here."), icon=":material/check_circle:")
    if st.button(_("Import a file"), icon=":material/upload_file:", key="settle-import"):
        st.switch_page("imports.py")


def dialog(name: str, subject: object) -> bool:
    """Draw the dialog of that name where it is one of ours."""
    return settlements_dialogs.draw(name, subject)
