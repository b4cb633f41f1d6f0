"""Settings: who may give buyers how much without asking, from which amount two persons decide, and who stands in for whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.clock import end_of_day, local_day, start_of_day
from core.foundation.errors import Refusal
from core.foundation.formats import amount, day, figure, moment, pair
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import ROLE_NAMES, ROLE_PERMISSIONS, Actor, Permission, Role
from core.money import authority
from core.money.authority import Limits, Policy, Stand
from core.team import people
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.badges import badge
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading, line
from pages.parts.who import actor, on_phone

EDIT, STAND, END = "authority-edit", "stand-in-set", "stand-in-end"
ROLES = (Role.AGENT, Role.LEAD, Role.MANAGER, Role.ADMIN)
LIMITS: dict[str, str] = {
    "per_case": N_("one order"),
    "per_day": N_("24 hours"),
    "per_buyer": N_("one buyer"),
    "per_batch": N_("one carrier's parcels of a day"),
}
STANDS_IN = timedelta(days=7)
"""How long a stand-in is set for, unless a person says otherwise."""


def draw(me: Actor) -> None:
    """The limits that hold, the stand-ins, and the dialog that is open."""
    now = clock.now()
    try:
        with database.reading() as session:
            policy = authority.see_authority(session, actor=me, now=now)
            stands = authority.list_stand_ins(session, actor=me, now=now)
    except Refusal as refusal:
        st.info(plain(refusal.message))
        return
    _limits(policy, me)
    _stands(stands, me, now)
    opened = state.opened()
    if opened and opened.name == EDIT:
        dialogs.show(_("Change the limits"), _edit, width="large")
    elif opened and opened.name == STAND:
        dialogs.show(_("Set a stand-in"), _stand)
    elif opened and opened.name == END:
        dialogs.show(_("End the stand-in"), lambda: _end(opened.subject))


def _limits(policy: Policy, me: Actor) -> None:
    heading(
        _("Authority, {currency}", currency=policy.currency),
        button=_("Change the limits") if me.may(Permission.AUTHORITY_EDIT) else "",
        icon="edit",
        key="authority-open",
        dialog=EDIT,
    )
    st.caption(
        _(
            "What each may give a buyer without asking. Each limit adds up over everything given, by whomever it was, but for the"
            " one of 24 hours, which is each person's own. Above a limit somebody else approves."
        )
    )
    if on_phone():
        for role in ROLES:
            limits = vars(policy.of(role))
            said = [plain(pair(_(words), _shown(limits[name]))) for name, words in LIMITS.items()]
            st.markdown(f"**{plain(_(ROLE_NAMES[role]))}**  \n" + "  \n".join(gray(one) for one in said))
    else:
        table: dict[str, list[str]] = {_("Role"): [f"**{plain(_(ROLE_NAMES[role]))}**" for role in ROLES]}
        for name, words in LIMITS.items():
            table[plain(_("Per {what}", what=_(words)))] = [
                plain(_shown(getattr(policy.of(role), name))) for role in ROLES
            ]
        st.table(table, border="horizontal")
    two = (
        _("From {amount} for one order on, two persons decide.", amount=amount(policy.two_from))
        if policy.two_from is not None
        else _("One approval is always enough.")
    )
    looks = _(
        "Per buyer the last {buyer} days count, per carrier's parcels the last {batch}.",
        buyer=policy.buyer_days,
        batch=policy.batch_days,
    )
    st.markdown(plain(two) + " " + plain(looks))
    since = (
        _("Version {n} since {when}.", n=policy.version, when=moment(policy.at, me.zone, year=True))
        if policy.at is not None
        else _("As Recoup ships them; the team has set none of its own yet.")
    )
    st.caption(plain(dotted(since, policy.note)))


def _shown(money: Money | None) -> str:
    return _("no limit") if money is None else amount(money) if money else _("nothing")


def _stands(stands: list[Stand], me: Actor, now: Any) -> None:
    may = me.may(Permission.REMEDY_APPROVE)
    heading(
        _("Stand-ins"),
        button=_("Set a stand-in") if may else "",
        icon="group_add",
        key="stand-in-open",
        dialog=STAND,
    )
    if not stands:
        st.caption(_("Nobody stands in for anybody."))
    for one in stands:
        mark = badge(_("now"), "blue", "schedule") if one.lasts(now) else badge(_("to come"), "gray", "schedule")
        words = f"**{plain(_('{name} for {person}', name=one.stand_in, person=one.person))}** {mark}"
        days = _("{first} to {last}", first=_from(one, me), last=_until(one, me))
        own = may and (one.person_id == me.person_id or me.may(Permission.AUTHORITY_EDIT))
        line(
            f"{words}  \n{gray(plain(dotted(days, one.note)))}",
            button=_("End") if own else "",
            icon="event_busy",
            key=f"stand-in-{one.id}",
            args=(END, one.id),
        )


def _from(one: Stand, me: Actor) -> str:
    """The first day of a stand-in; with its hour where it was set in another zone than the reader's."""
    first = local_day(one.from_at, me.zone)
    return day(first) if start_of_day(first, me.zone) == one.from_at else moment(one.from_at, me.zone)


def _until(one: Stand, me: Actor) -> str:
    """The last day, likewise."""
    last = local_day(one.until_at - timedelta(microseconds=1), me.zone)
    return day(last) if end_of_day(last, me.zone) == one.until_at else moment(one.until_at, me.zone)


