"""The closed vocabulary of the audit trail, each tag with the sentence its row is told in."""

from __future__ import annotations

from enum import StrEnum

from core.foundation.language import N_


class Tag(StrEnum):
    """What happened, as `noun.past participle`."""

    INCIDENT_REGISTERED = "incident.registered"
    INCIDENT_EDITED = "incident.edited"
    INCIDENT_ASSIGNED = "incident.assigned"
    INCIDENT_COMMENTED = "incident.commented"
    INCIDENT_MOVED = "incident.moved"
    INCIDENT_CLOSED = "incident.closed"
    INCIDENT_REOPENED = "incident.reopened"
    EVIDENCE_ADDED = "evidence.added"
    EVIDENCE_WITHDRAWN = "evidence.withdrawn"
    EVIDENCE_OPENED = "evidence.opened"
    EVIDENCE_FROZEN = "evidence.frozen"
    EVIDENCE_DERIVED = "evidence.derived"
    PROOF_DATED = "proof.dated"
    ADVICE_DISMISSED = "advice.dismissed"
    CONTACT_LOGGED = "contact.logged"
    CLOCK_STARTED = "clock.started"
    CLOCK_SETTLED = "clock.settled"
    CLOCK_PAUSED = "clock.paused"
    CLOCK_RESUMED = "clock.resumed"
    CLOCK_WOKE = "clock.woke"
    CLOCK_ESCALATED = "clock.escalated"
    CLOCK_MOVED = "clock.moved"
    CLAIM_DRAFTED = "claim.drafted"
    CLAIM_EDITED = "claim.edited"
    CLAIM_MOVED = "claim.moved"
    CLAIM_SUBMITTED = "claim.submitted"
    CLAIM_ANSWERED = "claim.answered"
    CLAIM_FOLLOWED_UP = "claim.followed_up"
    PACK_BUILT = "pack.built"
    LOSS_POSTED = "loss.posted"
    LOSS_REVERSED = "loss.reversed"
    PAYOUT_RECORDED = "payout.recorded"
    PAYOUT_REVERSED = "payout.reversed"
    SHIPMENT_ENTERED = "shipment.entered"
    SHIPMENT_EDITED = "shipment.edited"
    IMPORT_APPLIED = "import.applied"
    OFFER_DISMISSED = "offer.dismissed"
    WATCH_SET_ASIDE = "watch.set_aside"
    IMPORT_DELETED = "import.deleted"
    HEADING_ADDED = "heading.added"
    HEADING_RETIRED = "heading.retired"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_UPDATED = "dispute.updated"
    SETTLEMENT_MATCHED = "settlement.matched"
    SETTLEMENT_UNMATCHED = "settlement.unmatched"
    TRACKING_ADDED = "tracking.added"
    SUSPICION_WITHDRAWN = "suspicion.withdrawn"
    GROUP_OPENED = "group.opened"
    GROUP_EDITED = "group.edited"
    GROUP_CLOSED = "group.closed"
    SCORECARD_BUILT = "scorecard.built"
    MESSAGE_SENT = "message.sent"
    MESSAGE_TEMPLATE_ADDED = "message.template_added"
    MESSAGE_TEMPLATE_RETIRED = "message.template_retired"
    REMEDY_PROPOSED = "remedy.proposed"
    REMEDY_APPROVED = "remedy.approved"
    REMEDY_DECLINED = "remedy.declined"
    REMEDY_ASKED_BACK = "remedy.asked_back"
    REMEDY_ANSWERED = "remedy.answered"
    REMEDY_DONE = "remedy.done"
    REMEDY_WITHDRAWN = "remedy.withdrawn"
    AUTHORITY_EDITED = "authority.edited"
    STAND_IN_SET = "stand_in.set"
    STAND_IN_ENDED = "stand_in.ended"
    RESULT_RECORDED = "result.recorded"
    BUYER_REDACTED = "buyer.redacted"
    DISPUTE_MOVED = "dispute.moved"
    DISPUTE_NOTED = "dispute.noted"
    DISPUTE_DRAFTED = "dispute.drafted"
    DISPUTE_ANSWERED = "dispute.answered"
    EXHIBIT_SET = "exhibit.set"
    RULE_ADDED = "rule.added"
    RULE_EDITED = "rule.edited"
    RULE_RETIRED = "rule.retired"
    PLATFORM_RULE_ADDED = "platform_rule.added"
    PLATFORM_RULE_EDITED = "platform_rule.edited"
    PLATFORM_RULE_RETIRED = "platform_rule.retired"
    PLATFORM_RULE_RESTORED = "platform_rule.restored"
    CALENDAR_EDITED = "calendar.edited"
    TEMPLATE_ADDED = "template.added"
    TEMPLATE_RETIRED = "template.retired"
    VIEW_SAVED = "view.saved"
    VIEW_DELETED = "view.deleted"
    POLICY_EDITED = "policy.edited"
    RATE_ADDED = "rate.added"
    SHOP_ADDED = "shop.added"
    SHOP_EDITED = "shop.edited"
    CARRIER_ADDED = "carrier.added"
    CARRIER_EDITED = "carrier.edited"
    CHANNEL_DECIDED = "channel.decided"
    PERSON_ADDED = "person.added"
    PERSON_EDITED = "person.edited"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 -- a tag, not a password
    PASSWORD_RESET = "password.reset"  # noqa: S105 -- a tag, not a password
    SIGNED_IN = "session.opened"
    SIGNED_OUT = "session.closed"
    SESSION_REVOKED = "session.revoked"
    SIGN_IN_LOCKED = "sign_in.locked"


