"""Importing files: choose them (or a folder), see what would come in, apply each in a transaction of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.desk import import_runs
from core.foundation import clock, database, language, logs
from core.foundation.errors import Refusal
from core.foundation.formats import apart, day, number, pair
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.foundation.submissions import once
from core.insight import decisions
from core.parcels import shops
from core.parcels.importers.kinds import COUNT_LABELS
from core.parcels.markets import markets
from core.recovery.bringing import Waiting
from core.web.mishaps import sentence
from pages.parts import import_offers, import_preview, state, who
from pages.parts.choices import segments
from pages.parts.formats import plain
from pages.parts.import_preview import PREVIEW, WIDE, Previewed
from pages.parts.lines import figures

FORM = "imports"
RESULT = "imports-result"
PASSWORDS = "imports-passwords"
MOST_BUTTONS = 3
"""Of more files with refused rows all are downloaded together."""
TYPES = ("xlsx", "xlsm", "xls", "zip", "csv", "tsv", "txt", "json")
DRAWN = "imports-drawn"
LOST = "imports-lost"
ONLY = "imports-only-shop"


def draw(me: Actor) -> bool:
    """The form, its preview, and what the last import brought. Whether files wait to be applied."""
    with st.container(border=True, gap="small"):
        shop, market = _shop(me)
        uploads = _files()
        _after_a_restart(shop, uploads)
        if not uploads:
            state.memory().found.pop(PASSWORDS, None)
            if state.memory().found.get(LOST):
                st.warning(
                    _(
                        "Recoup was started anew. Choose again the files that lay here: what was applied stays, and the same"
                        " file again changes nothing."
                    ),
                    icon=":material/restart_alt:",
                )
            st.caption(
                _(
                    "Orders, returns, income and wallet as Seller Centre gives them; lists of tracking numbers, scans, monthly"
                    " volumes and exchange rates. The same file again changes nothing; a newer one updates."
                )
            )
        else:
            _preview_and_apply(me, shop, market, uploads)
    _brought(me)
    return bool(uploads)


def _files() -> list[Any]:
    how = segments(
        _("What to import"),
        ["files", "folder"],
        key=state.widget(FORM, "how"),
        default="files",
        words=lambda name: _("Files") if name == "files" else _("A folder"),
        hidden=True,
    )
    if how == "folder":
        found = st.file_uploader(
            _("A folder of exports"),
            type=TYPES,
            accept_multiple_files="directory",
            key=state.widget(FORM, "folder"),
        )
    else:
        found = st.file_uploader(
            _("Exports and lists"),
            type=TYPES,
            accept_multiple_files=True,
            key=state.widget(FORM, "files"),
        )
    # By name, so that months follow each other as they happened.
    return sorted(found or [], key=lambda one: str(one.name))


def _after_a_restart(shop: str, uploads: list[Any]) -> None:
    """A tab that lives on when the server starts anew still shows its files, but nobody has them any more: show none, and say so.

    It is told by what was chosen: this side sees the form for the first time, and it is filled in already.
    """
    found = state.memory().found
    first = not found.get(DRAWN)
    found[DRAWN] = True
    if uploads:
        found.pop(LOST, None)
        return
    names = {name: state.widget(FORM, name) for name in ("how", "shop")}
    chosen = {name: st.session_state.get(key) for name, key in names.items()}
    if not first or (chosen["how"] != "folder" and (not shop or state.memory().found.get(ONLY) == shop)):
        return
    state.forget(FORM)
    for name, value in chosen.items():
        st.session_state[state.widget(FORM, name)] = value
    found[LOST] = True
    st.rerun()


def _shop(me: Actor) -> tuple[str, str | None]:
    """The shop by name, and the market where a new one is to be opened."""
    with database.reading() as session:
        known = [one.name for one in shops.list_shops(session, actor=me, active=True)]
    state.memory().found[ONLY] = known[0] if len(known) == 1 else ""
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
    if not known and not may_open:
        st.info(
            _("No shop is here yet. An admin adds it in Settings → Shops, or with the first import."),
            icon=":material/storefront:",
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
    passwords = _passwords(uploads)
    previewed = import_preview.preview(me, shop, market, uploads, passwords)
    if not shop and any(one.asks == "shop" for one in previewed):
        st.warning(_("Choose the shop these files belong to."), icon=":material/info:")
    for one in previewed:
        if one.refused and not (one.asks == "shop" and not shop):
            _refused(me, one)
    good = [one for one in previewed if one.result is not None]
    if not good:
        return
    import_preview.show(me, previewed)
    if not any(one.result.changes or one.result.offers for one in good if one.result is not None):
        st.info(_("Everything in these files is known already. Applying changes nothing."), icon=":material/info:")
    if st.button(
        _n("Apply {n} file", "Apply {n} files", len(good)),
        type="primary",
        icon=":material/download_done:",
        key=state.widget(FORM, "save"),
    ):
        taken = {one.file_id for one in good}
        left = [{"file": one.name, "refused_file": one.refused} for one in previewed if one.file_id not in taken]
        _apply(me, shop, market, [one for one in uploads if one.file_id in taken], passwords, left)


def _passwords(uploads: list[Any]) -> dict[str, str]:
    """The passwords of locked files by their id, until the files are applied or taken away.

    This tab remembers them: a field that has done its work is drawn no more, and Streamlit forgets what was in it.
    """
    kept: dict[str, str] = state.memory().found.get(PASSWORDS, {})
    found = {
        one.file_id: st.session_state.get(_password_key(one.file_id)) or kept.get(one.file_id, "") for one in uploads
    }
    state.memory().found[PASSWORDS] = found
    return found


def _password_key(file_id: str) -> str:
    return state.widget(FORM, f"password-{file_id}")


def _refused(me: Actor, one: Previewed) -> None:
    """Why a file cannot be imported; a locked one asks for its password instead."""
    if one.asks != "password":
        st.error(plain(pair(one.name, one.refused)), icon=":material/error:")
        if one.asks == "headings" and me.may(Permission.HEADING_EDIT):
            import_preview.to_headings({})
        return
    st.warning(plain(pair(one.name, one.refused)), icon=":material/lock:")
    st.text_input(
        _("Password of {name}", name=_bare(one.name)),
        type="password",
        autocomplete="off",
        help=_("It opens the file now and is kept nowhere."),
        key=_password_key(one.file_id),
    )


def _bare(name: str) -> str:
    """A file's name for the label of a field, which is read aloud as it is written: marks of Markdown become blanks."""
    return " ".join(re.sub(r"[^\w.-]", " ", name).split())


