"""Today's offers to buyers: what waits for somebody's approval, with its case beside it; what was asked back; what is to be given;
and runs of offers just under a limit, for whoever approves. Works on a phone: one card below the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from core.cases import remedies
from core.cases.remedies import SCOPE_LABELS, Desk, Facts, Row, Run, RunOf, Waiting
from core.cases.words import STATE_LABELS, TYPE_LABELS
from core.foundation import clock, database
from core.foundation.formats import amount, listed, moment, span
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Actor, Permission
from core.models.remedy import RemedyState
from core.money.authority import near
from pages.parts import badges, dialogs, figures, remedy_forms, remedy_words, state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.formats import cut, dotted, gray, plain
from pages.parts.who import actor, on_phone

DIALOG, RUNS = "approvals", "remedy-runs"
BEFORE = "approvals-shown"
"""Where the session keeps which offers the dialog showed last, and in which state."""
SHOWN = 6
"""Cards of a kind in the dialog at once; each has inputs of its own."""
RUN_LABELS: dict[RunOf, str] = {
    RunOf.PERSON: N_("{name} gave {sum} in {n} offers"),
    RunOf.BUYER: N_("One buyer of {name} got {sum} in {n} offers"),
    RunOf.BATCH: N_("Parcels of one day of {name}: {sum} in {n} offers"),
}


def draw(me: Actor, now: datetime, *, phone: bool) -> None:
    """One box with what waits, one with the runs; nothing where there is nothing."""
    if not me.may(Permission.REMEDY_PROPOSE):
        return
    first, found = figures.remedies_waiting(me), figures.remedy_runs(me)
    if first is not None:
        _box(first, now, phone)
    if found:
        _runs_box(found, phone)


def _box(found: Desk, now: datetime, phone: bool) -> None:
    said = []
    if found.to_decide:
        said.append(_n("{n} offer to a buyer waits for you", "{n} offers to buyers wait for you", found.to_decide))
    if found.to_answer:
        said.append(_n("{n} question to answer", "{n} questions to answer", found.to_answer))
    if found.to_give:
        said.append(_n("{n} approved offer to give", "{n} approved offers to give", found.to_give))
    first = (*found.decide, *found.answer, *found.give)[0]
    icon = ":violet[:material/approval:]" if found.to_decide else ":blue[:material/redeem:]"
    with st.container(border=True, horizontal=not phone, vertical_alignment="center", gap="small"):
        st.markdown(f"{icon} **{plain(dotted(*said))}**  \n{gray(_short(first, now))}", width="stretch")
        st.button(
            _("Look and decide") if found.to_decide else _("Look at all"),
            key="approvals-open",
            icon=":material/gavel:" if found.to_decide else ":material/redeem:",
            width="stretch" if phone else "content",
            on_click=_open,
        )


def _open() -> None:
    st.session_state.pop(BEFORE, None)
    state.open_dialog(DIALOG)


def _short(one: Waiting, now: datetime) -> str:
    """The oldest in one line."""
    row = one.remedy
    return dotted(
        plain(one.case.reference),
        plain(remedies.sentence(row.kind, row.amount)),
        plain(row.by),
        plain(_("waiting {span}", span=span(now - row.proposed_at))),
    )


def _runs_box(found: tuple[Run, ...], phone: bool) -> None:
    n = len(found)
    with st.container(border=True, horizontal=not phone, vertical_alignment="center", gap="small"):
        head = _n("{n} run of offers just under a limit", "{n} runs of offers just under a limit", n)
        words = f":orange[:material/stacked_line_chart:] **{plain(head)}**  \n{gray(plain(_run(found[0])))}"
        st.markdown(words, width="stretch")
        st.button(
            _("Look at them"),
            key="remedy-runs-open",
            type="tertiary",
            width="stretch" if phone else "content",
            on_click=state.open_dialog,
            args=(RUNS,),
        )


def _run(one: Run) -> str:
    name = one.name or _("a carrier that is not known")
    return _(RUN_LABELS[one.of], name=name, sum=amount(one.sum), n=len(one.cases))


def dialog() -> None:
    """The dialog that is open, if it is one of these."""
    found = state.opened()
    if found is not None and found.name == DIALOG:
        dialogs.show(_("Offers to buyers"), _all, width="large")
    elif found is not None and found.name == RUNS:
        dialogs.show(_("Just under the limit"), _runs, width="medium")


def _all() -> None:
    me, now = actor(), clock.now()
    with database.reading() as session:
        found = remedies.desk(session, actor=me, now=now, most=SHOWN)
    _meanwhile(found)
    if found.empty:
        st.info(_("Nothing waits for you."), icon=":material/check_circle:")
        return
    for title, rows, count in (
        (_("To decide"), found.decide, found.to_decide),
        (_("Asked back"), found.answer, found.to_answer),
        (_("To be given"), found.give, found.to_give),
    ):
        if rows:
            st.subheader(title, anchor=False)
            for one in rows:
                _card(one, me)
            if count > len(rows):
                st.caption(_n("{n} more stands behind these.", "{n} more stand behind these.", count - len(rows)))


def _meanwhile(found: Desk) -> None:
    """Say that somebody else was quicker: a card that only goes leaves open whether one's own press did something."""
    shown = {one.remedy.id: one.remedy.state for one in (*found.decide, *found.answer, *found.give)}
    before: dict[int, RemedyState] = st.session_state.get(BEFORE, {})
    gone = sum(shown.get(number) is not was for number, was in before.items())
    st.session_state[BEFORE] = shown
    if gone:
        said = _n(
            "{n} offer was decided by somebody else meanwhile.", "{n} offers were decided by others meanwhile.", gone
        )
        st.info(said, icon=":material/info:")


