"""Settings: the platform's rules that answers to disputes rest on, with source and versions; the team adds to them and corrects them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.formats import apart, day, moment
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.models.platform_rule import Topic
from core.models.rule import Origin
from core.parcels.markets import markets
from core.recovery import answers
from core.recovery.answers import PlatformRule, rules
from core.recovery.answers.rules import Standing, Version
from pages.parts import dialogs, settings_platform_rule_form, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.formats import cut, dotted, gray, plain
from pages.parts.lines import heading, line
from pages.parts.platform_rule_words import differences, label, marks, told, whose
from pages.parts.who import actor, on_phone

SHOW, EDIT, ADD = "platform-rule-show", "platform-rule-edit", "platform-rule-add"
PER_PAGE = 25


def draw(me: Actor) -> None:
    """The list with its filters, and the dialog that is open."""
    may = me.may(Permission.PLATFORM_RULE_EDIT)
    heading(
        _("Platform rules"),
        button=_("Add a rule") if may else "",
        key="platform-rule-add-open",
        dialog=ADD if may else "",
    )
    st.caption(
        _(
            "What an answer to a dispute can rest on, in our own words. Recoup comes with rules; the team adds its own and writes "
            "new versions. An answer that went keeps the version it rested on; one being written uses today's."
        )
    )
    today = clock.local_day(clock.now(), me.zone)
    with database.reading() as session:
        every = rules.list_rules(session, actor=me, today=today)
    found = _filtered(every, today)
    if found:
        _list(found, today)
    elif st.session_state.get("platform-due") and not any(one.due(today) for one in every if not one.rule.retired):
        st.info(_("No rule is due to be checked."), icon=":material/task_alt:")
    else:
        st.info(_("No rule fits these filters. Clear one of them."))
    _dialog({one.rule.code: one for one in every}, may=may)


def _dialog(every: dict[str, Standing], *, may: bool) -> None:
    opened = state.opened()
    if opened is None:
        return
    if opened.name == ADD and may:
        dialogs.show(_("Add a rule"), settings_platform_rule_form.add, width="large")
    elif opened.subject in every and opened.name == EDIT and may:
        dialogs.show(
            _("New version of the rule"), lambda: settings_platform_rule_form.edit(opened.subject), width="large"
        )
    elif opened.subject in every and opened.name == SHOW:
        dialogs.show(_("Rule of the platform"), lambda: _show(every[opened.subject]), width="large")


def _filtered(every: Sequence[Standing], today: date) -> list[Standing]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            _("Search"), key="platform-search", type="search", placeholder=_("Words, source or code"), width=300
        )
        market = st.selectbox(
            _("Market"), list(markets()), index=None, placeholder=_("any"), key="platform-market", width=120
        )
        topic = st.selectbox(
            _("Topic"),
            list(Topic),
            index=None,
            placeholder=_("any"),
            format_func=lambda one: _(answers.TOPIC_LABELS[one]),
            key="platform-topic",
            width=180,
        )
        due = st.toggle(_("Due to be checked"), key="platform-due")
        retired = st.toggle(_("Retired"), key="platform-retired")
    wanted = (search or "").casefold().split()
    return [
        one
        for one in every
        if one.rule.retired == retired
        and (market is None or one.rule.serves(market))
        and (topic is None or one.rule.topic is topic)
        and (not due or one.due(today))
        and all(word in _searched(one.rule) for word in wanted)
    ]


def _searched(rule: PlatformRule) -> str:
    return " ".join((rule.code, rule.source, *rule.words.values())).casefold()


def _list(found: list[Standing], today: date) -> None:
    pages = -(-len(found) // PER_PAGE)
    page = st.session_state.get("platform-page", 1) if pages > 1 else 1
    start = (min(page, pages) - 1) * PER_PAGE
    with st.container(border=True, gap="xsmall"):
        for one in found[start : start + PER_PAGE]:
            line(
                _words(one, today),
                button=_("Open"),
                key=f"platform-rule-{one.rule.code}",
                args=(SHOW, one.rule.code),
            )
    if pages > 1:
        st.pagination(pages, key="platform-page")


def _words(one: Standing, today: date) -> str:
    rule = one.rule
    second = dotted(
        plain(told("markets", [market for market in markets() if market in rule.markets])),
        plain(told("topic", rule.topic)),
        plain(cut(rule.source, 36 if on_phone() else 60)),
        plain(_("checked {day}", day=day(rule.checked_on, year=True))),
        plain(_("valid since {day}", day=day(rule.valid_from, year=True)))
        if rule.valid_from is not None and rule.begun(today)
        else None,
        plain(_resting(one)),
    )
    return f"{plain(rule.reading)} {marks(one, today)}  \n{gray(second)}"


def _resting(one: Standing) -> str:
    """How many answers rest on it."""
    parts = []
    if one.sent:
        parts.append(_n("{n} answer rests on it", "{n} answers rest on it", one.sent))
    if one.drafts:
        parts.append(_n("{n} is being written with it", "{n} are being written with it", one.drafts))
    return apart(parts) or _("no answer rests on it")


# --- one rule -----------------------------------------------------------------------------------------------------------


def _show(one: Standing) -> None:
    me, rule = actor(), one.rule
    today = clock.local_day(clock.now(), me.zone)
    with database.reading() as session:
        versions = rules.rule_versions(session, rule.code, actor=me)
    st.markdown(f"**{plain(rule.reading)}**  \n{marks(one, today)}")
    if one.coming is not None and one.coming.valid_from is not None:
        when = day(one.coming.valid_from, year=True)
        st.info(
            plain(_("From {day} it reads: {rule}", day=when, rule=one.coming.reading)),
            icon=":material/event_upcoming:",
        )
    values = rules.values_of(rule)
    facts = [(label(name), told(name, values[name])) for name in _FACTS]
    st.markdown(
        "  \n".join(f"{gray(plain(name))} {plain(value)}" for name, value in (*facts, (_("Answers"), _resting(one))))
    )
    _texts(rule)
    with st.expander(_n("{n} version", "{n} versions", len(versions)), icon=":material/history:"):
        for version, before in zip(versions, [*versions[1:], None], strict=True):
            st.markdown(_version(version, before, me.zone))
    if rule.source.startswith(("https://", "http://")) and " " not in rule.source:
        st.link_button(_("Open the source"), rule.source, icon=":material/open_in_new:")
    if me.may(Permission.PLATFORM_RULE_EDIT):
        _doings(one, versions[0].rule, today)


_FACTS = ("topic", "markets", "reasons", "pleas", "carriers", "source", "checked_on", "valid_from")


def _texts(rule: PlatformRule) -> None:
    """The rule in each of its languages; where one is missing, which is used instead."""
    lines = []
    for code in dict.fromkeys((*rules.languages_for(rule.markets), *rule.words)):
        name = gray(plain(answers.wordings()[code].name)) if code in answers.wordings() else gray(plain(code))
        text = (
            plain(rule.words[code])
            if code in rule.words
            else badge(_("missing, {language} is used", language=answers.wordings()["en"].name), "orange", "translate")
        )
        lines.append(f"{name} {text}")
    with st.container(border=True):
        st.markdown("  \n".join(lines))


def _version(one: Version, before: Version | None, zone: str) -> str:
    """One version: whose, when, how many answers went with it, and what it says otherwise than the one before."""
    rule = one.rule
    facts = dotted(
        plain(moment(one.added_at, zone, year=True)) if one.added_at is not None else plain(_("as Recoup ships it")),
        plain(one.added_by or "Recoup") if one.added_at is not None else None,
        plain(_n("{n} answer went with it", "{n} answers went with it", one.sent)) if one.sent else None,
        badge(_("retired"), "gray", "archive") if rule.retired else None,
        plain(one.note) if one.note else None,
    )
    ours = f"{whose(rule)} " if rule.origin is Origin.SEED else ""
    lines = [f"**{plain(_('Version {n}', n=rule.version))}** {ours}{gray(facts)}"]
    changed = differences(before.rule, rule) if before is not None else []
    lines += [f"{gray(plain(name))} {plain(cut(old, 160))} → {plain(cut(new, 160))}" for name, old, new in changed]
    return "  \n".join(lines) if before is not None else f"{lines[0]}  \n{plain(rule.reading)}"


def _doings(one: Standing, newest: PlatformRule, today: date) -> None:
    """What may be done with it now."""
    code = newest.code
    if newest.retired:
        _button("back", code, _("Bring back"), "unarchive", rules.bring_rule_back, _("The rule is in use again."))
        return
    wide = on_phone()
    with st.container(horizontal=not wide, gap="small"):
        if st.button(
            _("Write a new version"), type="primary", icon=":material/edit:", key="platform-rule-edit", width="stretch"
        ):
            state.open_dialog(EDIT, code)
            st.rerun()
        if newest.checked_on < today:
            _looked(newest, today)
        if one.shipped and newest.origin is Origin.HAND:
            _button(
                "shipped",
                code,
                _("Use Recoup's text again"),
                "undo",
                rules.use_shipped,
                _("Recoup's text is used again."),
            )
        _retire(code)


def _looked(newest: PlatformRule, today: date) -> None:
    """The source was looked at and still says so: a new version that differs by its day alone."""
    form = f"platform-rule-looked-{newest.code}"

    def write(session: Any) -> int:
        seen, typed = {"checked_on": newest.checked_on}, {"checked_on": today}
        return rules.edit_rule(session, newest.code, actor=actor(), seen=seen, typed=typed, now=clock.now()).version

    if st.button(
        _("Looked today: it still reads so"),
        icon=":material/task_alt:",
        key=state.widget(form, "save"),
        width="stretch",
    ) and act(write, key=state.key(form), notice=_("Kept: checked today.")):
        dialogs.done()


def _button(name: str, code: str, words: str, icon: str, verb: Any, notice: str) -> None:
    form = f"platform-rule-{name}-{code}"
    if st.button(words, icon=f":material/{icon}:", key=state.widget(form, "save"), width="stretch") and act(
        lambda session: verb(session, code, actor=actor(), now=clock.now()).version, key=state.key(form), notice=notice
    ):
        dialogs.done()


def _retire(code: str) -> None:
    form = f"platform-rule-retire-{code}"
    with st.popover(_("Retire"), icon=":material/archive:", key="platform-rule-retire", width="stretch"):
        st.caption(_("No answer can rest on it from then on. Answers that went keep it; it can be brought back."))
        why = st.text_input(_("Why"), key=state.widget(form, "why"), max_chars=300)
        if st.button(_("Retire"), key=state.widget(form, "save")) and act(
            lambda session: rules.retire_rule(session, code, actor=actor(), why=why or "", now=clock.now()).version,
            key=state.key(form),
            notice=_("The rule is retired."),
        ):
            dialogs.done()