SENTENCES: dict[Tag, str] = {
    Tag.INCIDENT_REGISTERED: N_("{who} registered the incident"),
    Tag.INCIDENT_EDITED: N_("{who} changed {what}"),
    Tag.INCIDENT_ASSIGNED: N_("{who} assigned the case to {what}"),
    Tag.INCIDENT_COMMENTED: N_("{who} wrote: {what}"),
    Tag.INCIDENT_MOVED: N_("State: {what}"),
    Tag.INCIDENT_CLOSED: N_("{who} closed the case: {what}"),
    Tag.INCIDENT_REOPENED: N_("{who} reopened the case: {what}"),
    Tag.EVIDENCE_ADDED: N_("{who} added evidence: {what}"),
    Tag.EVIDENCE_WITHDRAWN: N_("{who} withdrew evidence: {what}"),
    Tag.EVIDENCE_OPENED: N_("{who} opened evidence: {what}"),
    Tag.EVIDENCE_FROZEN: N_("Kept as evidence: {what}"),
    Tag.EVIDENCE_DERIVED: N_("{who} made a copy for a receiver: {what}"),
    Tag.PROOF_DATED: N_("{who} set until when proof can be had: {what}"),
    Tag.ADVICE_DISMISSED: N_("{who} looked at the advice and set it aside: {what}"),
    Tag.CONTACT_LOGGED: N_("{who} logged a contact: {what}"),
    Tag.CLOCK_STARTED: N_("Clock started: {what}"),
    Tag.CLOCK_SETTLED: N_("Clock settled: {what}"),
    Tag.CLOCK_PAUSED: N_("{who} paused the clock: {what}"),
    Tag.CLOCK_RESUMED: N_("{who} let the clock run on: {what}"),
    Tag.CLOCK_WOKE: N_("Window open now: {what}"),
    Tag.CLOCK_ESCALATED: N_("Escalated: {what}"),
    Tag.CLOCK_MOVED: N_("{who} moved the clock: {what}"),
    Tag.CLAIM_DRAFTED: N_("{who} drafted claim {what}"),
    Tag.CLAIM_EDITED: N_("{who} changed claim {what}"),
    Tag.CLAIM_MOVED: N_("Claim {what}"),
    Tag.CLAIM_SUBMITTED: N_("{who} submitted claim {what}"),
    Tag.CLAIM_ANSWERED: N_("Answer to claim {what}"),
    Tag.CLAIM_FOLLOWED_UP: N_("{who} followed up claim {what}"),
    Tag.PACK_BUILT: N_("{who} built the pack {what}"),
    Tag.LOSS_POSTED: N_("{who} posted a loss: {what}"),
    Tag.LOSS_REVERSED: N_("{who} reversed a loss: {what}"),
    Tag.PAYOUT_RECORDED: N_("{who} recorded a payout: {what}"),
    Tag.PAYOUT_REVERSED: N_("{who} took back a payout: {what}"),
    Tag.SHIPMENT_ENTERED: N_("{who} entered the shipment {what}"),
    Tag.SHIPMENT_EDITED: N_("{who} changed the shipment: {what}"),
    Tag.IMPORT_APPLIED: N_("{who} imported {what}"),
    Tag.OFFER_DISMISSED: N_("{who} dismissed the offer {what}"),
    Tag.WATCH_SET_ASIDE: N_("{who} set a warning aside: {what}"),
    Tag.IMPORT_DELETED: N_("{who} deleted the import {what}"),
    Tag.HEADING_ADDED: N_("{who} said what a heading means: {what}"),
    Tag.HEADING_RETIRED: N_("{who} took a heading back: {what}"),
    Tag.DISPUTE_OPENED: N_("{who} entered the dispute {what}"),
    Tag.DISPUTE_UPDATED: N_("Dispute {what}"),
    Tag.SETTLEMENT_MATCHED: N_("{who} matched compensation: {what}"),
    Tag.SETTLEMENT_UNMATCHED: N_("{who} took a match back: {what}"),
    Tag.TRACKING_ADDED: N_("{who} added scans: {what}"),
    Tag.SUSPICION_WITHDRAWN: N_("It moved again: {what}"),
    Tag.GROUP_OPENED: N_("{who} opened the group {what}"),
    Tag.GROUP_EDITED: N_("{who} changed the group {what}"),
    Tag.GROUP_CLOSED: N_("{who} closed the group {what}"),
    Tag.SCORECARD_BUILT: N_("{who} made the scorecard of {what}"),
    Tag.MESSAGE_SENT: N_("{who} sent the buyer a message: {what}"),
    Tag.MESSAGE_TEMPLATE_ADDED: N_("{who} wrote a text for buyers: {what}"),
    Tag.MESSAGE_TEMPLATE_RETIRED: N_("{who} took a text for buyers back: {what}"),
    Tag.REMEDY_PROPOSED: N_("{who} proposed to the buyer: {what}"),
    Tag.REMEDY_APPROVED: N_("{who} approved: {what}"),
    Tag.REMEDY_DECLINED: N_("{who} declined: {what}"),
    Tag.REMEDY_ASKED_BACK: N_("{who} asked back: {what}"),
    Tag.REMEDY_ANSWERED: N_("{who} answered: {what}"),
    Tag.REMEDY_DONE: N_("{who} gave the buyer: {what}"),
    Tag.REMEDY_WITHDRAWN: N_("{who} took back the proposal: {what}"),
    Tag.AUTHORITY_EDITED: N_("{who} changed who may promise how much: {what}"),
    Tag.STAND_IN_SET: N_("{who} named a stand-in: {what}"),
    Tag.STAND_IN_ENDED: N_("{who} ended a stand-in: {what}"),
    Tag.RESULT_RECORDED: N_("{who} noted how it ended for the shop: {what}"),
    Tag.BUYER_REDACTED: N_("The buyer's data was removed: {what}"),
    Tag.DISPUTE_MOVED: N_("{who} moved the dispute: {what}"),
    Tag.DISPUTE_NOTED: N_("{who} noted of the mediation: {what}"),
    Tag.DISPUTE_DRAFTED: N_("{who} wrote at the answer to the dispute: {what}"),
    Tag.DISPUTE_ANSWERED: N_("{who} answered the dispute: {what}"),
    Tag.EXHIBIT_SET: N_("{who} put exhibits together: {what}"),
    Tag.RULE_ADDED: N_("{who} added the rule card {what}"),
    Tag.RULE_EDITED: N_("{who} made a new version of the rule card {what}"),
    Tag.RULE_RETIRED: N_("{who} retired the rule card {what}"),
    Tag.PLATFORM_RULE_ADDED: N_("{who} added a rule of the platform: {what}"),
    Tag.PLATFORM_RULE_EDITED: N_("{who} made a new version of a rule of the platform: {what}"),
    Tag.PLATFORM_RULE_RETIRED: N_("{who} retired a rule of the platform: {what}"),
    Tag.PLATFORM_RULE_RESTORED: N_("{who} brought a rule of the platform back: {what}"),
    Tag.CALENDAR_EDITED: N_("{who} changed the calendar {what}"),
    Tag.TEMPLATE_ADDED: N_("{who} added the form {what}"),
    Tag.TEMPLATE_RETIRED: N_("{who} retired the form {what}"),
    Tag.VIEW_SAVED: N_("{who} saved the view {what}"),
    Tag.VIEW_DELETED: N_("{who} deleted the view {what}"),
    Tag.POLICY_EDITED: N_("{who} changed the value policy: {what}"),
    Tag.RATE_ADDED: N_("{who} entered the rate {what}"),
    Tag.SHOP_ADDED: N_("{who} added the shop {what}"),
    Tag.SHOP_EDITED: N_("{who} changed the shop {what}"),
    Tag.CARRIER_ADDED: N_("{who} added the carrier {what}"),
    Tag.CARRIER_EDITED: N_("{who} changed the carrier {what}"),
    Tag.CHANNEL_DECIDED: N_("{who} decided about {what}"),
    Tag.PERSON_ADDED: N_("{who} added {what} to the team"),
    Tag.PERSON_EDITED: N_("{who} changed {what}"),
    Tag.PASSWORD_CHANGED: N_("{who} changed the password"),
    Tag.PASSWORD_RESET: N_("{who} reset the password of {what}"),
    Tag.SIGNED_IN: N_("{who} signed in"),
    Tag.SIGNED_OUT: N_("{who} signed out"),
    Tag.SESSION_REVOKED: N_("{who} ended a session of {what}"),
    Tag.SIGN_IN_LOCKED: N_("Sign-in locked after repeated failures: {what}"),
}
