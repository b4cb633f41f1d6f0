"""The worklist on the screen: a bordered box per bucket with a line per row, cards on a phone, or one table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import streamlit as st

from core.desk.tiles import Tiles
from core.desk.worklist import (
    ACTION_LABELS,
    BUCKET_LABELS,
    KIND_LABELS,
    Bucket,
    Kind,
    Work,
    action,
    sentence,
)
from core.foundation import formats
from core.foundation.language import _, _n
from core.foundation.money import Money
from pages.parts import badges, tables
from pages.parts.badges import Colour
from pages.parts.formats import cut, dotted, figure, gray, line, plain, rounded, wait

AT_FIRST: dict[Bucket, int] = {Bucket.DAY: 8, Bucket.THREE_DAYS: 4, Bucket.WEEK: 2, Bucket.LATER: 0}
"""Rows of a bucket before anybody asks for more; what one bucket leaves free goes to the next. Each row costs the server
most of a millisecond on every click, and nobody works on the fifteenth first."""
AT_MOST = 12
MORE = 10
_BADGE, _RIGHT, _BUTTON = 138, 178, 104


def wanted_rows(mark: str) -> int:
    """How many rows of a bucket to read: as many as may be shown, and one to know whether there are others."""
    return max(AT_MOST, *(AT_FIRST[bucket] + _more(mark, bucket) for bucket in Bucket)) + 1


def _key(mark: str, bucket: Bucket) -> str:
    return f"today-more-{mark}-{int(bucket)}"


def _more(mark: str, bucket: Bucket) -> int:
    return int(st.session_state.get(_key(mark, bucket), 0))


def _ask_for_more(mark: str, bucket: Bucket, shown: int) -> None:
    st.session_state[_key(mark, bucket)] = shown - AT_FIRST[bucket] + MORE


def draw_list(
    rows: Sequence[Work], now: datetime, *, figures: Tiles | None, kinds: frozenset[Kind], mark: str, phone: bool
) -> None:
    """The buckets that hold something, in order. `mark` names the filter, so that "show more" belongs to it alone."""
    spare = 0
    for bucket in Bucket:
        held = [row for row in rows if row.bucket is bucket]
        room = min(AT_FIRST[bucket] + spare, AT_MOST)
        shown = held[: max(room, AT_FIRST[bucket] + _more(mark, bucket))]
        spare = max(0, AT_FIRST[bucket] + spare - len(shown))
        if not held:
            continue
        total, money = _total(held, figures, bucket, kinds, whole=len(shown) == len(held))
        st.header(f"{_(BUCKET_LABELS[bucket])} {gray(_count(total, money, held[0].currency))}", anchor=False)
        if phone:
            for row in shown:
                _card(row, now)
        elif shown:
            with st.container(border=True, gap="xsmall"):
                for row in shown:
                    _line(row, now)
        if len(shown) < len(held):
            st.button(
                _("Show more"),
                key=f"{_key(mark, bucket)}-button",
                type="tertiary",
                icon=":material/expand_more:",
                on_click=_ask_for_more,
                args=(mark, bucket, len(shown)),
            )


def _total(
    held: Sequence[Work], figures: Tiles | None, bucket: Bucket, kinds: frozenset[Kind], *, whole: bool
) -> tuple[int, Decimal]:
    """Rows and money of a bucket: of the rows themselves where all are here, else of the figures kept a while.

    Without figures (what was escalated is not counted) they are those that were read.
    """
    if whole or figures is None:
        return len(held), sum((row.money for row in held), Decimal(0))
    total, money = figures.bucket(bucket, kinds)
    return max(total, len(held)), money


def _count(total: int, money: Decimal, currency: str) -> str:
    return dotted(formats.number(total), rounded(money, currency) if money else None)


def _mark(row: Work, now: datetime) -> str:
    """The badge of a row: how long, or why it is here."""
    if row.kind is Kind.SILENT:
        return badges.silent(now - row.touched_at)
    if row.kind is Kind.ENDED:
        return badges.badge(_("closed"), "orange", "event_busy")
    if row.moment is None:
        return badges.unassigned() if row.kind is Kind.UNASSIGNED else badges.badge(_("open"), "gray", "lock_open")
    if row.bucket is Bucket.LATER and row.kind in (Kind.ANSWER, Kind.PAYMENT):
        return badges.waiting(row.moment, now)
    return badges.opening(row.moment, now) if row.opens else badges.due(row.moment, now)


def _facts(row: Work) -> str:
    """The second line: who carries it, its number, what kind of work it is, and whether it went further up."""
    kind = dotted(plain(_(KIND_LABELS[row.kind])), _unsure(row))
    facts = gray(dotted(line(row.carrier or "", 30), plain(row.number), kind))
    return f"{badges.escalated(row.escalation)} {facts}" if row.escalation else facts


def _unsure(row: Work) -> str | None:
    """That the rule behind the moment is one to confirm first."""
    return ":material/help: " + plain(_("unsure rule")) if row.unsure else None


def _key_of(row: Work) -> str:
    return f"do-{row.kind}-{row.clock_id or row.reference}"


def _pressed(row: Work) -> None:
    st.switch_page("case.py", query_params=row.query)


def _line(row: Work, now: datetime) -> None:
    """One row: badge, what to do, amount and reference, button. Five elements, each of which costs a tenth of a millisecond."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.markdown(_mark(row, now), width=_BADGE)
        st.markdown(f"{line(sentence(row, now))}  \n{_facts(row)}", width="stretch")
        owner = line(row.owner, 20) if row.owner else _("no owner")
        money = figure(Money(row.money, row.currency))
        st.markdown(f"{money}  \n{gray(f'{plain(row.reference)} · {owner}')}", width=_RIGHT, text_alignment="right")
        if st.button(_(ACTION_LABELS[action(row)]), key=_key_of(row), width=_BUTTON):
            _pressed(row)


