"""The packs of a claim: whom one is built for, what becomes of each file, what the form still asks, and what was built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name
from core.desk.story import ClaimRow
from core.foundation import clock, database
from core.foundation.formats import day, listed, moment, number
from core.foundation.language import LANGUAGES, _, _n, current
from core.foundation.permissions import Permission
from core.models.claim import ClaimState
from core.models.rule import Confidence
from core.recovery import packs, receivers, templates
from core.recovery.packs import Asked, PackFile, PartFile, Preview
from core.recovery.packs.fit.make import names_of
from core.recovery.receivers import Receiver
from core.recovery.templates import Template
from pages.parts import links, state
from pages.parts.act import act, attempt
from pages.parts.badges import badge
from pages.parts.case_view import View
from pages.parts.choices import segments
from pages.parts.formats import dotted, gray, plain
from pages.parts.who import actor

OVER = frozenset({ClaimState.EXPIRED, ClaimState.WITHDRAWN})
UNFILED = frozenset({ClaimState.DRAFT, ClaimState.READY})
LONG = frozenset({"claimant_contact", "shipper_contact", "consignee_contact", "discovered_how"})
"""Questions whose answer has more than a line."""


def draw(view: View, claim: ClaimRow) -> None:
    """The button that leads to building."""
    if claim.state in OVER or not view.me.may(Permission.PACK_BUILD):
        return
    st.button(
        _("Build pack"),
        icon=":material/folder_zip:",
        width="stretch",
        key=f"case-pack-{claim.id}",
        on_click=state.open_dialog,
        args=("build-pack", claim.id),
    )


def build(view: View, claim_id: Any) -> None:
    """Choose the receiver, see what will happen, answer what the form asks, build."""
    me, form = actor(), view.form("pack", claim_id)
    claim = next((one for one in view.story.claims if one.id == claim_id), None)
    if claim is None:
        return
    receiver = _receiver(form, claim_id)
    delta = _delta(form, claim)
    with database.reading() as session:
        seen = attempt(
            lambda: packs.preview_pack(session, claim_id, receiver.code, actor=me, delta=delta, now=clock.now())
        )
        questions = packs.asked(session, claim_id, receiver, actor=me)
        forms = templates.templates_for(session, claim_id, receiver.code, actor=me) if _may_fill(me) else []
    if seen is None:
        return
    _plan(seen)
    answers = _questions(form, questions)
    chosen = _forms(form, forms, receiver)
    language = segments(
        _("Language of the papers"),
        list(LANGUAGES),
        key=state.widget(form, "language"),
        default=current(),
        words=lambda tag: LANGUAGES[tag],
    )
    ready = seen.draft or delta or not seen.missing
    if st.button(
        _("Build pack"),
        type="primary",
        icon=":material/folder_zip:",
        width="stretch",
        disabled=not ready,
        key=state.widget(form, "save"),
    ):
        with st.spinner(_("Building the pack")):
            done = act(
                lambda session: _write(session, claim_id, receiver.code, delta, answers, chosen, language),
                key=state.key(form),
                notice=_("Pack built."),
            )
        if done is not None:
            state.open_dialog("packs", claim_id)
            st.rerun()


def _write(
    session: Any, claim_id: int, receiver: str, delta: bool, answers: dict[str, str], forms: list[int], language: str
) -> int:
    """Keep the answers and build, in one transaction."""
    me, now = actor(), clock.now()
    packs.answer(session, claim_id, actor=me, answers=answers, now=now)
    return packs.build_pack(
        session, claim_id, actor=me, language=language, receiver=receiver, delta=delta, templates=forms, now=now
    ).id


def _may_fill(me: Any) -> bool:
    return bool(me.may(Permission.TEMPLATE_READ))


def _receiver(form: str, claim_id: int) -> Receiver:
    """Whom the pack is for: the one that belongs to the payer first. What it takes is said below."""
    with database.reading() as session:
        first = packs.advised_receiver(session, claim_id, actor=actor())
    known = {one.code: one for one in receivers.in_order(first)}
    code = st.selectbox(
        _("For whom"),
        list(known),
        key=state.widget(form, "receiver"),
        format_func=lambda one: _("{name} (advised)", name=known[one].name) if one == first.code else known[one].name,
    )
    chosen = known[code or first.code]
    said = _("Takes {limits}.", limits=receivers.limits(chosen))
    if chosen.confidence is Confidence.LOW:
        said += " " + _("Nothing is published: these limits are our own cautious choice.")
    st.caption(plain(said) + "  \n" + plain(_("Checked {day}.", day=day(chosen.checked_on, year=True))))
    return chosen


def _delta(form: str, claim: ClaimRow) -> bool:
    """Once a payer was written to: everything again, or only what is new."""
    if claim.state in UNFILED:
        return False
    words = {"all": _("Everything"), "new": _("Only what is new")}
    answered = claim.state in (ClaimState.REJECTED, ClaimState.PARTLY_APPROVED, ClaimState.INFORMATION_ASKED)
    chosen = segments(
        _("What goes in"),
        list(words),
        key=state.widget(form, "what"),
        default="new" if answered else "all",
        words=lambda name: words[name],
    )
    return chosen == "new"


def _plan(seen: Preview) -> None:
    """What becomes of each file, before it is made."""
    if seen.draft:
        st.markdown(badge(_("Draft"), "gray", "edit_note") + " " + gray(plain(_("Marked as a draft; not for filing."))))
    if seen.missing:
        names = listed(kind_name(code) for code in seen.missing)
        said = _("Still missing: {documents}.", documents=names)
        if seen.draft:
            st.warning(plain(said), icon=":material/error:")
        else:
            st.error(plain(said), icon=":material/error:")
    lines = []
    for step in seen.plan.steps:
        name = f"**{step.exhibit.number}** {plain(kind_name(step.exhibit.item.kind))}"
        if step in seen.plan.left_out:
            lines.append(f":orange[:material/block:] {name} {gray(plain(step.said))}")
        else:
            lines.append(
                f":green[:material/check:] {name} {gray(dotted(plain(step.exhibit.item.name), plain(step.said)))}"
            )
    with st.container(border=True, gap="xsmall"):
        st.markdown("  \n".join(lines) if lines else gray(_("No evidence yet: the papers alone.")))
        if seen.plan.together:
            st.caption("  \n".join(plain(said) for said in seen.plan.together))


def _questions(form: str, questions: Sequence[Asked]) -> dict[str, str]:
    """The fields of the form that only a person can fill. All may stay empty."""
    if not questions:
        return {}
    open_ones = sum(not one.text for one in questions)
    title = (
        _n("{n} question of the form is open", "{n} questions of the form are open", open_ones)
        if open_ones
        else _("The form's questions are answered")
    )
    answers = {}
    with st.expander(title, icon=":material/quiz:"):
        for one in questions:
            make = st.text_area if one.code in LONG else st.text_input
            more: dict[str, Any] = {"height": 72} if one.code in LONG else {}
            answers[one.code] = make(
                plain(one.name), one.text, key=state.widget(form, f"ask-{one.code}"), max_chars=1000, **more
            )
    return answers


def _forms(form: str, forms: Sequence[Template], receiver: Receiver) -> list[int]:
    """Payers' own forms to be filled: those that belong to this receiver, carrier or payer are chosen already."""
    if not forms:
        return []
    names = {one.id: f"{one.name} ({one.format.upper()}, v{one.version})" for one in forms}
    mine = [one.id for one in forms if one.receiver or one.carrier_code or one.payer_name]
    return list(
        st.multiselect(
            _("Forms to fill"),
            list(names),
            default=mine,
            key=state.widget(form, f"forms-{receiver.code}"),
            format_func=lambda one: names[one],
        )
    )