def _apply(
    me: Actor,
    shop: str,
    market: str | None,
    uploads: list[Any],
    passwords: dict[str, str],
    left: list[dict[str, Any]],
) -> None:
    """Every file in a transaction of its own; one that is refused does not stop the others. `left` are those the preview refused:
    they are named again with what came in, for the form forgets them.
    """
    kept, done = state.memory(), []
    key = state.key(FORM)
    with st.status(_("Importing"), expanded=True) as status:
        bar = st.progress(0.0)
        for at, (upload, waiting) in enumerate(import_preview.one_by_one(uploads, passwords)):
            name = import_preview.shown(upload.name)
            said = plain(_("Importing {name} ({n} of {all})", name=name, n=at + 1, all=len(uploads)))
            status.update(label=said)
            bar.progress(at / len(uploads), text=said)
            result = _bring(me, shop, market, upload.name, waiting, f"{key}-{upload.file_id}")
            done.append(result)
            if result.get("refused_file"):
                st.markdown(f":red[:material/error:] {plain(name)}: {plain(result['refused_file'])}")
            else:
                st.markdown(f":green[:material/check:] {plain(name)}: {plain(_in_short(result))}")
        bar.progress(1.0)
        status.update(label=_("Imported"), state="complete", expanded=False)
    imported = [one for one in done if not one.get("refused_file")]
    kept.found[RESULT] = [*left, *done]
    kept.found.pop(PREVIEW, None)
    kept.found.pop(PASSWORDS, None)
    if imported:
        kept.notices.append(_n("{n} file imported.", "{n} files imported.", len(imported)))
    state.forget(FORM)
    st.rerun()