def _card(row: Work, now: datetime) -> None:
    """One row on a phone: a card of its own."""
    with st.container(border=True, horizontal=True, wrap=False, vertical_alignment="bottom", gap="small"):
        owner = line(row.owner, 20) if row.owner else _("no owner")
        facts = gray(dotted(plain(row.reference), line(row.carrier or "", 24), owner, _unsure(row)))
        mark = f"{_mark(row, now)} {badges.escalated(row.escalation)}" if row.escalation else _mark(row, now)
        st.markdown(f"{mark}  \n{line(sentence(row, now))}  \n{facts}", width="stretch")
        with st.container(width=_BUTTON + 8, gap="small"):
            st.markdown(figure(Money(row.money, row.currency)), text_alignment="right")
            if st.button(_(ACTION_LABELS[action(row)]), key=_key_of(row), width="stretch"):
                _pressed(row)


def draw_table(rows: Sequence[Work], now: datetime) -> None:
    """The same rows as one grid, to sort and to copy; a chosen row leads to its action."""
    clocks = [(_when(row, now), _colour(row, now)) for row in rows]
    columns: dict[str, Sequence[Any]] = {
        "when": [tables.chip(word) for word, _ground in clocks],
        "do": [cut(sentence(row, now), 70) for row in rows],
        "case": [row.reference for row in rows],
        "kind": [_(KIND_LABELS[row.kind]) for row in rows],
        "carrier": [tables.text(row.carrier) for row in rows],
        "number": [row.number for row in rows],
        "amount": [float(row.money) for row in rows],
        "owner": [tables.text(row.owner) for row in rows],
    }
    currency = rows[0].currency if rows else ""
    config = {
        "when": tables.chips(_("When"), clocks, width=116),
        "do": st.column_config.TextColumn(_("What to do"), width=280),
        "case": st.column_config.TextColumn(_("Case"), width=118),
        "kind": st.column_config.TextColumn(_("Kind"), width=90),
        "carrier": st.column_config.TextColumn(_("Carrier"), width=92),
        "number": st.column_config.TextColumn(_("Number"), width=140),
        "amount": st.column_config.NumberColumn(
            _("Amount, {currency}", currency=currency), format=tables.places(currency), width=100
        ),
        "owner": st.column_config.TextColumn(_("Owner"), width=100),
    }
    chosen = tables.table(
        columns,
        key="today-table",
        alt=_n("Worklist, {n} row", "Worklist, {n} rows", len(rows)),
        config=config,
    )
    st.caption(_("Choose a row to go to its action."))
    if chosen and chosen[0] < len(rows):
        _pressed(rows[chosen[0]])


def _colour(row: Work, now: datetime) -> Colour:
    if row.kind in (Kind.SILENT, Kind.ENDED):
        return "orange"
    return "gray" if row.opens or row.bucket is Bucket.LATER else badges.urgency(row.moment, now)


def _when(row: Work, now: datetime) -> str:
    """The badge's words alone."""
    if row.kind is Kind.SILENT:
        return _("quiet {span}", span=formats.span(now - row.touched_at))
    if row.kind is Kind.ENDED:
        return _("closed")
    if row.moment is None:
        return _("no owner") if row.kind is Kind.UNASSIGNED else _("open")
    span = wait(row.moment, now)
    if row.bucket is Bucket.LATER and row.kind in (Kind.ANSWER, Kind.PAYMENT):
        return _("answer in {span}", span=span) if row.kind is Kind.ANSWER else _("payment in {span}", span=span)
    return _("opens in {span}", span=span) if row.opens else span
