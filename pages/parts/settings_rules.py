"""Settings: rule cards, what each payer demands, with source and doubt. Editing makes a new version."""

from __future__ import annotations

import streamlit as st

from core.cases.kinds import kind_name
from core.cases.words import TYPE_LABELS
from core.foundation import clock, database
from core.foundation.formats import day, moment
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.models.incident import IncidentType
from core.models.rule import Confidence, FilingChannel, PayerKind
from core.parcels.markets import markets
from core.recovery import rule_cards
from core.recovery.claim_states import PAYER_LABELS
from core.recovery.rule_cards import Card
from core.recovery.window_words import span
from pages.parts import dialogs, settings_rule_form, state
from pages.parts.act import act
from pages.parts.badges import Colour, badge
from pages.parts.cap_words import cap_words
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading, line
from pages.parts.who import actor

SHOW, EDIT, ADD = "rule-show", "rule-edit", "rule-add"
PER_PAGE = 25
CONFIDENCE: dict[Confidence, tuple[str, Colour]] = {
    Confidence.HIGH: (N_("official source"), "green"),
    Confidence.MEDIUM: (N_("second-hand source"), "gray"),
    Confidence.LOW: (N_("single unofficial source"), "orange"),
}
CHANNELS: dict[FilingChannel, str] = {
    FilingChannel.DIRECT: N_("directly with the payer"),
    FilingChannel.PLATFORM: N_("through the platform"),
    FilingChannel.FORWARDER: N_("through the forwarder"),
}


def draw(me: Actor) -> None:
    """The list with its filters, and the dialog that is open."""
    heading(
        _("Rule cards"),
        button=_("Add a rule card") if me.may(Permission.RULE_EDIT) else "",
        key="rule-add-open",
        on_click=state.open_dialog,
        args=(ADD,),
    )
    found = _filtered(me)
    if not found:
        st.info(_("No rule card fits these filters. Clear one of them."))
    else:
        _list(found, me)
    opened = state.opened()
    if opened and opened.name == SHOW:
        dialogs.show(_("Rule card"), lambda: _show(opened.subject), width="medium")
    elif opened and opened.name == EDIT:
        dialogs.show(_("New version of the rule card"), lambda: settings_rule_form.edit(opened.subject), width="medium")
    elif opened and opened.name == ADD:
        dialogs.show(_("Add a rule card"), settings_rule_form.add, width="medium")


def _filtered(me: Actor) -> list[Card]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            _("Search"), key="rules-search", type="search", placeholder=_("Payer, title, code or note"), width=300
        )
        kind = st.selectbox(
            _("What went wrong"),
            list(IncidentType),
            index=None,
            placeholder=_("any"),
            format_func=lambda one: _(TYPE_LABELS[one]),
            key="rules-type",
            width=180,
        )
        payer = st.selectbox(
            _("Who pays"),
            list(PayerKind),
            index=None,
            placeholder=_("any"),
            format_func=lambda one: _(PAYER_LABELS[one]),
            key="rules-payer",
            width=150,
        )
        market = st.selectbox(
            _("Market"), list(markets()), index=None, placeholder=_("any"), key="rules-market", width=120
        )
        retired = st.toggle(_("Retired"), key="rules-retired")
    with database.reading() as session:
        return rule_cards.list_cards(
            session, actor=me, search=search or "", payer_kind=payer, market=market, kind=kind, retired=retired
        )


def _list(found: list[Card], me: Actor) -> None:
    pages = -(-len(found) // PER_PAGE)
    page = st.session_state.get("rules-page", 1) if pages > 1 else 1
    start = (min(page, pages) - 1) * PER_PAGE
    with st.container(border=True, gap="xsmall"):
        for card in found[start : start + PER_PAGE]:
            line(
                _words(card),
                button=_("Open"),
                key=f"rule-{card.code}",
                on_click=state.open_dialog,
                args=(SHOW, card.code),
            )
    if pages > 1:
        st.pagination(pages, key="rules-page")


def _words(card: Card) -> str:
    said, colour = CONFIDENCE[card.confidence]
    where = card.market or _("every market")
    second = dotted(plain(card.payer_name), where, plain(card.window_text()), f"v{card.version}")
    return f"**{plain(card.title)}** {badge(_(said), colour)}  \n{gray(second)}"


def _show(code: str) -> None:
    me = actor()
    with database.reading() as session:
        versions = rule_cards.card_versions(session, code, actor=me)
    card = versions[0]
    said, colour = CONFIDENCE[card.confidence]
    st.markdown(f"**{plain(card.title)}** {badge(_(said), colour)}  \n{gray(plain(f'{card.code} v{card.version}'))}")
    for doubt in card.doubts(clock.now().date()):
        st.markdown(f":orange[:material/warning:] {plain(doubt)}")
    st.markdown("  \n".join(f"{gray(name)} {plain(value)}" for name, value in _facts(card) if value))
    if card.note:
        st.markdown(plain(card.note))
    if len(versions) > 1:
        older = [
            f"{gray(plain(moment(one.created_at, me.zone, year=True)))} v{one.version}: {plain(one.window_text())}"
            for one in versions[1:]
        ]
        with st.expander(_("Earlier versions")):
            st.markdown("  \n".join(older))
    if card.retired:
        st.info(_("This rule card is retired."), icon=":material/archive:")
    elif me.may(Permission.RULE_EDIT):
        if st.button(
            _("Edit as a new version"), type="primary", icon=":material/edit:", width="stretch", key="rule-edit"
        ):
            state.open_dialog(EDIT, code)
            st.rerun()
        _retire(code)


def _facts(card: Card) -> list[tuple[str, str]]:
    documents = ", ".join(
        f"{kind_name(one.code)} × {one.count}" if one.count > 1 else kind_name(one.code) for one in card.documents
    )
    answer = ""
    if card.answer_days is not None and card.answer_unit is not None:
        answer = span(card.answer_days, card.answer_unit, card.calendar)
    appeal = _("{n} days", n=card.appeal_days) if card.appeal_days else ""
    return [
        (_("Who pays"), f"{card.payer_name} ({_(PAYER_LABELS[card.payer_kind])})"),
        (_("Filed"), _(CHANNELS[card.channel])),
        (_("Market"), card.market or _("every market")),
        (_("Window"), f"{card.window_text()} ({card.zone})"),
        (_("Documents"), documents),
        (_("Cap"), cap_words(card.cap)),
        (_("Answers within"), answer),
        (_("Time for an appeal"), appeal),
        (_("Portal"), card.portal or ""),
        (_("Source"), card.source),
        (_("Checked on"), day(card.checked_on, year=True)),
        (_("Valid from"), day(card.valid_from, year=True)),
    ]


def _retire(code: str) -> None:
    form = f"rule-retire-{code}"
    with st.popover(_("Retire"), icon=":material/archive:", key="rule-retire"):
        st.caption(_("Claims under it go on; new cases no longer find it."))
        reason = st.text_input(_("Why"), key=state.widget(form, "reason"), max_chars=500)
        if st.button(_("Retire"), key=state.widget(form, "save")) and act(
            lambda session: rule_cards.retire_card(session, code, actor=actor(), reason=reason, now=clock.now()).id,
            key=state.key(form),
            notice=_("Rule card retired."),
        ):
            dialogs.done()
