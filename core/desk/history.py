"""The audit trail as sentences: what each row of a case's history says to a person.

Rows are facts (tag, before, after as JSON); the words are made when they are shown, in the reader's language and zone.
Nothing here is escaped: screens show these sentences as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from core.cases import messages, words
from core.cases.kinds import kind_name
from core.desk import remedy_history
from core.foundation import formats
from core.foundation.formats import apart, aside, clauses, pair
from core.foundation.language import N_, _, _n
from core.foundation.money import Money
from core.models.answer import Plea
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState, PauseReason
from core.models.contact import Channel, Party
from core.models.dispute import DisputeState
from core.models.incident import Cause, IncidentState, NoticedBy, Result, Stage, Tier
from core.models.ledger import Account, PayoutBack
from core.models.message import Situation
from core.models.tags import SENTENCES, Tag
from core.models.tracking import ScanState
from core.models.watch import SuspicionState
from core.money.ledger import ACCOUNT_LABELS
from core.parcels.tracking.vocabulary import LABELS as SCAN_LABELS
from core.recovery.answers.words import PLEA_LABELS
from core.recovery.claim_states import STATE_LABELS as CLAIM_LABELS
from core.recovery.claims.denials import denial_name
from core.recovery.disputes.statements import from_json
from core.recovery.disputes.states import STATE_LABELS as DISPUTE_STATES
from core.recovery.disputes.words import FACT_LABELS as DISPUTE_FACTS
from core.recovery.disputes.words import fact_words
from core.recovery.payouts import BACK_LABELS

Fields = Mapping[str, Any]

CLOCK_STATES: dict[ClockState, str] = {
    ClockState.RUNNING: N_("running"),
    ClockState.PAUSED: N_("paused"),
    ClockState.MET: N_("done in time"),
    ClockState.MISSED: N_("missed"),
    ClockState.CANCELLED: N_("no longer needed"),
}
FIELD_LABELS: dict[str, str] = {
    "answers": N_("answers of the form"),
    "stage": N_("stage"),
    "noticed_by": N_("how it was noticed"),
    "buyer_said": N_("the buyer's words"),
    "value_at_risk": N_("value at risk"),
    "tier": N_("tier"),
    "demand": N_("demand"),
    "note": N_("note"),
    "event_at": N_("start of the window"),
    "opens_at": N_("opening of the window"),
    "due_at": N_("end of the window"),
    "rule_version": N_("rule version"),
}
DAY_KINDS: dict[str, str] = {
    "added": N_("added as a day off"),
    "struck": N_("struck"),
    "workday": N_("worked in exchange"),
}
_WORDS: dict[str, tuple[type[StrEnum], Mapping[Any, str]]] = {
    "stage": (Stage, words.STAGE_LABELS),
    "noticed_by": (NoticedBy, words.NOTICED_LABELS),
    "tier": (Tier, words.TIER_LABELS),
}
_LONG = ("answers", "buyer_said", "note")
_MOMENTS = ("event_at", "opens_at", "due_at")


def sentence(tag: str, who: str | None, before: Fields, after: Fields, zone: str) -> str:
    """One row of the trail as a sentence. `who` None means Recoup itself; moments are told in `zone` (IANA name).

    A tag of a newer Recoup is shown by its name, so that nothing of the trail is ever left out.
    """
    try:
        known = Tag(tag)
    except ValueError:
        return tag
    try:
        what = _TELLERS.get(known, _told_plainly)(before, after, zone)
    except (KeyError, ValueError):
        # A row of another version of Recoup, or one whose words were removed: what it still has is told.
        what = _plainly(after)
    return _(SENTENCES[known], who=who or _("Recoup"), what=what)


def _told_plainly(before: Fields, after: Fields, zone: str) -> str:
    return _plainly(after)


def _label(kind: type[StrEnum], labels: Mapping[Any, str], value: Any) -> str:
    """The word for a stored code, or the code itself where it is not known here."""
    if value is None:
        return formats.NOTHING
    try:
        return _(labels[kind(value)])
    except (ValueError, KeyError):
        return str(value)


def _moment(value: Any, zone: str) -> str:
    return formats.NOTHING if value is None else formats.moment(datetime.fromisoformat(str(value)), zone, year=True)


def _amount(value: Any, currency: Any) -> str:
    if value is None:
        return formats.NOTHING
    figure = Decimal(str(value))
    return formats.amount(Money(figure, str(currency))) if currency else formats.number(figure)


def _plainly(after: Fields) -> str:
    return str(next((after[name] for name in ("reference", "name", "title", "code", "text") if after.get(name)), ""))


def _field(name: str, value: Any, currency: Any, zone: str) -> str:
    if name in _WORDS:
        return _label(*_WORDS[name], value)
    if name in _MOMENTS:
        return _moment(value, zone)
    if name in ("value_at_risk", "demand"):
        return _amount(value, currency)
    return str(value if value not in (None, "") else formats.NOTHING)


def _edited(before: Fields, after: Fields, zone: str) -> str:
    currency = after.get("currency") or before.get("currency")
    said = []
    for name in sorted(after, key=lambda one: list(FIELD_LABELS).index(one) if one in FIELD_LABELS else 99):
        value = after[name]
        if name in ("reference", "currency") or value == before.get(name):
            continue
        label = _(FIELD_LABELS[name]) if name in FIELD_LABELS else name
        if name in _LONG:
            said.append(label)
            continue
        old = _field(name, before.get(name), currency, zone)
        said.append(f"{label} {old} → {_field(name, value, currency, zone)}")
    return clauses(said)


def _claim_edited(before: Fields, after: Fields, zone: str) -> str:
    plain = {name: value for name, value in after.items() if name != "reason"}
    said = pair(after.get("reference", ""), _edited(before, plain, zone))
    return f"{said}; {after['reason']}" if after.get("reason") else said


def _assigned(before: Fields, after: Fields, zone: str) -> str:
    return str(after.get("name") or _("nobody"))


def _moved(before: Fields, after: Fields, zone: str) -> str:
    old = _label(IncidentState, words.STATE_LABELS, before.get("state"))
    return f"{old} → {_label(IncidentState, words.STATE_LABELS, after.get('state'))}"


def _closed(before: Fields, after: Fields, zone: str) -> str:
    cause = _label(Cause, words.CAUSE_LABELS, after.get("cause"))
    result = _label(Result, words.RESULT_LABELS, after.get("result"))
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
    party = _label(Party, words.PARTY_LABELS, after.get("party"))
    channel = _label(Channel, words.CHANNEL_LABELS, after.get("channel"))
    return _("{party}, {channel}: {summary}", party=party, channel=channel.lower(), summary=after.get("summary", ""))


def _clock(after: Fields) -> str:
    kind, title = _label(ClockKind, words.CLOCK_LABELS, after.get("kind")), str(after.get("title") or "")
    if after.get("kind") == ClockKind.PROOF.value:
        title = kind_name(title)
    elif after.get("kind") == ClockKind.MONEY.value and title in words.MONEY_LABELS:
        title = _(words.MONEY_LABELS[title])
    return clauses((kind, title))


def _clock_started(before: Fields, after: Fields, zone: str) -> str:
    due, opens = after.get("due_at"), after.get("opens_at")
    if due is not None:
        return _("{clock}, until {moment}", clock=_clock(after), moment=_moment(due, zone))
    return _("{clock}, from {moment}", clock=_clock(after), moment=_moment(opens, zone))


def _clock_settled(before: Fields, after: Fields, zone: str) -> str:
    return pair(_clock(after), _label(ClockState, CLOCK_STATES, after.get("state")))


def _clock_paused(before: Fields, after: Fields, zone: str) -> str:
    reason = _label(PauseReason, words.PAUSE_LABELS, after.get("reason"))
    note = str(after.get("note") or "")
    return apart((_clock(after), reason, note))


def _clock_escalated(before: Fields, after: Fields, zone: str) -> str:
    to = _("to the manager") if after.get("escalation") == 2 else _("to the lead")
    return clauses((_clock(after), to))


def _clock_moved(before: Fields, after: Fields, zone: str) -> str:
    """The ends that changed, and the version of the rule they come from now."""
    said = [
        f"{_(FIELD_LABELS[name])} {_moment(before.get(name), zone)} → {_moment(after.get(name), zone)}"
        for name in ("opens_at", "due_at")
        if name in before
    ]
    if "rule_version" in before:
        old, new = before.get("rule_version") or formats.NOTHING, after.get("rule_version") or formats.NOTHING
        said.append(_("rule version {old} → {new}", old=old, new=new))
    if reason := after.get("reason"):
        said.append(str(reason))
    return pair(_clock(after), clauses(said)) if said else _clock(after)


def _calendar_edited(before: Fields, after: Fields, zone: str) -> str:
    """The calendar, and the day with what is said of it now, where it was one day."""
    said = [str(after.get("code") or "")]
    if after.get("day"):
        kind = after.get("kind")
        what = _(DAY_KINDS[str(kind)]) if kind in DAY_KINDS else _("as the list says again")
        name = after.get("name") or before.get("name") or ""
        said.append(" ".join(part for part in (str(after["day"]), what, str(name)) if part))
    return clauses(said)


def _claim_drafted(before: Fields, after: Fields, zone: str) -> str:
    demand = _amount(after.get("demand"), after.get("currency"))
    return _(
        "{reference} on {payer}, {demand}", reference=after.get("reference"), payer=after.get("payer"), demand=demand
    )


def _claim_moved(before: Fields, after: Fields, zone: str) -> str:
    state = _label(ClaimState, CLAIM_LABELS, after.get("state")).lower()
    note = after.get("note") or after.get("text")
    return pair(after.get("reference"), state) + (aside(note) if note else "")


def _claim_submitted(before: Fields, after: Fields, zone: str) -> str:
    return _("{reference}, case number {number}", reference=after.get("reference"), number=after.get("case_number"))


def _claim_answered(before: Fields, after: Fields, zone: str) -> str:
    parts = [_claim_moved(before, after, zone)]
    if after.get("denial_code"):
        parts.append(denial_name(str(after["denial_code"])))
    if after.get("offered"):
        parts.append(_amount(after.get("offered"), after.get("currency")))
    if after.get("approved") not in (None, "0"):
        parts.append(_amount(after.get("approved"), after.get("currency")))
    if after.get("due_at"):
        parts.append(_("until {moment}", moment=_moment(after["due_at"], zone)))
    return clauses(parts)


def _pack(before: Fields, after: Fields, zone: str) -> str:
    return str(after.get("file_name") or after.get("reference") or "")


def _form(before: Fields, after: Fields, zone: str) -> str:
    return _("{name}, version {version}", name=after.get("name"), version=after.get("version"))


def _heading(before: Fields, after: Fields, zone: str) -> str:
    told = after or before
    return _("“{heading}” is {field}", heading=told.get("heading"), field=str(told.get("field", "")).replace("_", " "))


def _loss(before: Fields, after: Fields, zone: str) -> str:
    account = _label(Account, ACCOUNT_LABELS, after.get("account"))
    said = f"{account} {_amount(after.get('amount'), after.get('currency'))}"
    return said + aside(after["note"]) if after.get("note") else said


def _loss_reversed(before: Fields, after: Fields, zone: str) -> str:
    account = _label(Account, ACCOUNT_LABELS, before.get("account"))
    said = f"{account} {_amount(before.get('amount'), after.get('currency'))}"
    return said + aside(after["note"]) if after.get("note") else said


def _followed_up(before: Fields, after: Fields, zone: str) -> str:
    return _("{reference}: {text}", reference=after.get("reference"), text=after.get("text", ""))


def _payout(before: Fields, after: Fields, zone: str) -> str:
    money = _amount(after.get("amount"), after.get("currency"))
    said = _("{amount} for {reference}", amount=money, reference=after.get("reference"))
    if after.get("owed_back_before"):
        return _("{payout}, owed back until now", payout=said)
    if after.get("owed_back"):
        over = _amount(after["owed_back"], after.get("currency"))
        return _("{payout}, of that {surplus} owed back", payout=said, surplus=over)
    return said


def _matched(before: Fields, after: Fields, zone: str) -> str:
    money = _amount(after.get("amount"), after.get("currency"))
    said = _("{amount} for {reference}", amount=money, reference=after.get("reference"))
    return said + aside(after["note"]) if after.get("note") else said


def _payout_reversed(before: Fields, after: Fields, zone: str) -> str:
    money = _amount(after.get("amount"), after.get("currency"))
    how = _label(PayoutBack, BACK_LABELS, after.get("how")).lower()
    return _(
        "{amount} for {reference}, {how} ({note})",
        amount=money,
        reference=after.get("reference"),
        how=how,
        note=after.get("note", ""),
    )


def _dispute(before: Fields, after: Fields, zone: str) -> str:
    """The number, then what is told of it now; a moment that was settled says which."""
    number, currency = str(after.get("return_number") or ""), str(after.get("currency") or "")
    if after.get("settled"):
        what = _label(ClockKind, words.CLOCK_LABELS, after["settled"])
        return pair(number, f"{what}, {_('done') if after.get('done') else _('not needed')}")
    if after.get("modules"):
        n = int(after["modules"])
        return pair(
            number,
            _n(
                "the platform says what it wants proof of, {n} point",
                "the platform says what it wants proof of, {n} points",
                n,
            ),
        )
    told = from_json({name: value for name, value in after.items() if name in DISPUTE_FACTS and value is not None})
    said = [
        f"{_(DISPUTE_FACTS[name])} {fact_words(name, told[name], zone, currency)}"
        for name in DISPUTE_FACTS
        if name in told
    ]
    return pair(number, clauses(said)) if said else number


def _dispute_moved(before: Fields, after: Fields, zone: str) -> str:
    """The number, where it stands now, and what the move said: how much, of which reason, what was noted."""
    number, currency = str(after.get("return_number") or ""), after.get("currency")
    told = [_label(DisputeState, DISPUTE_STATES, after.get("state"))]
    if after.get("figure") is not None:
        told.append(_amount(after["figure"], currency))
    if after.get("due_at"):
        told.append(_("by {when}", when=_moment(after["due_at"], zone)))
    if after.get("exhibits"):
        told.append(_n("{n} exhibit", "{n} exhibits", int(after["exhibits"])))
    told.append(str(after.get("reference") or ""))
    said = pair(number, clauses(told))
    return said + aside(after["note"]) if after.get("note") else said


def _dispute_drafted(before: Fields, after: Fields, zone: str) -> str:
    """The number and what was changed of its answer: what is asked, exhibits, a finding that may stand; else its words."""
    number, told = str(after.get("return_number") or ""), []
    if after.get("dropped"):
        told.append(_("thrown away"))
    if after.get("plea"):
        told.append(_label(Plea, PLEA_LABELS, after["plea"]))
    if after.get("figure") is not None:
        told.append(_amount(after["figure"], after.get("currency")))
    if after.get("exhibits"):
        told.append(_n("{n} exhibit", "{n} exhibits", int(after["exhibits"])))
    if len(after.get("set_aside") or ()) > len(before.get("set_aside") or ()):
        told.append(_("a finding of the guard may stand"))
    if not told and ("sha256" in after or "reading_sha256" in after):
        told.append(_("its text"))
    return pair(number, clauses(told)) if told else number


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
    told = _(_WITHDRAWN[SuspicionState(after["state"])], when=_moment(after["at"], zone), span=formats.span(at - since))
    return clauses((told, str(after.get("place") or "")))


def _tracking(before: Fields, after: Fields, zone: str) -> str:
    """How many scans came, what the newest says, and what they changed of the parcel's own dates."""
    n = int(after.get("scans") or 0)
    newest = [
        _label(ScanState, SCAN_LABELS, after.get("state")),
        _moment(after.get("at"), zone),
        str(after.get("place") or ""),
    ]
    said = _n("{n} scan, the newest: {newest}", "{n} scans, the newest: {newest}", n, newest=clauses(newest))
    if after.get("delivered_at"):
        said = apart((said, _("delivered {moment}", moment=_moment(after["delivered_at"], zone))))
    return said