def _done(row: Row) -> None:
    """One's own decision is no news."""
    st.session_state.get(BEFORE, {}).pop(row.id, None)
    st.rerun()


def _card(one: Waiting, me: Actor) -> None:
    """One offer with its case beside it (below it on a phone), and what is to be done."""
    row = one.remedy
    with st.container(border=True, gap="small", key=f"approval-{row.id}"):
        if on_phone():
            st.markdown("  \n".join(remedy_words.lines(row, me)))
            st.markdown("  \n".join(_facts(one.case, me)))
        else:
            left, right = st.columns([1.2, 1], gap="medium")
            left.markdown("  \n".join(remedy_words.lines(row, me)))
            right.markdown("  \n".join(_facts(one.case, me)))
        _do(one, me)
        if st.button(
            _("Open {reference}", reference=plain(one.case.reference)),
            type="tertiary",
            icon=":material/open_in_new:",
            key=f"approval-case-{row.id}",
        ):
            state.close_dialog()
            st.switch_page("case.py", query_params={"ref": one.case.reference})


def _facts(case: Facts, me: Actor) -> list[str]:
    """The case in a few lines."""
    parcel = dotted(case.order_number, case.shop, case.market, case.carrier)
    counts = dotted(
        _n("{n} piece of evidence", "{n} pieces of evidence", case.evidence),
        _n("{n} open claim", "{n} open claims", case.open_claims),
    )
    told = [
        f"**{plain(case.reference)}** {plain(_(TYPE_LABELS[case.type]))} {badges.tier(case.tier)}",
        gray(
            plain(_("value {amount}", amount=amount(case.value))) + " · " + plain(_(STATE_LABELS[case.state]).lower())
        ),
        gray(plain(parcel)),
        gray(plain(counts)),
        gray(plain(_("noticed {when}", when=moment(case.noticed_at, me.zone)))),
    ]
    if case.given:
        told.append(gray(plain(_("{amount} given for this order so far", amount=amount(case.given)))))
    if case.buyer_said:
        told.append(gray(plain(_("Buyer: {words}", words=cut(case.buyer_said, 240)))))
    return told


def _do(one: Waiting, me: Actor) -> None:
    """The buttons of what waits: deciding, answering, or saying that it was given."""
    row, form = one.remedy, f"approval-{one.remedy.id}-{one.remedy.state}"
    if row.state is RemedyState.APPROVED:
        number = st.text_input(_("Number or code (optional)"), key=state.widget(form, "number"), max_chars=120)
        _one_button(
            _("It was given"),
            "redeem",
            row,
            form,
            _("Given, and booked."),
            lambda session: remedies.mark_given(session, row.id, actor=me, reference=number, now=clock.now()),
        )
    elif row.state is RemedyState.ASKED:
        said, spots = st.text_input(_("Your answer"), key=state.widget(form, "words"), max_chars=1_000), Spots()
        spots.under("text")
        _one_button(
            _("Send the answer"),
            "reply",
            row,
            form,
            _("Answered: it waits for approval again."),
            lambda session: remedies.answer(session, row.id, actor=me, text=said, now=clock.now()),
            spots,
        )
    else:
        remedy_forms.decide(row, form, lambda: _done(row))


def _one_button(
    label: str, icon: str, row: Row, form: str, notice: str, write: Any, spots: Spots | None = None
) -> None:
    wide: Any = "stretch" if on_phone() else "content"
    if st.button(label, icon=f":material/{icon}:", width=wide, key=state.widget(form, "save")) and act(
        lambda session: write(session).id, key=state.key(form), notice=notice, spots=spots
    ):
        _done(row)


def _runs() -> None:
    """Every run with its cases."""
    me, now = actor(), clock.now()
    with database.reading() as session:
        found = remedies.runs(session, actor=me, now=now)
    said = near()
    st.caption(
        _(
            "Each of these was within somebody's own authority and needed nobody's approval. They are shown because {n} or more"
            " within {days} days came to {share} % of a limit or more ({many} % of one that many offers fill). There may be a good"
            " reason: ask.",
            n=said.times,
            days=said.within.days,
            share=int(said.share * 100),
            many=int(said.share_of_many * 100),
        )
    )
    if not found:
        st.info(_("No run is left to look at."), icon=":material/check_circle:")
    for n, one in enumerate(found):
        with st.container(border=True, gap="xsmall"):
            limits = _("close to the limit for {what}", what=listed(_(SCOPE_LABELS[scope]) for scope in one.limits))
            people = listed(one.people) if one.of is not RunOf.PERSON else ""
            facts = dotted(people, limits, _("last {when}", when=moment(one.last_at, me.zone)))
            st.markdown(f"**{plain(_run(one))}**  \n{gray(plain(facts))}")
            with st.container(horizontal=True, gap="small"):
                for place, (reference, money) in enumerate(one.cases[:8]):
                    if st.button(
                        f"{plain(reference)} {gray(plain(amount(money)))}", type="tertiary", key=f"run-{n}-{place}"
                    ):
                        state.close_dialog()
                        st.switch_page("case.py", query_params={"ref": reference})