def _bring(me: Actor, shop: str, market: str | None, name: str, waiting: Waiting, key: str) -> dict[str, Any]:
    """One file, once for one click. What goes wrong is said with the file and leaves the others alone."""
    shown = import_preview.shown(name)

    def write(session: Any) -> dict[str, Any]:
        result = import_preview.bring(session, me, shop, market, name, waiting)
        runs = result.run_ids()
        about = {"file": shown, "run": runs[0] if runs else None, "runs": runs, "said": result.said()}
        return {**result.counts(), **about}

    try:
        with database.transaction() as session:
            found, _first = once(session, key, lambda: write(session), actor=me, now=clock.now())
        return dict(found)
    except Refusal as refusal:
        return {"file": shown, "refused_file": refusal.message}
    except Exception as error:
        return {"file": shown, "refused_file": sentence(logs.mishap(error, "import"))}


def _in_short(counts: dict[str, Any]) -> str:
    return apart(
        f"{_(words)} {number(int(counts[name]))}"
        for name, words in COUNT_LABELS.items()
        if counts.get(name) or name == "rows"
    )


def table(counts: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row a file, figures as text so that they align and group as the reader writes them."""
    columns = import_preview.columns(counts)
    return pd.DataFrame(
        {
            _("File"): [one["file"] for one in counts],
            _("Recognised as"): [one.get("report", "") for one in counts],
            _("Market"): [one.get("market", "") for one in counts],
            **{_(COUNT_LABELS[name]): [number(int(one.get(name, 0))) for one in counts] for name in columns},
        }
    )


def _table_of(counts: Sequence[dict[str, Any]]) -> None:
    shown = table(counts)
    st.dataframe(
        shown,
        hide_index=True,
        height="content" if len(counts) <= 12 else 440,
        row_height=34,
        column_config={_("File"): st.column_config.TextColumn(width=WIDE), **figures(shown, *shown.columns[3:])},
        alt=_("What came in"),
    )


def _brought(me: Actor) -> None:
    """What the last import of this tab brought, with the ways on from it."""
    everything = state.memory().found.get(RESULT)
    if not everything:
        return
    counts = [one for one in everything if not one.get("refused_file")]
    with st.container(border=True, gap="small"):
        st.header(_("What came in"), anchor=False)
        for one in everything:
            if one.get("refused_file"):
                st.error(plain(pair(one["file"], one["refused_file"])), icon=":material/error:")
        if not counts:
            return
        if who.on_phone():
            for one in counts:
                st.markdown(f"**{plain(one['file'])}**  \n{plain(_in_short(one))}")
        else:
            _table_of(counts)
        refused = [(run, str(one["file"])) for one in counts if one["refused"] for run in one["runs"]]
        if len(refused) > MOST_BUTTONS:
            _refused_together(me, refused)
        else:
            for run, name in refused:
                refused_button(me, run, _("Refused rows of {name}", name=name), "now")
        _warn_of_dropped(me, [run for one in counts for run in one["runs"]])
        import_offers.way(sum(one["offers"] for one in counts))


def forget(run_ids: Sequence[int]) -> None:
    """What was taken away came in no more: its file leaves what this tab says of its last import."""
    found = state.memory().found
    if RESULT in found:
        found[RESULT] = [one for one in found[RESULT] if not set(one.get("runs", ())) & set(run_ids)]


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


def _refused_together(me: Actor, refused: list[tuple[int, str]]) -> None:
    """One download of the refused rows of many files."""
    spoken = language.current()

    def data() -> bytes:
        with language.using(spoken), database.reading() as session:
            return import_runs.refused_archive(session, [run for run, _name in refused], actor=me)

    st.download_button(
        _n("Refused rows of {n} file", "Refused rows of {n} files", len({name for _run, name in refused})),
        data,
        file_name="refused-rows.zip",
        mime="application/zip",
        icon=":material/download:",
        key="refused-together",
        on_click="ignore",
    )


def refused_button(me: Actor, run_id: int, words: str, where: str) -> None:
    """A download of the rows that were not taken, with their numbers and reasons."""
    spoken = language.current()

    def data() -> bytes:
        # Made on a thread of its own when somebody clicks.
        with language.using(spoken), database.reading() as session:
            return import_runs.refused_csv(session, run_id, actor=me)

    st.download_button(
        plain(words),
        data,
        file_name=f"refused-{run_id}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"refused-{where}-{run_id}",
        on_click="ignore",
    )