def _message(before: Fields, after: Fields, zone: str) -> str:
    """What the message was about and its language; what the check of its tone still missed."""
    said = messages.sentence(Situation(after["situation"]), str(after["language"]))
    missed = [_label(messages.Flaw, messages.FLAW_LABELS, one) for one in after.get("flaws") or ()]
    return said + aside(clauses(missed)) if missed else said


def _message_text(before: Fields, after: Fields, zone: str) -> str:
    said = messages.sentence(Situation(after["situation"]), str(after["language"]))
    return _("{name}, version {version}", name=said, version=after.get("version"))


_TELLERS: dict[Tag, Callable[[Fields, Fields, str], str]] = {
    **remedy_history.TELLERS,
    Tag.SCORECARD_BUILT: lambda before, after, zone: pair(after["carrier"], f"{after['first']} – {after['last']}"),
    Tag.INCIDENT_EDITED: _edited,
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
    Tag.CLAIM_DRAFTED: _claim_drafted,
    Tag.CLAIM_EDITED: _claim_edited,
    Tag.CLAIM_MOVED: _claim_moved,
    Tag.CLAIM_SUBMITTED: _claim_submitted,
    Tag.CLAIM_ANSWERED: _claim_answered,
    Tag.PACK_BUILT: _pack,
    Tag.TEMPLATE_ADDED: _form,
    Tag.TEMPLATE_RETIRED: _form,
    Tag.HEADING_ADDED: _heading,
    Tag.HEADING_RETIRED: _heading,
    Tag.LOSS_POSTED: _loss,
    Tag.LOSS_REVERSED: _loss_reversed,
    Tag.PAYOUT_RECORDED: _payout,
    Tag.PAYOUT_REVERSED: _payout_reversed,
    Tag.CLAIM_FOLLOWED_UP: _followed_up,
    Tag.SETTLEMENT_MATCHED: _matched,
    Tag.SETTLEMENT_UNMATCHED: _matched,
    Tag.CALENDAR_EDITED: _calendar_edited,
    Tag.TRACKING_ADDED: _tracking,
    Tag.SUSPICION_WITHDRAWN: _withdrawn,
    Tag.DISPUTE_OPENED: _dispute,
    Tag.MESSAGE_SENT: _message,
    Tag.BUYER_REDACTED: _redacted,
    Tag.MESSAGE_TEMPLATE_ADDED: _message_text,
    Tag.MESSAGE_TEMPLATE_RETIRED: _message_text,
    Tag.DISPUTE_UPDATED: _dispute,
    Tag.DISPUTE_MOVED: _dispute_moved,
    Tag.DISPUTE_DRAFTED: _dispute_drafted,
    Tag.EXHIBIT_SET: _dispute_drafted,
    Tag.DISPUTE_ANSWERED: _dispute_moved,
    Tag.DISPUTE_NOTED: lambda before, after, zone: pair(str(after.get("return_number") or ""), str(after["note"])),
}
