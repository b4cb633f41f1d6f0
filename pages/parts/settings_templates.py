"""Settings: payers' own claim forms, with what each asks, an example to copy from, and a fill to try it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.cases.words import payer_said
from core.foundation import clock, database
from core.foundation.formats import moment
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Actor, Permission
from core.parcels import carriers
from core.recovery import receivers, templates
from core.recovery.packs.fit import Form
from core.recovery.packs.fit.pieces import MEDIA_TYPES
from core.recovery.templates import Found, Template
from pages.parts import dialogs, state
from pages.parts.act import act, attempt
from pages.parts.badges import badge
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading
from pages.parts.who import actor

ADD = "template-add"
TRY = "template-try"
RETIRE = "template-retire"
FOR: dict[str, str] = {
    "all": N_("Every claim"),
    "receiver": N_("A receiver"),
    "carrier": N_("A carrier"),
    "payer": N_("A payer"),
}


def draw(me: Actor) -> None:
    """The forms, their buttons, the examples, and the dialog that is open."""
    may_edit = me.may(Permission.TEMPLATE_EDIT)
    heading(
        _("Claim forms"),
        button=_("Add a form") if may_edit else "",
        key="template-open",
        dialog=ADD,
    )
    st.caption(
        _(
            "A payer's own workbook or document, filled for every claim. Write the names of fields in double braces where "
            "they belong; the example has them all."
        )
    )
    with st.container(horizontal=True):
        _example(_("Example workbook"), "xlsx", templates.blank_workbook())
        _example(_("Example document"), "docx", templates.blank_document())
    with database.reading() as session:
        found = templates.list_templates(session, actor=me)
    if not found:
        st.info(_("No form yet. Without one a pack carries our own claim sheet."))
    for one in found:
        _line(one, me, may_edit)
    _dialog(found)


def _example(words: str, ending: str, data: bytes) -> None:
    st.download_button(
        words,
        data,
        file_name=f"recoup-claim-fields.{ending}",
        mime=MEDIA_TYPES[ending],
        icon=":material/download:",
        on_click="ignore",
        key=f"template-example-{ending}",
    )


def _line(one: Template, me: Actor, may_edit: bool) -> None:
    with st.container(border=True, gap="xsmall"):
        kind = badge(one.format.upper(), "gray", "description")
        second = dotted(
            plain(_whose(one)),
            plain(_n("{n} field", "{n} fields", len(one.fields))),
            plain(_("version {n}", n=one.version)),
            plain(moment(one.added_at, me.zone, year=True)),
            plain(one.added_by or "Recoup"),
        )
        st.markdown(f"**{plain(one.name)}** {kind}  \n{gray(second)}")
        with st.container(horizontal=True):
            if me.may(Permission.PACK_BUILD):
                st.button(
                    _("Try it"),
                    icon=":material/play_arrow:",
                    key=f"template-try-{one.id}",
                    on_click=state.open_dialog,
                    args=(TRY, one.id),
                )
            if may_edit:
                st.button(
                    _("Retire"),
                    icon=":material/archive:",
                    type="tertiary",
                    key=f"template-retire-{one.id}",
                    on_click=state.open_dialog,
                    args=(RETIRE, one.id),
                )


def _whose(one: Template) -> str:
    if one.receiver:
        known = receivers.receivers().get(one.receiver)
        return known.name if known else one.receiver
    return payer_said(one.payer_name or "") or one.carrier_code or _(FOR["all"])


def _dialog(found: list[Template]) -> None:
    opened = state.opened()
    by_id = {one.id: one for one in found}
    if opened is None:
        return
    if opened.name == ADD:
        dialogs.show(_("Add a form"), _add, width="medium")
    elif opened.name == TRY and opened.subject in by_id:
        dialogs.show(_("Try the form"), lambda: _try(by_id[opened.subject]))
    elif opened.name == RETIRE and opened.subject in by_id:
        dialogs.show(_("Retire the form"), lambda: _retire(by_id[opened.subject]))


def _add() -> None:
    me = actor()
    upload = st.file_uploader(
        _("Workbook (XLSX) or document (DOCX)"),
        type=["xlsx", "docx"],
        key=state.widget(ADD, "file"),
        max_upload_size=5,
    )
    found = attempt(lambda: templates.look_into(upload.getvalue(), upload.name)) if upload else None
    if found is not None:
        _fields(found)
    given = upload.name.rpartition(".")[0] if upload else ""
    name = st.text_input(_("Name"), given, key=state.widget(ADD, f"name-{given}"), max_chars=80)
    belongs = _belongs()
    ready = found is not None and bool(found.fields) and not found.unknown
    saved = st.button(_("Save"), type="primary", width="stretch", disabled=not ready, key=state.widget(ADD, "save"))
    if saved and upload is not None:
        data, file_name = upload.getvalue(), upload.name

        def write(session: Any) -> str:
            made = templates.add_template(
                session, actor=me, name=name, file_name=file_name, data=data, **belongs, now=clock.now()
            )
            return f"{made.name}, {made.version}"

        if act(write, key=state.key(ADD), notice=_("The form is kept.")):
            dialogs.done()
    if not ready:
        st.caption(_("Saving is off until a form is chosen whose fields are all known."))


def _fields(found: Found) -> None:
    """What was found, and what nobody knows with the nearest name."""
    if found.fields:
        names = ", ".join(found.fields)
        st.markdown(
            f":green[:material/check_circle:] {plain(_n('{n} field', '{n} fields', len(found.fields)))}: {gray(plain(names))}"
        )
    elif not found.unknown:
        st.warning(_("No field was found in it. Write their names in double braces where they belong."))
    for one in found.unknown:
        near = _("perhaps {name}", name=one.nearest) if one.nearest else _("nothing like it is known")
        st.markdown(f":red[:material/error:] {plain(_('Unknown field'))} **{plain(one.name)}** {gray(plain(near))}")


def _belongs() -> dict[str, str | None]:
    """For which claims the form is offered."""
    kind = st.selectbox(_("For"), list(FOR), key=state.widget(ADD, "for"), format_func=lambda name: _(FOR[name]))
    if kind == "receiver":
        known = receivers.receivers()
        code = st.selectbox(
            _("Receiver"), list(known), key=state.widget(ADD, "receiver"), format_func=lambda one: known[one].name
        )
        return {"receiver": code}
    if kind == "carrier":
        with database.reading() as session:
            found = {one.code: one.name for one in carriers.list_carriers(session, actor=actor())}
        code = st.selectbox(
            _("Carrier"), list(found), key=state.widget(ADD, "carrier"), format_func=lambda one: found[one]
        )
        return {"carrier_code": code}
    if kind == "payer":
        return {"payer_name": st.text_input(_("Payer, as on its rule card"), key=state.widget(ADD, "payer")) or None}
    return {}


def _try(one: Template) -> None:
    """Fill the form for a claim there is, to look at."""
    me = actor()
    with database.reading() as session:
        claims = dict(templates.sample_claims(session, actor=me))
    if not claims:
        st.caption(_("There is no claim yet to try it on."))
        return
    claim_id = st.selectbox(
        _("Claim"), list(claims), key=f"template-try-claim-{one.id}", format_func=lambda found: claims[found]
    )
    made = attempt(lambda: _filled(one.id, claim_id, me))
    if made is not None:
        st.download_button(
            _("Download the filled form"),
            made.data,
            file_name=f"{claims[claim_id]}_{one.name}.{made.ending}",
            mime=MEDIA_TYPES[made.ending],
            type="primary",
            width="stretch",
            icon=":material/download:",
            on_click="ignore",
            key=f"template-try-get-{one.id}-{claim_id}",
        )
        st.caption(_("Nothing is kept of a trial."))


def _filled(template_id: int, claim_id: int, me: Actor) -> Form:
    with database.reading() as session:
        return templates.fill(session, template_id, claim_id, actor=me, now=clock.now())


def _retire(one: Template) -> None:
    me = actor()
    st.write(plain(_("“{name}” is offered no longer. Packs it was filled for keep it.", name=one.name)))
    if st.button(_("Retire"), type="primary", width="stretch", key=state.widget(f"{RETIRE}-{one.id}", "save")) and act(
        lambda session: templates.retire_template(session, one.id, actor=me, now=clock.now()).id,
        key=state.key(f"{RETIRE}-{one.id}"),
        notice=_("The form is retired."),
    ):
        dialogs.done()
