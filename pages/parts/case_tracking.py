"""The scans of a case's parcel: where it was seen last and how long ago, every scan with what its source said, pasting more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import streamlit as st

from core.desk.story import Header
from core.desk.story_sql import Part
from core.foundation import clock, database
from core.foundation.errors import Refusal
from core.foundation.formats import NOTHING, moment, span
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.models.tracking import ScanState
from core.parcels.tracking.reads import ScanRow, scans_of
from core.parcels.tracking.scan import Scan
from core.parcels.tracking.vocabulary import LABELS, SOURCE_LABELS, vocabulary
from core.recovery import scans
from core.recovery.scans import ScansRead
from pages.parts import badges, dialogs, lines, state
from pages.parts.act import act
from pages.parts.badges import Colour
from pages.parts.case_view import View
from pages.parts.formats import cut, dotted, gray, plain
from pages.parts.who import actor

SHOWN = 6
PREVIEWED = 8
LONG_SILENT = timedelta(days=7)
"""From then on the silence is drawn in orange; what it means for a parcel is said by the watch, not here."""

S = ScanState
COLOURS: dict[ScanState, tuple[Colour, str]] = {
    S.ANNOUNCED: ("gray", "label"),
    S.PICKED_UP: ("blue", "package_2"),
    S.IN_TRANSIT: ("blue", "local_shipping"),
    S.CUSTOMS: ("blue", "account_balance"),
    S.OUT_FOR_DELIVERY: ("blue", "directions_bike"),
    S.AT_PICKUP: ("orange", "storefront"),
    S.FAILED_ATTEMPT: ("orange", "door_front"),
    S.DELIVERED: ("green", "check_circle"),
    S.RETURNING: ("orange", "undo"),
    S.RETURNED: ("gray", "assignment_return"),
    S.DAMAGED: ("red", "broken_image"),
    S.TROUBLE: ("orange", "report"),
    S.LOST: ("red", "error"),
    S.DESTROYED: ("red", "delete_forever"),
    S.CANCELLED: ("gray", "cancel"),
    S.SILENT: ("gray", "hourglass_empty"),
    S.UNKNOWN: ("gray", "help"),
}


def read(session: Any, header: Header, me: Actor) -> tuple[ScanRow, ...]:
    """The parcel's scans, in the page's own reading; none for who may not see them."""
    if Part.SCANS not in header.parts or not me.may(Permission.TRACKING_READ):
        return ()
    return tuple(scans_of(session, header.shipment_id, actor=me))


def draw(view: View) -> None:
    """The section: the newest scan, then the list, latest first."""
    if not view.me.may(Permission.TRACKING_READ):
        return
    with st.container(border=True, gap="small"):
        lines.heading(
            _("Scans"),
            button=_("Paste scans") if view.me.may(Permission.TRACKING_ADD) else "",
            icon="content_paste",
            key="case-scans-paste",
            dialog="scans",
        )
        rows = view.scans
        if not rows:
            st.caption(
                _(
                    "No scan is known. Copy them from the carrier's tracking page, or import a file of 17TRACK or AfterShip."
                )
            )
            return
        st.markdown(_newest(rows, view))
        _list(rows[:SHOWN], view)
        if len(rows) > SHOWN:
            box = st.expander(
                _n("{n} scan before these", "{n} scans before these", len(rows) - SHOWN),
                key=f"case-scans-{view.id}",
                on_change="rerun",
                type="compact",
            )
            if box.open:
                with box:
                    _list(rows[SHOWN:], view)
        st.caption(_zones(rows, view))


def mark(value: ScanState) -> str:
    """The badge of a scan's state."""
    colour, icon = COLOURS[value]
    return badges.badge(_(LABELS[value]), colour, icon)


def _newest(rows: tuple[ScanRow, ...], view: View) -> str:
    """The state of the newest scan, and how long the parcel has been silent where it has not come to an end."""
    newest = rows[0]
    heard = next((one for one in rows if one.state in vocabulary().heard), None)
    words = [mark(newest.state)]
    if heard is None:
        words.append(gray(_("no sign of the parcel itself yet")))
    elif newest.state not in (S.DELIVERED, S.RETURNED):
        silent = max(view.now - heard.at, timedelta(0))
        said = _("silent for {span}", span=span(timedelta(days=silent.days) if silent.days else silent))
        words.append(f":orange[{plain(said)}]" if silent >= LONG_SILENT else gray(plain(said)))
    where = next((one.place for one in rows if one.place), "")
    if where:
        words.append(gray(_("last seen in {place}", place=plain(cut(where, 60)))))
    return " ".join(words)


def _list(rows: tuple[ScanRow, ...], view: View) -> None:
    if view.phone:
        st.markdown("\n\n".join(_paragraph(one, view) for one in rows))
        return
    st.table(
        pa.table(
            {
                _("When"): [_when(one.at, view) for one in rows],
                _("State"): [mark(one.state) for one in rows],
                _("What the source says"): [_said(one) for one in rows],
                _("Source"): [gray(_source(one)) for one in rows],
            }
        ),
        border="horizontal",
        hide_index=True,
        alt=_("Scans"),
    )


def _when(at: datetime, view: View) -> str:
    """Short cells stay on one line, so that the long one gets the room."""
    year = at.year != view.now.year
    return _together(moment(at, view.me.zone, year=year))


