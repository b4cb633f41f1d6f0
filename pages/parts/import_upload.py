"""Importing files: choose a shop, see what would come in, apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.desk import import_runs
from core.foundation import clock, database, language
from core.foundation.errors import Refusal
from core.foundation.formats import day, number
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.insight import decisions
from core.parcels import shops
from core.parcels.importers import FileResult
from core.parcels.markets import markets
from core.recovery.bringing import bring_in
from pages.parts import import_offers, state
from pages.parts.act import act
from pages.parts.formats import plain
from pages.parts.lines import figures

FORM = "imports"
RESULT = "imports-result"
PREVIEW = "imports-preview"


@dataclass(frozen=True)
class Previewed:
    """What one file would bring, or why it cannot be imported."""

    name: str
    result: FileResult | None
    refused: str


def draw(me: Actor) -> None:
    """The form, its preview, and what the last import brought."""
    with st.container(border=True, gap="small"):
        shop, market = _shop(me)
        uploads = st.file_uploader(
            _("Order files from Seller Centre"),
            type=("xlsx", "xls", "zip", "csv"),
            accept_multiple_files=True,
            key=state.widget(FORM, "files"),
        )
        if not uploads:
            st.caption(
                _("Order.all workbooks as Shopee gives them. The same file again changes nothing; a newer one updates.")
            )
        elif not shop:
            st.warning(_("Choose the shop these files belong to."), icon=":material/info:")
        else:
            _preview_and_apply(me, shop, market, uploads)
    _brought(me)


def _shop(me: Actor) -> tuple[str, str | None]:
    """The shop by name, and the market where a new one is to be opened."""
    with database.reading() as session:
        known = [one.name for one in shops.list_shops(session, actor=me, active=True)]
    may_open = me.may(Permission.SHOP_EDIT)
    left, right = st.columns(2)
    shop = left.selectbox(
        _("Shop"),
        known,
        index=0 if len(known) == 1 else None,
        placeholder=_("Choose a shop, or type a new name") if may_open else _("Choose a shop"),
        accept_new_options=may_open,
        key=state.widget(FORM, "shop"),
    )
    market = None
    if shop and shop not in known:
        market = right.selectbox(
            _("Market of the new shop"),
            list(markets()),
            index=None,
            placeholder=_("as the file shows"),
            key=state.widget(FORM, "market"),
        )
    return shop or "", market


def _preview_and_apply(me: Actor, shop: str, market: str | None, uploads: list[Any]) -> None:
    previewed = _preview(me, shop, market, uploads)
    for one in previewed:
        if one.refused:
            st.error(plain(f"{one.name}: {one.refused}"), icon=":material/error:")
    good = [one.result for one in previewed if one.result is not None]
    if not good:
        return
    _show(_table(good), _("What would come in"))
    _notes(good)
    fresh = sum(one.new + one.updated for one in good)
    if not fresh and not sum(one.offers for one in good):
        st.info(_("Everything in these files is known already. Applying changes nothing."), icon=":material/info:")
    if st.button(
        _n("Apply {n} file", "Apply {n} files", len(good)),
        type="primary",
        icon=":material/download_done:",
        key=state.widget(FORM, "save"),
    ):
        taken = {one.name for one in previewed if one.result is not None}
        _apply(me, shop, market, [one for one in uploads if one.name in taken])


def _preview(me: Actor, shop: str, market: str | None, uploads: list[Any]) -> list[Previewed]:
    """Work every file out without writing, once for the same files."""
    kept, asked = state.memory(), (shop, market, tuple(one.file_id for one in uploads))
    before = kept.found.get(PREVIEW)
    if before is not None and before[0] == asked:
        held: list[Previewed] = before[1]
        return held
    found = []
    with st.status(_("Reading the files"), expanded=True) as status:
        for index, upload in enumerate(uploads, 1):
            status.update(label=plain(_("Reading {name} ({n} of {all})", name=upload.name, n=index, all=len(uploads))))
            found.append(_previewed(me, shop, market, upload))
        status.update(label=_("Read; nothing is written yet"), state="complete", expanded=False)
    kept.found[PREVIEW] = (asked, found)
    return found


def _previewed(me: Actor, shop: str, market: str | None, upload: Any) -> Previewed:
    try:
        # A preview takes the same locks as the import itself, so it is a transaction; it writes nothing.
        with database.transaction() as session:
            result = bring_in(
                session,
                upload.getvalue(),
                actor=me,
                shop=shop,
                market=market,
                file_name=upload.name,
                dry_run=True,
                now=clock.now(),
            )
        return Previewed(upload.name, result, "")
    except Refusal as refusal:
        return Previewed(upload.name, None, refusal.message)


def _apply(me: Actor, shop: str, market: str | None, uploads: list[Any]) -> None:
    kept, done = state.memory(), []
    key = state.key(FORM)
    bar = st.progress(0.0, text=_("Importing"))
    for index, upload in enumerate(uploads):
        bar.progress(
            index / len(uploads),
            text=plain(_("Importing {name} ({n} of {all})", name=upload.name, n=index + 1, all=len(uploads))),
        )

        def write(session: Any, upload: Any = upload) -> dict[str, Any]:
            result = bring_in(
                session,
                upload.getvalue(),
                actor=me,
                shop=shop,
                market=market,
                file_name=upload.name,
                now=clock.now(),
            )
            return {**result.counts(), "run": result.run_id, "said": result.said()}

        written = act(write, key=f"{key}-{upload.file_id}")
        if written is not None:
            done.append(written.result)
    bar.empty()
    if len(done) == len(uploads):
        kept.found[RESULT] = done
        kept.found.pop(PREVIEW, None)
        kept.notices.append(_n("{n} file imported.", "{n} files imported.", len(done)))
        state.forget(FORM)
        st.rerun()


def _table(results: list[FileResult]) -> pd.DataFrame:
    return table([one.counts() for one in results])


def _show(shown: pd.DataFrame, alt: str) -> None:
    config = figures(shown, *shown.columns[2:])
    st.dataframe(shown, hide_index=True, height="content", row_height=34, column_config=config, alt=alt)


def table(counts: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a file, figures as text so that they align and group as the reader writes them."""
    columns = {
        "rows": _("Rows"),
        "orders": _("Orders"),
        "shipments": _("Parcels"),
        "new": _("New"),
        "updated": _("Updated"),
        "unchanged": _("Unchanged"),
        "refused": _("Refused"),
        "offers": _("Incidents offered"),
    }
    return pd.DataFrame(
        {
            _("File"): [one["file"] for one in counts],
            _("Market"): [one["market"] for one in counts],
            **{words: [number(int(one[name])) for one in counts] for name, words in columns.items()},
        }
    )