def show(view: View, claim_id: Any) -> None:
    """Every pack of the claim, the newest first."""
    me = actor()
    with database.reading() as session:
        found = packs.list_packs(session, claim_id, actor=me)
    if not found:
        st.caption(_("No pack built yet."))
    for index, one in enumerate(found):
        with st.container(border=True, gap="xsmall"):
            st.markdown(_words(one, me.zone))
            if one.removed_at is not None or not me.may(Permission.BUYER_READ):
                gone = _("Its files were removed with the buyer's data.")
                st.caption(
                    gone
                    if one.removed_at is not None
                    else _("A pack shows the buyer, and you may not see buyers' names.")
                )
                continue
            if index == 0 or not one.parts:
                _parts(one)
            else:
                with st.expander(_n("{n} file to send", "{n} files to send", len(one.parts))):
                    _parts(one)
            with st.container(horizontal=True):
                first = index == 0
                if one.parts:
                    st.link_button(
                        _("All files to send (ZIP)"),
                        links.parts(one.id),
                        icon=":material/outbox:",
                        type="primary" if first else "secondary",
                    )
                st.link_button(
                    _("Our archive (ZIP)"),
                    links.pack(one.id),
                    icon=":material/folder_zip:",
                    type="primary" if first and not one.parts else "secondary",
                )
                st.link_button(_("PDF alone"), links.pack_pdf(one.id), icon=":material/picture_as_pdf:")
    if me.may(Permission.PACK_BUILD):
        st.button(
            _("Build another"),
            icon=":material/add:",
            type="tertiary",
            key=f"case-pack-again-{claim_id}",
            on_click=state.open_dialog,
            args=("build-pack", claim_id),
        )


