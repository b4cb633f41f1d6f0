"""Filing a claim and appealing its answer: what goes to the payer, and what proves that it went."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name
from core.desk.story import ClaimRow
from core.foundation import clock, database
from core.foundation.formats import moment
from core.foundation.language import _, _n
from core.models.clock import ClockKind, ClockState
from core.recovery import claims
from core.recovery.claims import denial_codes
from core.recovery.claims.times import OWN
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.case_claim_denial import reversal_words
from pages.parts.case_claim_shared import claim_of, moment_input, save
from pages.parts.case_view import View
from pages.parts.formats import gray, plain
from pages.parts.ways import WAYS
from pages.parts.who import actor

AGO = timedelta(minutes=10)
"""A moment of filing younger than this is now: the form was open meanwhile."""


def submit(view: View, claim_id: Any) -> None:
    """Note that it was filed: case number, way, receipt."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form, spots = view.form("submit", claim.id), Spots()
    st.caption(_("File it with the payer first; then write down here what proves it."))
    number = st.text_input(_("Case number of the payer"), key=state.widget(form, "number"), max_chars=100)
    spots.under("case_number")
    via = st.selectbox(_("Through"), WAYS, format_func=_, key=state.widget(form, "via"), accept_new_options=True)
    spots.under("via")
    filed_at = moment_input(form, _("Filed on ({zone})", zone=me.zone), _("At"), view.now, me.zone)
    spots.under("submitted_at")
    receipt = st.file_uploader(
        _("Receipt (screenshot, mail or PDF)"),
        key=state.widget(form, "receipt"),
        type=("image", "application/pdf", ".pdf", ".eml", ".msg"),
    )
    if save(_("Submit claim"), form, "outgoing_mail"):

        def write(session: Any) -> str:
            from core.cases import evidence

            receipt_id = None
            if receipt is not None:
                receipt_id = evidence.add_evidence(
                    session, view.id, actor=me, name=receipt.name, data=receipt, kind="receipt", now=clock.now()
                ).id
            way = _(via) if via in WAYS else str(via or "")
            now = clock.now()
            # What was left as it was filled in means now.
            before = filed_at if now - filed_at > AGO else None
            return claims.submit(
                session,
                claim.id,
                actor=me,
                case_number=number,
                via=way,
                receipt_id=receipt_id,
                submitted_at=before if filed_at < now else filed_at,
                now=now,
            ).reference

        if act(
            write,
            key=state.key(form),
            notice=lambda reference: _("Claim {reference} is filed.", reference=reference),
            spots=spots,
        ):
            dialogs.done()


def appeal(view: View, claim_id: Any) -> None:
    """Appeal with the reasons: what the denial says is missing, what is new since, how often such an appeal succeeds."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form, spots = view.form("appeal", claim.id), Spots()
    if claim.answer_text:
        st.markdown(f"{gray(_('The payer wrote:'))}  \n{plain(claim.answer_text)}")
    _denied(view, claim)
    st.markdown(_until(view, claim))
    _news(view, claim)
    text = st.text_area(_("Why the answer is wrong"), key=state.widget(form, "text"), height=140)
    spots.under("text")
    if save(_("Appeal"), form, "gavel") and act(
        lambda session: claims.appeal(session, claim.id, actor=me, text=text or "", now=clock.now()).reference,
        key=state.key(form),
        notice=_("Appeal noted."),
        spots=spots,
    ):
        dialogs.done()


def _denied(view: View, claim: ClaimRow) -> None:
    """The code's meaning, what it says is missing against what the case holds, its usual answer and its chances."""
    code = denial_codes().get(claim.denial_code or "")
    if code is None:
        return
    st.markdown(f"**{plain(code.name)}**  \n{gray(plain(code.meaning))}")
    there = {one.kind for one in view.story.evidence if one.withdrawn_at is None}
    rows = [
        f":green[:material/check_circle:] {plain(kind_name(kind))}"
        if kind in there
        else f":orange[:material/error:] {plain(_('{document}, missing', document=kind_name(kind)))}"
        for kind in code.missing
    ]
    if rows:
        st.markdown("  \n".join(rows))
    st.markdown(f":material/lightbulb: {plain(code.answer)}")
    with database.reading() as session:
        found = claims.reversal(session, code.code, claim.payer_name, actor=view.me)
    st.caption(plain(reversal_words(found)))


def _until(view: View, claim: ClaimRow) -> str:
    """Until when the appeal is taken, or that nobody knows."""
    due = [
        one.due_at
        for one in view.story.clocks
        if one.claim_id == claim.id and one.kind is ClockKind.APPEAL and one.state is ClockState.RUNNING
        if one.due_at and one.rule != OWN
    ]
    if due:
        when = moment(max(due), claim.rule_zone, year=True)
        return f":material/schedule: {plain(_('Appeal by {when} ({zone}).', when=when, zone=claim.rule_zone))}"
    if claim.appeal_days is None:
        return gray(plain(_("No appeal time known for this payer: appeal soon.")))
    return ""


def _news(view: View, claim: ClaimRow) -> None:
    """What came into the case since the payer was last written to."""
    with database.reading() as session:
        news = claims.new_since(session, claim.id, actor=view.me)
    files = [one for one in view.story.evidence if one.id in news.evidence_ids]
    if not files and not news.contact_ids:
        st.markdown(f":orange[:material/info:] {plain(_('Nothing is new since the payer was last written to.'))}")
        return
    st.markdown(f"**{plain(_('New since the payer was last written to'))}**")
    rows = [f":material/attach_file: {plain(kind_name(one.kind))} {gray(plain(one.name))}" for one in files]
    if news.contact_ids:
        rows.append(
            f":material/call: {plain(_n('one talk in the contact log', '{n} talks in the contact log', len(news.contact_ids)))}"
        )
    st.markdown("  \n".join(rows))