def _notes(results: list[FileResult]) -> None:
    for one in results:
        said = list(one.said())
        if one.unknown_headings:
            said.append(
                _("Headings nobody knows, kept with the raw rows: {list}.", list=", ".join(one.unknown_headings))
            )
        if one.blanked:
            said.append(_("Not kept, because it is the buyer's own: {list}.", list=", ".join(one.blanked)))
        said += [
            _("Row {n}: {reason}", n=row, reason=_(sentence, **values))
            for row, sentence, values in one.refused_rows[:5]
        ]
        if said:
            with st.expander(plain(_("About {name}", name=one.file))):
                st.markdown("\n".join(f"- {plain(words)}" for words in said))


def _brought(me: Actor) -> None:
    """What the last import of this tab brought, with the ways on from it."""
    counts = state.memory().found.get(RESULT)
    if not counts:
        return
    with st.container(border=True, gap="small"):
        st.header(_("What came in"), anchor=False)
        _show(table(counts), _("What came in"))
        for one in counts:
            if one["refused"] and one["run"]:
                refused_button(me, one["run"], one["file"], "now")
        _warn_of_dropped(me, [one["run"] for one in counts if one["run"]])
        import_offers.way(sum(one["offers"] for one in counts))


def _warn_of_dropped(me: Actor, run_ids: list[int]) -> None:
    """Parcels that were given to a channel after it was dropped."""
    with database.reading() as session:
        found = decisions.dropped_among(session, run_ids, actor=me, now=clock.now())
    for one, count in found:
        name = " ".join(part for part in (one.carrier, one.channel.service, one.channel.market) if part)
        said = _n(
            "{n} parcel was shipped with {name} after it was dropped on {day}.",
            "{n} parcels were shipped with {name} after it was dropped on {day}.",
            count,
            name=name,
            day=day(clock.local_day(one.at, me.zone), year=True),
        )
        st.warning(plain(said), icon=":material/block:")


def refused_button(me: Actor, run_id: int, name: str, where: str) -> None:
    """A download of the rows that were not taken, with their numbers and reasons."""
    spoken = language.current()

    def data() -> bytes:
        # Made on a thread of its own when somebody clicks.
        with language.using(spoken), database.reading() as session:
            return import_runs.refused_csv(session, run_id, actor=me)

    st.download_button(
        plain(_("Refused rows of {name}", name=name)),
        data,
        file_name=f"refused-{run_id}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"refused-{where}-{run_id}",
        on_click="ignore",
    )
