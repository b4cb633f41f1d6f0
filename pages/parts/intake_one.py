"""Intake of one parcel: number, what went wrong, what the buyer said, photos, saved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import streamlit as st

from core.cases import evidence, incidents
from core.cases.kinds import kind_name, kinds
from core.cases.words import NOTICED_LABELS, STAGE_LABELS, TYPE_LABELS
from core.foundation import clock, database
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models.incident import IncidentType, NoticedBy, Stage
from core.recovery import intake
from pages.parts import intake_ahead, intake_parcel, state
from pages.parts.act import Done, act
from pages.parts.choices import pills, segments
from pages.parts.formats import gray, plain
from pages.parts.intake_parcel import FORM, Found, Parcel
from pages.parts.who import on_phone

BY_HAND = (NoticedBy.BUYER, NoticedBy.CARRIER, NoticedBy.PLATFORM, NoticedBy.WAREHOUSE)
PHOTO_KINDS: dict[IncidentType, str] = {
    IncidentType.LOST: "chat_with_buyer",
    IncidentType.DAMAGED: "item_photo",
    IncidentType.MISSING_CONTENTS: "outer_box_photo",
    IncidentType.DELAYED: "chat_with_buyer",
}
"""What photos usually show, as the field is filled."""


def draw(me: Actor) -> None:
    """The form, and beside it (on a phone below it) what will happen."""
    now = clock.now()
    if on_phone():
        left, right = st.container(), st.container()
    else:
        left, right = st.columns([1.5, 1], gap="large")
    with left:
        parcel = intake_parcel.choose(me)
        if parcel is None:
            st.caption(_("The parcel's facts are filled in from what was imported."))
            return
        kind = segments(
            _("What went wrong"),
            list(IncidentType),
            key=state.widget(FORM, "type"),
            default=IncidentType.LOST,
            words=lambda one: _(TYPE_LABELS[one]),
        )
        standing = _standing(me, parcel, kind)
        value = _story(me, parcel, kind, standing)
    with right:
        intake_ahead.draw(me, parcel, kind, value, now)
        if not standing:
            st.markdown(
                gray(f":material/shield: {_('No incident for this parcel and type. Saving twice makes one case.')}")
            )


def _standing(me: Actor, parcel: Parcel, kind: IncidentType) -> str | None:
    """A warning with the way to the case, where this parcel and type is registered already."""
    if not isinstance(parcel, Found):
        return None
    with database.reading() as session:
        reference = incidents.standing(session, parcel.facts.id, kind, actor=me)
    if reference is not None:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            said = _("This is registered already as {reference}.", reference=reference)
            st.markdown(f":orange[:material/warning:] {plain(said)}", width="stretch")
            st.page_link(
                "case.py",
                label=plain(_("Open {reference}", reference=reference)),
                icon=":material/open_in_new:",
                query_params={"ref": reference},
            )
    return reference


def _story(me: Actor, parcel: Parcel, kind: IncidentType, standing: str | None) -> str:
    """The rest of the fields and the two buttons; gives the value as typed."""
    stage = pills(
        _("Where"),
        list(Stage),
        key=state.widget(FORM, "stage"),
        default=Stage.UNKNOWN,
        words=lambda one: _(STAGE_LABELS[one]),
    )
    left, right = st.columns([2, 1])
    noticed = left.selectbox(
        _("How it was noticed"),
        BY_HAND,
        format_func=lambda one: _(NOTICED_LABELS[one]),
        key=state.widget(FORM, "noticed"),
    )
    today = clock.local_day(clock.now(), me.zone)
    on = right.date_input(_("Noticed on"), today, max_value=today, key=state.widget(FORM, "on"), format="YYYY-MM-DD")
    said = st.text_area(
        _("What the buyer said (any language)"),
        key=state.widget(FORM, "said"),
        height=90,
        persist_state="session",
    )
    value = st.text_input(
        _("Value at risk in {currency}", currency=parcel.currency),
        parcel.usual_value,
        key=state.widget(FORM, f"value-{parcel.mark}"),
    )
    uploads = st.file_uploader(
        _("Photos and video"), type=("image", "video"), accept_multiple_files=True, key=state.widget(FORM, "photos")
    )
    shown = PHOTO_KINDS[kind]
    if uploads:
        codes = list(kinds())
        shown = st.selectbox(
            _("What the files show"),
            codes,
            index=codes.index(shown),
            format_func=kind_name,
            key=state.widget(FORM, f"shows-{kind}"),
        )
    pressed = _buttons(bool(standing))
    if pressed:
        done = _save(me, parcel, kind, stage, noticed, on, said or "", value or "", uploads or [], shown, pressed)
        if done and pressed == "open":
            state.go("case.py", ref=done.result)
        elif done:
            st.rerun()
    return value or ""


def _buttons(off: bool) -> str:
    """Which of the two buttons was pressed, if one was."""
    wide = on_phone()
    with st.container(horizontal=not wide):
        opened = st.button(
            _("Save and open case"),
            type="primary",
            icon=":material/lock:" if off else ":material/check:",
            disabled=off,
            width="stretch" if wide else "content",
            key=state.widget(FORM, "open"),
        )
        following = st.button(
            _("Save and next"),
            icon=":material/lock:" if off else None,
            disabled=off,
            width="stretch" if wide else "content",
            shortcut=None if wide else "Ctrl+S",
            key=state.widget(FORM, "next"),
        )
    if off:
        st.caption(_("Saving is off: one parcel and type makes one case."))
    return "open" if opened else "next" if following else ""


def _save(
    me: Actor,
    parcel: Parcel,
    kind: IncidentType,
    stage: Stage,
    noticed: NoticedBy,
    on: date | None,
    said: str,
    value: str,
    uploads: list[Any],
    shown: str,
    pressed: str,
) -> Done | None:
    """Everything in one write: the parcel where it was typed, the incident, its photos. All of it or nothing."""
    now = clock.now()

    def write(session: Any) -> str:
        worth = Money.parse(value, parcel.currency, field="value")
        shipment_id = parcel.shipment_id(session, me, worth)
        made = intake.take_in(
            session,
            actor=me,
            shipment_id=shipment_id,
            type=kind,
            stage=stage,
            noticed_by=noticed,
            noticed_at=_noticed_at(on, me.zone, now),
            buyer_said=said,
            value=worth,
            owner_id=me.person_id,
            now=now,
        )
        for upload in uploads:
            evidence.add_evidence(session, made.id, actor=me, name=upload.name, data=upload, kind=shown, now=now)
        return made.reference

    with st.spinner(_("Saving")):
        return act(
            write,
            key=state.key(FORM),
            notice=lambda reference: _("{reference} is registered.", reference=reference),
            then=(lambda reference: state.going("case.py", ref=reference)) if pressed == "open" else None,
        )


def _noticed_at(on: date | None, zone: str, now: datetime) -> datetime:
    """Today means now; an earlier day its first moment in the viewer's zone."""
    return now if on is None or on >= clock.local_day(now, zone) else clock.start_of_day(on, zone)