def _together(words: str) -> str:
    return plain(words).replace(" ", "\u00a0").replace("\\-", "\u2011")


def _said(one: ScanRow) -> str:
    text = plain(cut(one.text, 200)) if one.text else gray(plain(one.code or NOTHING))
    place = "" if not one.place or one.place in one.text else f" {gray(plain(cut(one.place, 60)))}"
    return text + place


def _source(one: ScanRow) -> str:
    return plain(_(SOURCE_LABELS[one.source])).replace(" ", "\u00a0")


def _paragraph(one: ScanRow, view: View) -> str:
    return "  \n".join((f"{mark(one.state)} {gray(_when(one.at, view))}", _said(one), gray(_source(one))))


def _zones(rows: tuple[ScanRow, ...], view: View) -> str:
    """Whose time is shown, and where it was read in the shop's for want of a zone."""
    said = _("Times in {zone}.", zone=view.me.zone)
    if any(one.offset is None for one in rows):
        said += " " + _("Where a source told no zone, its times were read as {zone}.", zone=view.story.header.shop_zone)
    return plain(said)


# --- pasting ------------------------------------------------------------------------------------------------------------


def paste(view: View, _subject: Any) -> None:
    """Paste scans: what is understood is shown before it is kept."""
    me, form = actor(), view.form("scans")
    st.caption(
        _("Copy from the tracking page, with dates and hours, in any language; or paste JSON of 17TRACK or AfterShip.")
    )
    text = st.text_area(
        _("Scans"),
        key=state.widget(form, "text"),
        height=180,
        placeholder="2026-11-20 14:22 …\n2026-11-19 08:05 …",
        label_visibility="collapsed",
    )
    of_shop = view.story.header.shop_zone
    zones = list(dict.fromkeys((of_shop, me.zone, "Asia/Shanghai", "UTC", *clock.zones())))
    zone = st.selectbox(
        _("Time zone of times that name none"), zones, key=state.widget(form, "zone"), format_func=lambda one: one
    )
    found = _look(view, text or "", zone) if (text or "").strip() else None
    if found is not None:
        _preview(found)
    new = len(found.new) if found is not None else 0
    pressed = st.button(
        _n("Add {n} scan", "Add {n} scans", new) if new else _("Add scans"),
        type="primary",
        icon=":material/add:" if new else ":material/lock:",
        width="stretch",
        disabled=not new,
        key=state.widget(form, "save"),
    )
    if not new:
        st.caption(_why_off(text or "", found))
    if pressed and act(
        lambda session: (
            scans.paste_scans(session, view.id, actor=me, text=text or "", zone=zone or "", now=clock.now()).new
        ),
        key=state.key(form),
        notice=lambda n: _n("{n} scan added.", "{n} scans added.", int(n)),
    ):
        dialogs.done()


def _look(view: View, text: str, zone: str | None) -> ScansRead | None:
    try:
        with database.reading() as session:
            return scans.read_scans(session, view.id, actor=actor(), text=text, zone=zone or "", now=clock.now())
    except Refusal as refusal:
        st.error(plain(str(refusal)), icon=":material/error:")
        return None


def _why_off(text: str, found: ScansRead | None) -> str:
    if not text.strip():
        return _("Paste the scans first, then click beside the field: they are shown here before they are kept.")
    if found is None:
        return _("Nothing of this can be read as scans.")
    return _("All of these scans are known already.")


def _preview(found: ScansRead) -> None:
    """The scans as they are understood, and what was left out."""
    if found.new:
        shown = [_line(one, found.zone) for one in found.new[:PREVIEWED]]
        st.markdown("  \n".join(shown))
        if len(found.new) > PREVIEWED:
            st.caption(_("and {n} more", n=len(found.new) - PREVIEWED))
    unknown = sum(1 for one in found.new if one.state is S.UNKNOWN)
    said = [
        _n("{n} scan is known already.", "{n} scans are known already.", found.known) if found.known else "",
        _n(
            "{n} scan has a wording nobody knows: it counts as a sign of life and nothing more.",
            "{n} scans have wordings nobody knows: they count as a sign of life and nothing more.",
            unknown,
        )
        if unknown
        else "",
        _("Dates could stand either way; they are read as day, then month.") if found.guessed else "",
        _("Left out, no date of a scan: {list}", list=dotted(*(cut(one, 40) for one in found.refused[:3])))
        if found.refused
        else "",
        _("Left out, belongs to no scan: {list}", list=dotted(*(cut(one, 40) for one in found.skipped[:3])))
        if found.skipped
        else "",
        _("Left out, of other parcels: {list}", list=dotted(*found.others[:3])) if found.others else "",
        *found.notices,
    ]
    words = [one for one in said if one]
    if words:
        st.caption("  \n".join(plain(one) for one in words))


def _line(one: Scan, zone: str) -> str:
    """A scan with its moment as it was written, so that it is found again in what was pasted."""
    if one.offset is None:
        when = moment(one.at, zone)
    else:
        there = one.at.astimezone(timezone(timedelta(minutes=one.offset)))
        sign, rest = "-" if one.offset < 0 else "+", abs(one.offset)
        when = f"{moment(there.replace(tzinfo=UTC), 'UTC')} UTC{sign}{rest // 60:02d}:{rest % 60:02d}"
    parts = (gray(_together(when)), mark(one.state), plain(cut(one.text or one.code or "", 90)))
    return " ".join(part for part in parts if part)
