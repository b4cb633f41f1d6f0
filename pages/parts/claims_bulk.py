"""Work on several claims at once: the bar over the grid, the dialogs, the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import streamlit as st

from core.cases.words import CHANNEL_LABELS, payer_said
from core.desk.claims_list import ClaimLine
from core.foundation import clock, database, formats
from core.foundation.formats import listed
from core.foundation.language import N_, _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models.contact import Channel
from core.recovery import bulk
from core.recovery.bulk import Ahead, Outcome, Report
from core.recovery.claim_states import STATE_LABELS, ClaimAction
from pages.parts import batches, claims_report, claims_schedule, claims_start, state
from pages.parts.formats import dotted, gray, plain
from pages.parts.state import Opened
from pages.parts.ways import WAYS
from pages.parts.who import actor

P = Permission
PAGE = "claims"


def draw_start(me: Actor) -> None:
    """The way to the windows under which nobody claims yet."""
    if me.may(P.CLAIM_PREPARE):
        st.button(
            _("Start claims"),
            icon=":material/playlist_add:",
            key="claims-start",
            on_click=state.open_dialog,
            args=("claims-start",),
        )


def draw_bar(ticked: Sequence[ClaimLine], me: Actor) -> None:
    """What can be done with the ticked claims. It stands there before anything is ticked, so that the grid under it never
    moves away from the hand that ticks.
    """
    payers = len({row.payer_name for row in ticked})
    ids = tuple(row.id for row in ticked)
    offers = [one for one in _OFFERS if me.may(one[3])]
    if not offers:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name, words, icon, _right, one_payer in offers:
            off = not ticked or (one_payer and payers > 1)
            st.button(
                _(words),
                icon=f":material/{'lock' if off and ticked else icon}:",
                key=f"claims-bulk-{name}",
                disabled=off,
                on_click=batches.begin,
                args=(PAGE, f"claims-{name}", ids),
            )
        # On the right, where the grid's own toolbar floats over the bar.
        st.markdown(_chosen(ticked, payers), width="stretch")


_OFFERS = (
    ("prepare", N_("Prepare"), "task", P.CLAIM_PREPARE, False),
    ("submit", N_("File claims"), "outgoing_mail", P.CLAIM_SUBMIT, True),
    ("follow", N_("Follow up"), "forum", P.CLAIM_ANSWER, True),
    ("schedule", N_("Schedule"), "table_view", P.INCIDENT_EXPORT, True),
)
"""Code, words, icon, right, and whether all have to be of one payer."""


def _chosen(ticked: Sequence[ClaimLine], payers: int) -> str:
    """How many are ticked and what they ask for; or why not all can be done with them."""
    if not ticked:
        return gray(plain(_("Tick claims to work on several together.")))
    n = len(ticked)
    said = f"**{plain(_n('{n} claim chosen', '{n} claims chosen', n))}**"
    if payers > 1:
        why = _("Of {n} payers: only claims of one are filed, followed up or listed together.", n=payers)
        return f"{said} {gray(plain(why))}"
    return dotted(said, plain(payer_said(ticked[0].payer_name)), _sum(ticked))


def _sum(ticked: Sequence[ClaimLine]) -> str:
    sums: dict[str, Decimal] = {}
    for row in ticked:
        sums[row.currency] = sums.get(row.currency, Decimal(0)) + row.demand
    shown = [formats.amount(Money(sums[one], one)) for one in sorted(sums)]
    return plain(listed(shown[:3]) + (" …" if len(shown) > 3 else ""))


_TITLES = {
    "claims-prepare": N_("Prepare claims"),
    "claims-submit": N_("File claims"),
    "claims-follow": N_("Follow up claims"),
    "claims-schedule": N_("Schedule for the payer"),
    "claims-start": N_("Start claims"),
}


def draw_dialog(opened: Opened) -> None:
    """The dialog that is open."""
    title = _TITLES.get(opened.name)
    if title is None:
        return
    st.dialog(_(title), width="large", on_dismiss=close)(_body)(opened.name, opened.subject)


def close() -> None:
    """Close it. What failed stays ticked."""
    batches.close(
        PAGE,
        lambda report: [row.reference for row in report.rows if row.outcome is not Outcome.DONE and row.reference],
    )


def _body(name: str, subject: Any) -> None:
    report = batches.report(PAGE, Report)
    if report is not None:
        claims_report.draw(report, close)
        return
    match name:
        case "claims-prepare":
            _prepare(subject)
        case "claims-submit":
            _submit(subject)
        case "claims-follow":
            _follow(subject)
        case "claims-schedule":
            claims_schedule.draw(subject)
        case "claims-start":
            claims_start.draw(run)


def _prepare(ids: tuple[int, ...]) -> None:
    me, form = actor(), "claims-prepare"
    st.caption(_("Each draft is marked ready when its documents are there, and its pack is built."))
    _ahead(ids, ClaimAction.MARK_READY, me)
    build = st.checkbox(_("Build the packs"), value=True, key=state.widget(form, "build"))
    if _go(_n("Prepare {n} claim", "Prepare {n} claims", len(ids)), form):
        run(
            form,
            ids,
            lambda session, some: bulk.prepare_many(session, some, actor=me, build=build, now=clock.now()),
        )


def _submit(ids: tuple[int, ...]) -> None:
    me, form = actor(), "claims-submit"
    st.caption(_("Write down what was filed with the payer. The case number may be one for all, or one each."))
    ahead = _ahead(ids, ClaimAction.SUBMIT, me)
    via = st.selectbox(
        _("Filed through"),
        [_(one) for one in WAYS],
        index=None,
        key=state.widget(form, "via"),
        accept_new_options=True,
        placeholder=_("Portal or address"),
    )
    number = st.text_input(
        _("Case number for all"), key=state.widget(form, "number"), placeholder=_("Empty where each has its own below")
    )
    own = _numbers(ahead, form)
    file = st.file_uploader(_("Receipt for all (optional)"), key=state.widget(form, "receipt"))
    if _go(_n("File {n} claim", "File {n} claims", len(ids)), form):
        receipt = bulk.Receipt(file.name, file.getvalue()) if file is not None else None
        run(
            form,
            ids,
            lambda session, some: bulk.submit_many(
                session,
                some,
                actor=me,
                via=via or "",
                number=number or "",
                numbers=own,
                receipt=receipt,
                now=clock.now(),
            ),
        )


def _numbers(ahead: Sequence[Ahead], form: str) -> dict[int, str]:
    """The case number of each, typed into a table."""
    if not st.toggle(_("One case number each"), key=state.widget(form, "each")):
        return {}
    table = pa.table({"claim": [one.reference for one in ahead], "number": ["" for _one in ahead]})
    typed: Any = st.data_editor(
        table,
        key=state.widget(form, "numbers"),
        hide_index=True,
        width="stretch",
        disabled=["claim"],
        column_config={
            "claim": st.column_config.TextColumn(_("Claim")),
            "number": st.column_config.TextColumn(_("Payer's case number"), max_chars=100),
        },
    )
    written = typed.column("number").to_pylist()
    return {one.claim_id: str(said) for one, said in zip(ahead, written, strict=True) if said}


def _follow(ids: tuple[int, ...]) -> None:
    me, form = actor(), "claims-follow"
    _ahead(ids, ClaimAction.FOLLOW_UP, me)
    channel: Any = st.selectbox(
        _("Through"), list(Channel), format_func=lambda one: _(CHANNEL_LABELS[one]), key=state.widget(form, "channel")
    )
    text = st.text_area(_("What was asked, and what was said"), key=state.widget(form, "text"), height=90)
    with st.container(horizontal=True, gap="small"):
        name = st.text_input(_("Name (optional)"), key=state.widget(form, "name"))
        staff = st.text_input(_("Staff number (optional)"), key=state.widget(form, "staff"))
        next_on = st.date_input(_("Ask again on (optional)"), value=None, key=state.widget(form, "next"))
    if _go(_n("Follow up {n} claim", "Follow up {n} claims", len(ids)), form):
        run(
            form,
            ids,
            lambda session, some: bulk.follow_up_many(
                session,
                some,
                actor=me,
                channel=channel,
                text=text or "",
                name=name or "",
                staff_number=staff or "",
                next_on=next_on,
                now=clock.now(),
            ),
        )


def _go(words: str, form: str) -> bool:
    return st.button(words, type="primary", width="stretch", icon=":material/check:", key=state.widget(form, "save"))


def _ahead(ids: tuple[int, ...], action: ClaimAction, me: Actor) -> list[Ahead]:
    """The claims with what would be refused and why."""

    def look() -> list[Ahead]:
        with database.reading() as session:
            return bulk.look_ahead(session, ids, action, actor=me, now=clock.now())

    found = batches.ahead(PAGE, (action, ids), look)
    batches.refusals(sum(1 for one in found if one.reason is not None), len(found))
    table = pa.table(
        {
            "claim": [one.reference for one in found],
            "case": [one.case for one in found],
            "payer": [payer_said(one.payer) for one in found],
            "state": [_(STATE_LABELS[one.state]) for one in found],
            "ahead": [one.reason or "✓" for one in found],
        }
    )
    text = st.column_config.TextColumn
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(found) <= 6 else 245,
        row_height=34,
        alt=_("The chosen claims and what would be refused"),
        column_config={
            "claim": text(_("Claim"), width=118),
            "case": text(_("Case"), width=124),
            "payer": text(_("Payer"), width=100),
            "state": text(_("State"), width=100),
            "ahead": text(_("What stands in the way"), width="large"),
        },
    )
    return found


def run(form: str, rows: Sequence[Any], write: Callable[[Any, Sequence[Any]], Report]) -> None:
    """Do the batch, and then show what became of it."""
    made = batches.run(form, rows, lambda session, some: write(session, some).plain())
    report = sum((Report.read(one) for one in made), Report())
    if report.rows:
        batches.tell(PAGE, form, report)