def _parts(one: PackFile) -> None:
    """The files for the receiver, by sending and by place in its form, each to take away."""
    known = receivers.receivers().get(one.receiver or "")
    lines: list[str] = []
    place = (0, "")
    for part in one.parts:
        if (part.sending, part.module) != place:
            place = (part.sending, part.module)
            head = _("Part {n} of {all}", n=part.sending, all=one.sendings) if one.sendings > 1 else ""
            module = known.module_name(part.module) if known and part.module else ""
            if head or module:
                lines.append(f"**{plain(dotted(head, module))}**")
        lines.append(_part(part, one))
    for left in one.left_out:
        lines.append(f":orange[:material/block:] {gray(plain(left['why']))}")
    if lines:
        st.markdown("  \n".join(lines))


def _part(part: PartFile, pack: PackFile) -> str:
    """One file: the end of its name that tells it from the others, its size, what is in it."""
    start = part.file_name.partition("_")[0] + "_" if len(pack.parts) > 1 else ""
    holds = names_of(part.holds)
    short = holds if len(holds) <= 90 else _n("{n} piece", "{n} pieces", len(part.holds))
    return f"[{plain(part.file_name.removeprefix(start))}]({links.part(part.id)}) {gray(dotted(plain(_size(part.size)), plain(short)))}"


def _size(size: int) -> str:
    if size >= 1_000_000:
        return _("{n} MB", n=number(round(size / 1_000_000, 1)))
    return _("{n} KB", n=number(max(1, size // 1000)))


def _words(one: PackFile, zone: str) -> str:
    marks = badge(_("Draft"), "gray", "edit_note") if one.draft else ""
    if one.since:
        marks += " " + badge(_("Only what is new"), "blue", "fiber_new")
    known = receivers.receivers().get(one.receiver or "")
    title = plain(known.name if known else _("Our archive alone"))
    second = dotted(
        plain(moment(one.built_at, zone, year=True)),
        plain(one.built_by or "Recoup"),
        plain(_size(one.size)),
        LANGUAGES.get(one.language, one.language),
    )
    third = gray(plain(dotted(one.file_name, f"sha256 {one.sha256[:12]}…{one.sha256[-4:]}")))
    return f"**{title}** {marks}  \n{gray(second)}  \n{third}"
