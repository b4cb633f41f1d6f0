"""The sentences of the trail about a case: its states, proof, talks, clocks, scans, messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from core.cases import messages, words
from core.cases.kinds import kind_name
from core.desk.history.fields import FIELD_LABELS, Fields, label, moment
from core.foundation import formats
from core.foundation.formats import apart, aside, clauses, pair
from core.foundation.language import N_, _, _n
from core.models.clock import ClockKind, ClockState, PauseReason
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentState, Result
from core.models.message import Situation
from core.models.tags import Tag
from core.models.tracking import ScanState
from core.models.watch import SuspicionState
from core.parcels.tracking.vocabulary import LABELS as SCAN_LABELS

CLOCK_STATES: dict[ClockState, str] = {
    ClockState.RUNNING: N_("running"),
    ClockState.PAUSED: N_("paused"),
    ClockState.MET: N_("done in time"),
    ClockState.MISSED: N_("missed"),
    ClockState.CANCELLED: N_("no longer needed"),
}


def _assigned(before: Fields, after: Fields, zone: str) -> str:
    return str(after.get("name") or _("nobody"))


def _moved(before: Fields, after: Fields, zone: str) -> str:
    old = label(IncidentState, words.STATE_LABELS, before.get("state"))
    return f"{old} → {label(IncidentState, words.STATE_LABELS, after.get('state'))}"


def _closed(before: Fields, after: Fields, zone: str) -> str:
    cause = label(Cause, words.CAUSE_LABELS, after.get("cause"))
    result = label(Result, words.RESULT_LABELS, after.get("result"))
    return apart((cause, result, str(after.get("note") or "")))


def _evidence(before: Fields, after: Fields, zone: str) -> str:
    kind, name = after.get("kind") or before.get("kind"), after.get("name") or before.get("name")
    parts = [kind_name(str(kind)) if kind else "", str(name or ""), str(after.get("reason") or "")]
    return clauses(parts)


def _proof_dated(before: Fields, after: Fields, zone: str) -> str:
    kind, on = kind_name(str(after.get("kind") or "")), after.get("gone_on")
    said = formats.day(date.fromisoformat(str(on)), year=True) if on else _("as is typical")
    return clauses((kind, said))


def _contact(before: Fields, after: Fields, zone: str) -> str:
    party = label(Party, words.PARTY_LABELS, after.get("party"))
    channel = label(Channel, words.CHANNEL_LABELS, after.get("channel"))
    return _("{party}, {channel}: {summary}", party=party, channel=channel.lower(), summary=after.get("summary", ""))


def _clock(after: Fields) -> str:
    kind, title = label(ClockKind, words.CLOCK_LABELS, after.get("kind")), str(after.get("title") or "")
    if after.get("kind") == ClockKind.PROOF.value:
        title = kind_name(title)
    elif after.get("kind") == ClockKind.MONEY.value and title in words.MONEY_LABELS:
        title = _(words.MONEY_LABELS[title])
    else:
        title = words.payer_said(messages.promise_said(title))
    return clauses((kind, title))


def _clock_started(before: Fields, after: Fields, zone: str) -> str:
    due, opens = after.get("due_at"), after.get("opens_at")
    if due is not None:
        return _("{clock}, until {moment}", clock=_clock(after), moment=moment(due, zone))
    return _("{clock}, from {moment}", clock=_clock(after), moment=moment(opens, zone))


def _clock_settled(before: Fields, after: Fields, zone: str) -> str:
    return pair(_clock(after), label(ClockState, CLOCK_STATES, after.get("state")))


def _clock_paused(before: Fields, after: Fields, zone: str) -> str:
    reason = label(PauseReason, words.PAUSE_LABELS, after.get("reason"))
    note = str(after.get("note") or "")
    return apart((_clock(after), reason, note))


def _clock_escalated(before: Fields, after: Fields, zone: str) -> str:
    to = _("to the manager") if after.get("escalation") == 2 else _("to the lead")
    return clauses((_clock(after), to))


def _clock_moved(before: Fields, after: Fields, zone: str) -> str:
    """The ends that changed, and the version of the rule they come from now."""
    said = [
        f"{_(FIELD_LABELS[name])} {moment(before.get(name), zone)} → {moment(after.get(name), zone)}"
        for name in ("opens_at", "due_at")
        if name in before
    ]
    if "rule_version" in before:
        old, new = before.get("rule_version") or formats.NOTHING, after.get("rule_version") or formats.NOTHING
        said.append(_("rule version {old} → {new}", old=old, new=new))
    if reason := after.get("reason"):
        said.append(str(reason))
    return pair(_clock(after), clauses(said)) if said else _clock(after)


def _redacted(before: Fields, after: Fields, zone: str) -> str:
    """How much went, and why."""
    counts = dict(after.get("counts") or {})
    files = counts.pop("files", 0)
    said = [_n("{n} entry", "{n} entries", sum(counts.values()))]
    if files:
        said.append(_n("{n} file", "{n} files", files))
    days = after.get("days")
    why = _n("after {n} day", "after {n} days", int(days)) if days else _("because it was asked for")
    return apart((clauses(said), why, str(after.get("note") or "")))


_WITHDRAWN: dict[SuspicionState, str] = {
    SuspicionState.ARRIVED: N_("delivered {when}, after {span} of silence"),
    SuspicionState.RETURNED: N_("on its way back since {when}, after {span} of silence"),
    SuspicionState.MOVED: N_("scanned {when}, after {span} of silence"),
}


def _withdrawn(before: Fields, after: Fields, zone: str) -> str:
    """What was heard of a parcel that had been silent for too long, with the place where one is known."""
    at, since = (datetime.fromisoformat(str(after[name])) for name in ("at", "since"))
    told = _(_WITHDRAWN[SuspicionState(after["state"])], when=moment(after["at"], zone), span=formats.span(at - since))
    return clauses((told, str(after.get("place") or "")))


def _tracking(before: Fields, after: Fields, zone: str) -> str:
    """How many scans came, what the newest says, and what they changed of the parcel's own dates."""
    n = int(after.get("scans") or 0)
    newest = [
        label(ScanState, SCAN_LABELS, after.get("state")),
        moment(after.get("at"), zone),
        str(after.get("place") or ""),
    ]
    said = _n("{n} scan, the newest: {newest}", "{n} scans, the newest: {newest}", n, newest=clauses(newest))
    if after.get("delivered_at"):
        said = apart((said, _("delivered {moment}", moment=moment(after["delivered_at"], zone))))
    return said


