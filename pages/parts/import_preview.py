"""What files would bring: worked out one by one without writing, and shown before anything is applied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.desk.export import harmless
from core.foundation import clock, database
from core.foundation.errors import Invalid, Refusal
from core.foundation.formats import apart, number
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.parcels.importers import FileResult
from core.parcels.importers.kinds import COUNT_LABELS
from core.recovery.bringing import Waiting, bring_in, in_turn
from pages.parts import state, who
from pages.parts.formats import plain
from pages.parts.lines import figures

PREVIEW = "imports-preview"
SHOWN = ("rows", "orders", "shipments", "new", "updated", "unchanged", "refused", "offers")
WIDE = 310
"""Pixels of the column of file names: Seller Centre's are long, and end in what tells them apart."""
APART = 3
"""So many files are described one below the other; of more, one is chosen to look at."""


@dataclass(frozen=True)
class Previewed:
    """What one file would bring, or why it cannot be imported; `asks` for its "password", or which "shop" it is of."""

    file_id: str
    name: str
    result: FileResult | None
    refused: str = ""
    asks: str = ""


def shown(name: str) -> str:
    """A chosen file's name for the reader: below the folder that was chosen, which all of them share."""
    return name.split("/", 1)[-1]


def columns(counts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The counts a table of files shows, in order: what is 0 in every file takes no room."""
    more = [name for name in COUNT_LABELS if name not in SHOWN]
    return [
        name for name in (*SHOWN, *more) if name in ("rows", "new", "refused") or any(one.get(name) for one in counts)
    ]


def preview(me: Actor, shop: str, market: str | None, uploads: list[Any], passwords: dict[str, str]) -> list[Previewed]:
    """Work every file out, each once for the same shop, market and password."""
    kept: dict[Any, Previewed] = state.memory().found.setdefault(PREVIEW, {})
    asked = {one.file_id: (one.file_id, shop, market, _mark(passwords.get(one.file_id))) for one in uploads}
    open_ones = [one for one in uploads if asked[one.file_id] not in kept]
    if open_ones:
        bar = st.progress(0.0, text=_("Reading the files"))
        for at, (upload, waiting) in enumerate(one_by_one(open_ones, passwords)):
            said = _("Reading {name} ({n} of {all})", name=shown(upload.name), n=at + 1, all=len(open_ones))
            bar.progress(at / len(open_ones), text=plain(said))
            kept[asked[upload.file_id]] = _previewed(me, shop, market, upload, waiting)
        bar.empty()
    found = [kept[asked[one.file_id]] for one in uploads]
    # What no longer lies here is forgotten.
    state.memory().found[PREVIEW] = {key: kept[key] for key in asked.values()}
    return found


def one_by_one(uploads: list[Any], passwords: dict[str, str]) -> Iterator[tuple[Any, Waiting]]:
    """Every upload when its turn comes; the next one is being opened meanwhile."""
    with closing(in_turn((one.getvalue(), passwords.get(one.file_id)) for one in uploads)) as turns:
        yield from zip(uploads, turns, strict=True)


def _mark(password: str | None) -> str:
    """What tells one password from another without being it."""
    return hashlib.sha256(password.encode()).hexdigest() if password else ""


def _previewed(me: Actor, shop: str, market: str | None, upload: Any, waiting: Waiting) -> Previewed:
    try:
        # A preview takes the same locks as the import itself, so it is a transaction; it writes nothing.
        with database.transaction() as session:
            result = bring(session, me, shop, market, upload.name, waiting, dry_run=True)
        return Previewed(upload.file_id, shown(upload.name), result)
    except Refusal as refusal:
        asks = (refusal.field or "") if isinstance(refusal, Invalid) else ""
        return Previewed(upload.file_id, shown(upload.name), None, refusal.message, asks)


def bring(
    session: Any, me: Actor, shop: str, market: str | None, name: str, waiting: Waiting, *, dry_run: bool = False
) -> FileResult:
    """Read an uploaded file into the shop, or with `dry_run` only say what it would bring."""
    return bring_in(
        session,
        waiting,
        actor=me,
        shop=shop,
        market=market,
        file_name=name,
        dry_run=dry_run,
        now=clock.now(),
    )


def show(me: Actor, previewed: list[Previewed]) -> None:
    """The files that would come in, as a table, then each in its own words."""
    good = [one for one in previewed if one.result is not None]
    table = _table(good)
    if who.on_phone():
        for one in good:
            st.markdown(_summary(one))
    else:
        st.dataframe(
            table,
            hide_index=True,
            height="content" if len(good) <= 12 else 440,
            row_height=34,
            column_config={_("File"): st.column_config.TextColumn(width=WIDE), **figures(table, *table.columns[3:])},
            alt=_("What would come in"),
        )
    if len(good) <= APART:
        for one in good:
            with st.expander(plain(_("About {name}", name=one.name)), expanded=len(good) == 1):
                _about(me, one.result, one.file_id)
        return
    chosen = st.selectbox(
        _("Look at one of them"),
        range(len(good)),
        format_func=lambda at: good[at].name,
        index=None,
        placeholder=_("Choose a file"),
        key=state.widget("imports", "look"),
    )
    if chosen is not None:
        _about(me, good[chosen].result, good[chosen].file_id)


def _table(good: list[Previewed]) -> pd.DataFrame:
    found = [(one.name, one.result) for one in good if one.result is not None]
    counts = [result.figures() for _name, result in found]
    return pd.DataFrame(
        {
            _("File"): [name for name, _result in found],
            _("Recognised as"): [result.report for _name, result in found],
            _("Market"): [result.market for _name, result in found],
            **{_(COUNT_LABELS[name]): [number(count.get(name, 0)) for count in counts] for name in columns(counts)},
        }
    )


def _summary(one: Previewed) -> str:
    result = one.result
    if result is None:
        return ""
    said = apart(
        f"{_(COUNT_LABELS[name])} {number(count)}"
        for name, count in result.figures().items()
        if name in COUNT_LABELS and (count or name in ("rows", "new"))
    )
    return f"**{plain(one.name)}**  \n{plain(result.report)} {result.market}  \n{plain(said)}"


def _about(me: Actor, result: FileResult | None, file_id: str) -> None:
    if result is None:
        return
    for part in result.parts or (result,):
        _part(me, part, file_id)


def _part(me: Actor, result: FileResult, file_id: str) -> None:
    spoken = {"en": _("English"), "vi": _("Vietnamese"), "pt": _("Portuguese"), "id": _("Indonesian"), "th": _("Thai")}
    spoken |= {"zh-Hans": _("Chinese (simplified)"), "zh-Hant": _("Chinese (traditional)"), "es": _("Spanish")}
    container = f"{result.container} ({result.encoding})" if result.encoding else result.container
    st.caption(
        plain(
            _(
                "{report}, {container}, headings in {language}.",
                report=result.report,
                container=container,
                language=spoken.get(result.language, result.language or "?"),
            )
        )
    )
    for sentence, values in result.conflicts:
        st.markdown(f":orange[:material/warning:] {plain(_(sentence, **values))}")
    said = list(result.said())
    if result.blanked:
        said.append(_("Not kept, because it is the buyer's own: {list}.", list=", ".join(result.blanked)))
    said += [
        _("Row {n}: {reason}", n=row, reason=_(sentence, **values)) for row, sentence, values in result.refused_rows[:5]
    ]
    if result.refused > 5:
        said.append(_("All refused rows can be downloaded once the file is applied."))
    if said:
        st.markdown("\n".join(f"- {plain(words)}" for words in said))
    if result.unknown_headings:
        _unknown(me, result)
    if result.shown:
        st.caption(
            _n("The first row as it is understood", "The first {n} rows as they are understood", len(result.shown))
        )
        shown = pd.DataFrame([_harmless(row) for row in result.shown])
        st.dataframe(
            shown, hide_index=True, height="content" if len(result.shown) <= 8 else 320, row_height=34,
            alt=_("The first rows as they are understood"),
        )  # fmt: skip


def _harmless(row: dict[str, str]) -> dict[str, str]:
    """A row whose cells no spreadsheet runs: the table can be taken away as a file."""
    return {name: harmless(text) if len(text) > 1 else text for name, text in row.items()}


def _unknown(me: Actor, result: FileResult) -> None:
    """Headings nobody knows, with the way to say what they are."""
    st.markdown(
        plain(_("Headings nobody knows, kept with the raw rows: {list}.", list=", ".join(result.unknown_headings[:40])))
    )
    if me.may(Permission.HEADING_EDIT):
        to_headings(
            {"table": result.kind, "language": result.language, "heading": result.unknown_headings[0][:80]},
        )


def to_headings(asked: dict[str, str]) -> None:
    """The way to where the team says what headings mean."""
    st.page_link(
        "settings.py",
        label=_("Say what they are"),
        icon=":material/label:",
        query_params={"part": "headings", **asked},
    )


__all__ = ["PREVIEW", "WIDE", "Previewed", "bring", "columns", "one_by_one", "preview", "show", "shown", "to_headings"]
