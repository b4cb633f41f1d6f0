"""Intake of many at once: a pasted column of numbers, or the incidents imports offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.cases.incidents import NewIncident
from core.cases.words import NOTICED_LABELS, STAGE_LABELS, TYPE_LABELS
from core.desk import import_runs
from core.desk.import_runs import CAUSE_LABELS, Offered
from core.desk.standing import standing_many
from core.foundation import clock, database
from core.foundation.formats import amount, day, moment
from core.foundation.language import _, _n
from core.foundation.permissions import Actor
from core.models.imports import OfferCause
from core.models.incident import IncidentType, NoticedBy, Stage
from core.parcels import shipments
from core.parcels.shipments import ShipmentFacts
from core.recovery import intake
from pages.parts import state
from pages.parts.act import act
from pages.parts.choices import pills, segments
from pages.parts.formats import cut, plain
from pages.parts.intake_one import BY_HAND
from pages.parts.lines import figures

PASTE, OFFERS = "paste", "offers"
FORM, OFFER_FORM = "intake-many", "intake-offers"
RESULT = "intake-many-result"
MOST = 500


@dataclass(frozen=True)
class Line:
    """One pasted number and what it led to: a parcel to register, or why not."""

    number: str
    parcel: ShipmentFacts | None
    standing: str | None
    said: str


def draw(me: Actor) -> None:
    """Paste or offers, and what the last batch made."""
    with database.reading() as session:
        waiting = import_runs.count_offers(session, actor=me)
    names = {PASTE: _("Paste numbers"), OFFERS: _("Offered by imports ({n})", n=waiting)}
    asked = st.query_params.get("many", "")
    source = segments(
        _("From where"),
        [PASTE, OFFERS],
        key="intake-source",
        default=asked if asked in names else PASTE,
        words=lambda one: names[one],
        hidden=True,
    )
    _made()
    if source == OFFERS:
        _offers(me)
    else:
        _paste(me)


def _made() -> None:
    """What the last batch made and refused, until the next."""
    result = state.memory().found.get(RESULT)
    if not result:
        return
    made, refused = result["made"], result["refused"]
    with st.container(border=True, gap="small"):
        if made:
            st.markdown(
                f":green[:material/check_circle:] **{_n('{n} incident registered', '{n} incidents registered', len(made))}**"
            )
        if refused:
            st.markdown(f":orange[:material/error:] **{_n('{n} not registered', '{n} not registered', len(refused))}**")
        rows = [(number, reference) for number, reference in made] + [(number, said) for number, said in refused]
        table = pd.DataFrame({_("Number"): [cut(one[0], 60) for one in rows], _("Result"): [one[1] for one in rows]})
        st.dataframe(
            table, hide_index=True, height="content" if len(rows) <= 10 else 380, row_height=34, alt=_("Result")
        )
        if made:
            st.page_link("register.py", label=_("Open the register"), icon=":material/list_alt:")


def _paste(me: Actor) -> None:
    text = st.text_area(
        _("Tracking or order numbers, one a line"),
        key=state.widget(FORM, "numbers"),
        height=180,
        placeholder="SPXSG0429981165\n2611190KQ2LD",
    )
    kind = segments(
        _("What went wrong"),
        list(IncidentType),
        key=state.widget(FORM, "type"),
        default=IncidentType.LOST,
        words=lambda one: _(TYPE_LABELS[one]),
    )
    stage = _stage(FORM)
    noticed = st.selectbox(
        _("How it was noticed"),
        BY_HAND,
        format_func=lambda one: _(NOTICED_LABELS[one]),
        key=state.widget(FORM, "noticed"),
    )
    numbers = _numbers(text or "")
    if not numbers:
        st.caption(_("Copy the column from your sheet and paste it here."))
        return
    if len(numbers) > MOST:
        st.warning(_("At most {n} at once; the first {n} are taken.", n=MOST), icon=":material/info:")
        numbers = numbers[:MOST]
    lines = _look_up(me, numbers, kind)
    _show(lines)
    good = [line for line in lines if line.parcel is not None and line.standing is None]
    rows = [NewIncident(line.parcel.id, line.number, kind, stage, noticed) for line in good if line.parcel]
    _register(me, rows, FORM)


def _stage(form: str) -> Stage:
    return pills(
        _("Where"),
        list(Stage),
        key=state.widget(form, "stage"),
        default=Stage.UNKNOWN,
        words=lambda one: _(STAGE_LABELS[one]),
    )


def _numbers(text: str) -> list[str]:
    """Each number once, in the order pasted; cells of a pasted row are numbers of their own."""
    parts = (
        part.strip() for line in text.splitlines() for part in line.replace(",", "\t").replace(";", "\t").split("\t")
    )
    return list(dict.fromkeys(part for part in parts if part))


def _look_up(me: Actor, numbers: Sequence[str], kind: IncidentType) -> list[Line]:
    with database.reading() as session:
        found = shipments.find_many(session, numbers, actor=me)
        ids = [one.id for hits in found.values() for one in hits]
        standing = standing_many(session, ids, kind, actor=me)
    seen: set[int] = set()
    lines = []
    for number in numbers:
        hits = found.get(number, ())
        if not hits:
            lines.append(Line(number, None, None, _("not found")))
        elif len(hits) > 1:
            lines.append(Line(number, None, None, _n("{n} parcel", "{n} parcels: register them one by one", len(hits))))
        elif hits[0].id in seen:
            lines.append(Line(number, None, None, _("the same parcel as above")))
        else:
            one, reference = hits[0], standing.get(hits[0].id)
            seen.add(one.id)
            said = _("registered already: {reference}", reference=reference) if reference else _("ready")
            lines.append(Line(number, one, reference, said))
    return lines


def _show(lines: Sequence[Line]) -> None:
    shown = pd.DataFrame(
        {
            _("Number"): [cut(line.number, 60) for line in lines],
            _("Result"): [line.said for line in lines],
            _("Parcel"): [cut(_parcel(line.parcel), 80) if line.parcel else "—" for line in lines],
            _("Value"): [amount(line.parcel.value) if line.parcel else "—" for line in lines],
        }
    )
    st.dataframe(
        shown,
        column_config=figures(shown, _("Value")),
        hide_index=True,
        height="content" if len(lines) <= 12 else 440,
        row_height=34,
        alt=_("Numbers"),
    )


def _parcel(one: ShipmentFacts) -> str:
    return " · ".join(part for part in (one.carrier, one.shop, one.order_number) if part)


def _register(me: Actor, rows: Sequence[NewIncident], form: str) -> None:
    off = not rows
    label = _n("Register {n} incident", "Register {n} incidents", len(rows)) if rows else _("Register")
    pressed = st.button(
        label,
        type="primary",
        icon=":material/lock:" if off else ":material/playlist_add:",
        disabled=off,
        key=state.widget(form, "save"),
    )
    if off:
        st.caption(_("None of these can be registered: each is unknown or registered already."))
    if not pressed:
        return

    def write(session: Any) -> dict[str, Any]:
        result = intake.take_in_many(session, rows, actor=me, now=clock.now())
        return {"made": result.made, "refused": result.refused}

    with st.spinner(_("Registering")):
        done = act(
            write,
            key=state.key(form),
            notice=lambda result: _n("{n} incident registered.", "{n} incidents registered.", len(result["made"])),
        )
    if done:
        state.memory().found[RESULT] = done.result
        st.rerun()


# --- offers -------------------------------------------------------------------------------------------------------------


def _offers(me: Actor) -> None:
    with database.reading() as session:
        offers = import_runs.open_offers(session, actor=me)
    if not offers:
        st.info(_("No import offers an incident now. Orders whose reason says lost show up here after an import."))
        return
    st.caption(
        _(
            "The files say these parcels are lost, damaged or short. Take away the tick where that is wrong. Failed deliveries are not"
            " ticked: most of those parcels come back."
        )
    )
    shown = _offer_table(offers, me)
    event = st.dataframe(
        shown,
        column_config=figures(shown, _("Value")),
        hide_index=True,
        height="content" if len(offers) <= 12 else 460,
        row_height=34,
        key=state.widget(OFFER_FORM, "rows"),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [at for at, one in enumerate(offers) if one.cause is not OfferCause.FAILED]}
        },
        alt=_("Offered incidents"),
    )
    chosen = [offers[index] for index in event["selection"]["rows"] if index < len(offers)]
    stage = _stage(OFFER_FORM)
    rows = [NewIncident(one.shipment_id, one.number, one.type, stage, _noticed(one), offer_id=one.id) for one in chosen]
    if chosen:
        _register(me, rows, OFFER_FORM)
        _dismiss(me, chosen)
    else:
        st.caption(_("Tick the rows that are to become incidents."))


def _noticed(offer: Offered) -> NoticedBy:
    """A return is the buyer's own word; everything else the file noticed."""
    return NoticedBy.BUYER if offer.cause is OfferCause.RETURN else NoticedBy.IMPORT


