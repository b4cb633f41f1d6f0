"""The drawer beside the claims: the facts of one, its clocks, its pack, what the payer said, and the way to its case."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core.cases.words import CLOCK_LABELS, payer_said
from core.desk.claim_schedule import CHANNEL_LABELS
from core.desk.claims_list import ClaimDetails, ClaimTask, claim_details
from core.desk.worklist import ACTION_LABELS
from core.foundation import clock, database, formats
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.recovery.claim_states import PAYER_LABELS
from core.recovery.claims.denials import Reversal, denial_codes, denial_name, reversal
from pages.parts import badges, links, state, ticking
from pages.parts import claims_words as words
from pages.parts.case_claim_denial import reversal_words
from pages.parts.formats import gray, plain, wait
from pages.parts.who import actor


def draw(reference: str) -> None:
    """The facts of one claim beside the list."""
    st.dialog(reference, position="right", on_dismiss=close)(_drawer)(reference)


def close() -> None:
    """Close it and let go of the pressed cell: the grid is made anew under another key."""
    state.close_dialog()
    ticking.anew("claims")


def _drawer(reference: str) -> None:
    # A dialog's own runs do not pass the frame: who is there is asked again.
    me, now = actor(), clock.now()
    with database.reading() as session:
        found = claim_details(session, reference, actor=me)
        row = found.line
        turned = reversal(session, row.denial_code, row.payer_name, actor=me) if row.denial_code else None
    st.markdown(f"{badges.claim_state(row.state)} {words.mark(row, now)}")
    st.metric(_("Demand"), formats.amount(Money(row.demand, row.currency)), border=True)
    st.markdown("  \n".join(_facts(found, me)))
    if found.tasks:
        st.markdown("**" + plain(_("Clocks")) + "**  \n" + "  \n".join(_task(one, now) for one in found.tasks))
    if row.denial_code:
        _denial(row.denial_code, turned)
    for title, said in (
        (_("Payer asked for"), found.asked if row.state is ClaimState.INFORMATION_ASKED else ""),
        (_("The payer's answer"), found.answer_text),
        (_("Note"), found.note),
    ):
        if said:
            st.markdown(f"**{plain(title)}**  \n{plain(said)}")
    _ways(found)


def _ways(found: ClaimDetails) -> None:
    """To what there is to do, to the pack, to the case."""
    row, do = found.line, words.DO.get(found.line.state)
    query = {"ref": row.incident, "claim": row.reference}
    if do is not None and st.button(_(ACTION_LABELS[do]), type="primary", width="stretch", key=f"drawer-do-{row.id}"):
        state.close_dialog()
        st.switch_page("case.py", query_params={**query, "do": do.value})
    if found.pack_id is not None and actor().may(Permission.BUYER_READ):
        label = _("Draft pack") if found.pack_draft else _("Pack")
        st.link_button(label, links.pack(found.pack_id), icon=":material/folder_zip:", width="stretch")
    if st.button(_("Open case"), width="stretch", key=f"drawer-open-{row.id}"):
        state.close_dialog()
        st.switch_page("case.py", query_params=query)


def _task(task: ClaimTask, now: datetime) -> str:
    """One clock: its badge, what it is, when in its rule's zone."""
    if task.paused:
        badge = badges.badge(_("paused"), "gray", "pause_circle")
    elif task.opens_at is not None and task.opens_at > now:
        badge = badges.badge(_("opens in {span}", span=wait(task.opens_at, now)), "gray", "lock_clock")
    elif task.due_at is None:
        badge = badges.badge(_("open"), "gray", "schedule")
    elif task.kind in (ClockKind.ANSWER, ClockKind.PAYMENT) and task.due_at >= now:
        badge = badges.waiting(task.due_at, now)
    else:
        badge = badges.due(task.due_at, now)
    moment = task.due_at or task.opens_at
    when = f"{formats.moment(moment, task.zone, year=True)} ({task.zone})" if moment else ""
    return f"{badge} {plain(_(CLOCK_LABELS[task.kind]))} {gray(plain(when))} {words.raised(task.raised)}".rstrip()


def _denial(code: str, turned: Reversal | None) -> None:
    """Why it was denied, how such a denial is answered, and how often an appeal helped: with its n, or not at all."""
    st.markdown(f"**{plain(_('Denied for'))}** {plain(denial_name(code))}")
    known = denial_codes().get(code)
    if known is not None:
        st.caption(plain(known.answer))
    if turned is not None:
        st.caption(plain(reversal_words(turned)))


def _facts(found: ClaimDetails, me: Actor) -> list[str]:
    """What is known, a line each; what is not there is left out."""
    row, zone = found.line, me.zone
    came = words.came(row)
    rule = _("{title}, version {n}", title=found.rule_title, n=found.rule_version)
    rows = (
        (_("Payer"), f"{payer_said(row.payer_name)} ({_(PAYER_LABELS[row.payer_kind])})"),
        (_("Channel"), _(CHANNEL_LABELS[found.channel])),
        (_("Case"), row.incident),
        (_("Carrier"), row.carrier),
        (_("Number"), row.number),
        (_("Shop"), found.shop),
        (_("Owner"), row.owner),
        (_("Window"), _window(found)),
        (_("Payer's case number"), row.case_number),
        (_("Filed"), formats.moment(found.submitted_at, zone, year=True) if found.submitted_at else None),
        (_("Filed through"), found.submitted_via),
        (_("Followed up"), _follow_ups(found, zone)),
        (_("Approved or paid"), came if came != formats.NOTHING else None),
        (_("Cap"), found.cap_text),
        (_("Pack built"), formats.moment(found.pack_built_at, zone, year=True) if found.pack_built_at else None),
        (_("Rule card"), rule),
    )
    return [f"{gray(plain(label))} {plain(value)}" for label, value in rows if value]


def _window(found: ClaimDetails) -> str | None:
    """From when to when it may be filed, in the rule's zone."""
    if found.opens_at is None and found.closes_at is None:
        return None
    ends = (found.opens_at, found.closes_at)
    first, last = (formats.moment(one, found.zone, year=True) if one else "…" for one in ends)
    return f"{first} – {last} ({found.zone})"


def _follow_ups(found: ClaimDetails, zone: str) -> str | None:
    if not found.follow_ups:
        return None
    times = _n("{n} time", "{n} times", found.follow_ups)
    if found.followed_up_at is None:
        return times
    return _("{times}, last on {when}", times=times, when=formats.moment(found.followed_up_at, zone, year=True))