def _edit() -> None:
    me, spots = actor(), Spots()
    with database.reading() as session:
        policy = authority.see_authority(session, actor=me, now=clock.now())
    seen = state.seen(EDIT, {"version": policy.version, "policy": policy})
    shown: Policy = seen["policy"]
    st.caption(_("In {currency}. Empty is no limit, 0 is nothing.", currency=shown.currency))
    typed: dict[Role, dict[str, str]] = {}
    for role in ROLES:
        st.markdown(f"**{plain(_(ROLE_NAMES[role]))}**")
        places = [st.container()] * len(LIMITS) if on_phone() else st.columns(len(LIMITS))
        typed[role] = {}
        for place, (name, words) in zip(places, LIMITS.items(), strict=True):
            with place:
                held = getattr(shown.of(role), name)
                typed[role][name] = st.text_input(
                    _("Per {what}", what=_(words)),
                    figure(held) if held is not None else "",
                    key=state.widget(EDIT, f"{role.value}-{name}"),
                )
                spots.under(f"{role.value}.{name}")
    two, buyer, batch = _rest(shown, spots)
    note = st.text_input(_("Why"), key=state.widget(EDIT, "note"), max_chars=200)
    spots.under("note")
    if not st.button(_("Save"), type="primary", width="stretch", key=state.widget(EDIT, "save")):
        return

    def money(text: str, field: str) -> Money | None:
        return Money.parse(text, shown.currency, field=field) if text.strip() else None

    def write(session: Any) -> int:
        limits = {
            role: Limits(**{name: money(text, f"{role.value}.{name}") for name, text in texts.items()})
            for role, texts in typed.items()
        }
        return authority.edit_authority(
            session,
            actor=me,
            seen_version=seen["version"],
            currency=shown.currency,
            limits=limits,
            buyer_days=buyer,
            batch_days=batch,
            two_from=money(two, "two_from"),
            note=note,
            now=clock.now(),
        ).version

    done = act(write, key=state.key(EDIT), notice=lambda n: _("Version {n} of the limits holds now.", n=n), spots=spots)
    if done:
        dialogs.done()


def _rest(shown: Policy, spots: Spots) -> tuple[str, int, int]:
    """The amount from which two decide, and how far back the limits look."""
    left, middle, right = st.columns(3)
    with left:
        two = st.text_input(
            _("Two persons from (empty: never)"),
            figure(shown.two_from) if shown.two_from is not None else "",
            key=state.widget(EDIT, "two"),
        )
        spots.under("two_from")
    with middle:
        buyer = st.number_input(
            _("Days per buyer"), min_value=1, max_value=730, value=shown.buyer_days, key=state.widget(EDIT, "buyer")
        )
        spots.under("buyer_days")
    with right:
        batch = st.number_input(
            _("Days per carrier's parcels"),
            min_value=1,
            max_value=730,
            value=shown.batch_days,
            key=state.widget(EDIT, "batch"),
        )
        spots.under("batch_days")
    return two, int(buyer), int(batch)


def _stand() -> None:
    me, spots, today = actor(), Spots(), local_day(clock.now(), actor().zone)
    with database.reading() as session:
        team = people.list_people(session, actor=me, active=True)
    absent = {
        one.id: one.name
        for one in team
        if Permission.REMEDY_APPROVE in ROLE_PERMISSIONS[one.role]
        and (one.id == me.person_id or me.may(Permission.AUTHORITY_EDIT))
    }
    # Who approves anyhow comes first: nobody gets a manager's authority because the list is in the order of names.
    able = sorted(team, key=lambda one: Permission.REMEDY_APPROVE not in ROLE_PERMISSIONS[one.role])
    others = {
        one.id: dotted(one.name, _(ROLE_NAMES[one.role]))
        for one in able
        if Permission.REMEDY_PROPOSE in ROLE_PERMISSIONS[one.role]
    }
    numbers = list(absent)
    person = st.selectbox(
        _("Who is away"),
        numbers,
        index=numbers.index(me.person_id) if me.person_id in absent else 0,
        format_func=absent.__getitem__,
        key=state.widget(STAND, "person"),
    )
    spots.under("person_id")
    free = [number for number in others if number != person]
    other = st.selectbox(
        _("Who decides instead"), free, format_func=others.__getitem__, key=state.widget(STAND, "other")
    )
    spots.under("stand_in_id")
    left, right = st.columns(2)
    first = left.date_input(_("First day"), today, key=state.widget(STAND, "first"), format="YYYY-MM-DD")
    last = right.date_input(_("Last day"), today + STANDS_IN, key=state.widget(STAND, "last"), format="YYYY-MM-DD")
    spots.under("from_at", "until_at")
    st.caption(_("Days in {zone}. What both give adds up under one limit.", zone=me.zone))
    note = st.text_input(_("Note (optional)"), key=state.widget(STAND, "note"), max_chars=200)
    if not st.button(_("Set it"), type="primary", width="stretch", key=state.widget(STAND, "save")):
        return

    def write(session: Any) -> int:
        return authority.set_stand_in(
            session,
            actor=me,
            person_id=int(person or 0),
            stand_in_id=int(other or 0),
            from_at=start_of_day(first, me.zone),
            until_at=end_of_day(last, me.zone),
            note=note,
            now=clock.now(),
        ).id

    if act(write, key=state.key(STAND), notice=_("The stand-in is set."), spots=spots):
        dialogs.done()


def _end(number: Any) -> None:
    form = f"{END}-{number}"
    st.caption(_("From now on the person decides alone again. What was decided stands."))
    if st.button(_("End it"), type="primary", width="stretch", key=state.widget(form, "save")) and act(
        lambda session: authority.end_stand_in(session, int(number), actor=actor(), now=clock.now()).id,
        key=state.key(form),
        notice=_("The stand-in is over."),
    ):
        dialogs.done()
