"""Settings: the value policy, which says from which value a loss is insured or claimed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.errors import Invalid
from core.foundation.formats import amount, figure, moment
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import TierPolicy
from core.models.incident import Tier
from core.money import tiers
from pages.parts import badges, dialogs, state
from pages.parts.act import act
from pages.parts.formats import plain
from pages.parts.lines import heading
from pages.parts.who import actor

EDIT = "policy-edit"


def draw(me: Actor) -> None:
    """The policy that holds, and the dialog that is open."""
    policy = _current(me)
    heading(
        _("Value policy"),
        button=_("Change the policy") if policy and me.may(Permission.POLICY_EDIT) else "",
        icon="edit",
        key="policy-open",
        dialog=EDIT,
    )
    if policy is None:
        st.info(_("There is no value policy yet. A manager sets one in Settings."))
        return
    low, high = (plain(amount(Money(one, policy.currency))) for one in (policy.insure_from, policy.claim_from))
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{badges.tier(Tier.ABSORB)} {_('below {limit}: settled at once, no claim', limit=low)}")
        st.markdown(
            f"{badges.tier(Tier.INSURE)} {_('from {low} to below {high}: claimed where insured', low=low, high=high)}"
        )
        st.markdown(f"{badges.tier(Tier.CLAIM)} {_('from {limit}: claimed on whoever has to pay', limit=high)}")
        st.caption(
            _(
                "Version {n} since {when}. Open cases keep the tier they were given.",
                n=policy.version,
                when=moment(policy.created_at, me.zone, year=True),
            )
            + (f"  \n{plain(policy.note)}" if policy.note else "")
        )
    opened = state.opened()
    if opened and opened.name == EDIT:
        dialogs.show(_("Change the policy"), _edit)


def _current(me: Actor) -> TierPolicy | None:
    with database.reading() as session:
        try:
            return tiers.current_policy(session, actor=me)
        except Invalid:
            return None


def _edit() -> None:
    me = actor()
    policy = _current(me)
    if policy is None:
        return
    seen = state.seen(EDIT, {"version": policy.version, "insure": policy.insure_from, "claim": policy.claim_from})
    currency = policy.currency
    insure = st.text_input(
        _("Insure from, in {currency}", currency=currency),
        figure(Money(seen["insure"], currency)),
        key=state.widget(EDIT, "insure"),
    )
    claim = st.text_input(
        _("Claim from, in {currency}", currency=currency),
        figure(Money(seen["claim"], currency)),
        key=state.widget(EDIT, "claim"),
    )
    note = st.text_input(_("Why (optional)"), key=state.widget(EDIT, "note"), max_chars=200)
    if st.button(_("Save"), type="primary", width="stretch", key=state.widget(EDIT, "save")):

        def write(session: Any) -> int:
            return tiers.edit_policy(
                session,
                actor=me,
                seen_version=seen["version"],
                insure_from=Money.parse(insure, currency, field="insure_from"),
                claim_from=Money.parse(claim, currency, field="claim_from"),
                note=note,
                now=clock.now(),
            ).version

        if act(write, key=state.key(EDIT), notice=lambda version: _("Version {n} of the policy holds now.", n=version)):
            dialogs.done()
