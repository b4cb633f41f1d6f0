"""Settings: rule cards, what each payer demands, with source and doubt. Editing makes a new version."""

from __future__ import annotations

import streamlit as st

from core.cases.words import TYPE_LABELS, payer_said
from core.foundation import clock, database
from core.foundation.formats import day, moment
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models.incident import IncidentType
from core.models.rule import Confidence, PayerKind
from core.parcels.markets import markets
from core.recovery import receivers, rule_cards
from core.recovery.claim_states import PAYER_LABELS
from core.recovery.rule_cards import Card
from core.recovery.window_words import span
from pages.parts import dialogs, settings_rule_form, settings_rule_moving, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.cap_words import cap_words
from pages.parts.formats import cut, dotted, gray, plain
from pages.parts.lines import heading, line
from pages.parts.settings_rule_words import BASES, CHANNELS, CONFIDENCE, differences, documents_words, limit_words
from pages.parts.who import actor

SHOW, EDIT, ADD, MOVE = "rule-show", "rule-edit", "rule-add", "rule-move"
PER_PAGE = 25


def draw(me: Actor) -> None:
    """The list with its filters, and the dialog that is open."""
    heading(
        _("Rule cards"),
        button=_("Add a rule card") if me.may(Permission.RULE_EDIT) else "",
        key="rule-add-open",
        dialog=ADD,
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
        dialogs.show(_("New version of the rule card"), lambda: settings_rule_form.edit(opened.subject), width="large")
    elif opened and opened.name == ADD:
        dialogs.show(_("Add a rule card"), settings_rule_form.add, width="large")
    elif opened and opened.name == MOVE:
        dialogs.show(_("Move cases"), lambda: settings_rule_moving.move(opened.subject), width="medium")


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
                args=(SHOW, card.code),
            )
    if pages > 1:
        st.pagination(pages, key="rules-page")


def _words(card: Card) -> str:
    today = clock.local_day(clock.now(), actor().zone)
    said, colour = CONFIDENCE[card.confidence]
    marks = badge(_(said), colour)
    if card.confidence is not Confidence.LOW and rule_cards.is_doubtful(card, today):
        marks += " " + badge(_("checked long ago"), "orange", "history")
    if card.scheduled(today):
        marks += " " + badge(_("from {day}", day=day(card.valid_from)), "blue", "event_upcoming")
    where = card.market or _("every market")
    second = dotted(plain(payer_said(card.payer_name)), where, plain(card.window_text()), f"v{card.version}")
    return f"**{plain(card.title)}** {marks}  \n{gray(second)}"


def _show(code: str) -> None:
    me, now = actor(), clock.now()
    today = clock.local_day(now, me.zone)
    with database.reading() as session:
        versions = rule_cards.card_versions(session, code, actor=me)
    newest, held = versions[0], rule_cards.valid_on(versions, today)
    card = held or newest
    said, colour = CONFIDENCE[card.confidence]
    st.markdown(f"**{plain(card.title)}** {badge(_(said), colour)}  \n{gray(plain(f'{card.code} v{card.version}'))}")
    for doubt in card.doubts(today):
        st.markdown(f":orange[:material/warning:] {plain(doubt)}")
    if newest.version != card.version:
        said_so = _("Version {n} takes effect on {day}.", n=newest.version, day=day(newest.valid_from, year=True))
        st.info(said_so, icon=":material/event_upcoming:")
    st.markdown("  \n".join(f"{gray(name)} {plain(value)}" for name, value in _facts(card) if value))
    if card.note:
        st.markdown(plain(card.note))
    if len(versions) > 1:
        with st.expander(_("History of versions")):
            st.markdown("\n\n".join(_version(one, before, me.zone) for one, before in _pairs(versions)))
    if newest.retired:
        st.info(_("This rule card is retired."), icon=":material/archive:")
        return
    asked = MOVE if me.may(Permission.RULE_MOVE) and len(versions) > 1 and _move_button() else ""
    if me.may(Permission.RULE_EDIT):
        if st.button(
            _("Edit as a new version"), type="primary", icon=":material/edit:", width="stretch", key="rule-edit"
        ):
            asked = EDIT
        _retire(code)
    if asked:
        state.open_dialog(asked, code)
        st.rerun()


def _move_button() -> bool:
    return st.button(_("Move cases to another version"), icon=":material/move_up:", width="stretch", key="rule-move")


def _pairs(versions: list[Card]) -> list[tuple[Card, Card | None]]:
    """Each version with the one before it, the newest first."""
    return list(zip(versions, [*versions[1:], None], strict=True))


def _version(card: Card, before: Card | None, zone: str) -> str:
    """One version: when it was written, from which day it holds, and what it says otherwise than the one before."""
    when = moment(card.created_at, zone, year=True)
    head = f"**v{card.version}** {gray(plain(_('{when}, valid from {day}', when=when, day=day(card.valid_from, year=True))))}"
    if before is None:
        return f"{head}  \n{plain(card.window_text())}"
    changes = [
        f"{gray(plain(name))} {plain(cut(old, 120))} → {plain(cut(new, 120))}"
        for name, old, new in differences(before, card)
    ]
    return "  \n".join([head, *changes]) if changes else head


def _facts(card: Card) -> list[tuple[str, str]]:
    values = card.values()

    def length(number: str, unit: str) -> str:
        n, of = values[number], values[unit]
        return "" if n is None or of is None else span(n, of, card.calendar)

    receiver = receivers.receivers()[card.receiver].name if card.receiver else ""
    return [
        (_("Who pays"), f"{payer_said(card.payer_name)} ({_(PAYER_LABELS[card.payer_kind])})"),
        (_("Filed"), _(CHANNELS[card.channel])),
        (_("Market"), card.market or _("every market")),
        (_("Window"), f"{card.window_text()} ({card.zone})"),
        *((_("Further limit"), limit_words(one)) for one in card.limits),
        (_("Documents"), documents_words(values["documents"])),
        (_("Cap"), cap_words(card.cap)),
        (_("Value reckoned with"), _(BASES[card.value_basis])),
        (_("Receiver of the pack"), receiver),
        (_("Answers within"), length("answer_days", "answer_unit")),
        (_("Ask again after"), length("follow_up_days", "follow_up_unit")),
        (_("Time for an appeal"), length("appeal_days", "appeal_unit")),
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