def _offer_table(offers: Sequence[Offered], me: Actor) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Number"): [one.number for one in offers],
            _("Type"): [_(TYPE_LABELS[one.type]) for one in offers],
            _("Shop"): [one.shop for one in offers],
            _("Carrier"): [one.carrier or "—" for one in offers],
            _("Value"): [amount(one.value) for one in offers],
            _("Answer by"): [moment(one.answer_by, me.zone) for one in offers],
            _("Because of"): [_(CAUSE_LABELS[one.cause]) for one in offers],
            _("The file says"): [cut(one.reason, 120) for one in offers],
            _("Offered"): [day(clock.local_day(one.created_at, me.zone)) for one in offers],
        }
    )


def _dismiss(me: Actor, chosen: Sequence[Offered]) -> None:
    form = "intake-dismiss"
    if st.button(
        plain(_n("Dismiss {n} offer", "Dismiss {n} offers", len(chosen))),
        type="tertiary",
        icon=":material/close:",
        key=state.widget(form, "save"),
    ) and act(
        lambda session: import_runs.dismiss_offers(session, [one.id for one in chosen], actor=me, now=clock.now()),
        key=state.key(form),
        notice=lambda count: _n("{n} offer dismissed.", "{n} offers dismissed.", count),
    ):
        state.forget(OFFER_FORM)
        st.rerun()