def _message(before: Fields, after: Fields, zone: str) -> str:
    """What the message was about and its language; what the check of its tone still missed."""
    said = messages.sentence(Situation(after["situation"]), str(after["language"]))
    missed = [label(messages.Flaw, messages.FLAW_LABELS, one) for one in after.get("flaws") or ()]
    missed += [
        _("“{words}” without a clock: {reason}", words=one.get("words", ""), reason=one["reason"])
        if one.get("clock") is None
        else _("“{words}” by another day: {reason}", words=one.get("words", ""), reason=one["reason"])
        for one in after.get("times") or ()
        if one.get("reason")
    ]
    return said + aside(clauses(missed)) if missed else said


def _message_text(before: Fields, after: Fields, zone: str) -> str:
    said = messages.sentence(Situation(after["situation"]), str(after["language"]))
    return _("{name}, version {version}", name=said, version=after.get("version"))


TELLERS: dict[Tag, Callable[[Fields, Fields, str], str]] = {
    Tag.INCIDENT_ASSIGNED: _assigned,
    Tag.INCIDENT_COMMENTED: lambda before, after, zone: str(after.get("text", "")),
    Tag.INCIDENT_MOVED: _moved,
    Tag.INCIDENT_CLOSED: _closed,
    Tag.INCIDENT_REOPENED: lambda before, after, zone: str(after.get("reason", "")),
    Tag.EVIDENCE_ADDED: _evidence,
    Tag.EVIDENCE_WITHDRAWN: _evidence,
    Tag.EVIDENCE_OPENED: _evidence,
    Tag.EVIDENCE_DERIVED: _evidence,
    Tag.ADVICE_DISMISSED: _evidence,
    Tag.EVIDENCE_FROZEN: _evidence,
    Tag.PROOF_DATED: _proof_dated,
    Tag.CONTACT_LOGGED: _contact,
    Tag.CLOCK_STARTED: _clock_started,
    Tag.CLOCK_SETTLED: _clock_settled,
    Tag.CLOCK_PAUSED: _clock_paused,
    Tag.CLOCK_RESUMED: _clock_started,
    Tag.CLOCK_WOKE: _clock_started,
    Tag.CLOCK_ESCALATED: _clock_escalated,
    Tag.CLOCK_MOVED: _clock_moved,
    Tag.TRACKING_ADDED: _tracking,
    Tag.SUSPICION_WITHDRAWN: _withdrawn,
    Tag.MESSAGE_SENT: _message,
    Tag.BUYER_REDACTED: _redacted,
    Tag.MESSAGE_TEMPLATE_ADDED: _message_text,
    Tag.MESSAGE_TEMPLATE_RETIRED: _message_text,
}
