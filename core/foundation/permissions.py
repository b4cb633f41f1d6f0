"""Who may do what: permissions as `noun:verb`, roles as sets of them, and the actor every verb is asked by."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.foundation.errors import NotAllowed
from core.foundation.language import N_, _


class Permission(StrEnum):
    """A right, named by the noun and what is done to it. `SENTENCES` says each in words."""

    INCIDENT_READ = "incident:read"
    INCIDENT_REGISTER = "incident:register"
    INCIDENT_EDIT = "incident:edit"
    INCIDENT_ASSIGN = "incident:assign"
    INCIDENT_COMMENT = "incident:comment"
    INCIDENT_CLOSE = "incident:close"
    INCIDENT_REOPEN = "incident:reopen"
    INCIDENT_EXPORT = "incident:export"
    SHIPMENT_READ = "shipment:read"
    SHIPMENT_ENTER = "shipment:enter"
    EVIDENCE_READ = "evidence:read"
    EVIDENCE_ADD = "evidence:add"
    EVIDENCE_WITHDRAW = "evidence:withdraw"
    CONTACT_READ = "contact:read"
    CONTACT_LOG = "contact:log"
    CLAIM_READ = "claim:read"
    CLAIM_PREPARE = "claim:prepare"
    CLAIM_SUBMIT = "claim:submit"
    CLAIM_ANSWER = "claim:answer"
    CLAIM_WITHDRAW = "claim:withdraw"
    PACK_BUILD = "pack:build"
    PAYOUT_RECORD = "payout:record"
    LEDGER_READ = "ledger:read"
    LEDGER_POST = "ledger:post"
    RULE_READ = "rule:read"
    RULE_EDIT = "rule:edit"
    POLICY_READ = "policy:read"
    POLICY_EDIT = "policy:edit"
    IMPORT_READ = "import:read"
    IMPORT_RUN = "import:run"
    SHOP_READ = "shop:read"
    SHOP_EDIT = "shop:edit"
    CARRIER_READ = "carrier:read"
    CARRIER_EDIT = "carrier:edit"
    CARRIER_DECIDE = "carrier:decide"
    PERSON_READ = "person:read"
    PERSON_EDIT = "person:edit"
    ACCOUNT_EDIT = "account:edit"
    CLOCK_PAUSE = "clock:pause"
    CLOCK_SWEEP = "clock:sweep"
    PAYOUT_REVERSE = "payout:reverse"
    RULE_MOVE = "rule:move"
    PLATFORM_RULE_READ = "platform_rule:read"
    PLATFORM_RULE_EDIT = "platform_rule:edit"
    CALENDAR_READ = "calendar:read"
    CALENDAR_EDIT = "calendar:edit"
    TEMPLATE_READ = "template:read"
    TEMPLATE_EDIT = "template:edit"
    VIEW_SAVE = "view:save"
    VIEW_SHARE = "view:share"
    IMPORT_DELETE = "import:delete"
    HEADING_EDIT = "heading:edit"
    DISPUTE_READ = "dispute:read"
    DISPUTE_EDIT = "dispute:edit"
    SETTLEMENT_READ = "settlement:read"
    SETTLEMENT_MATCH = "settlement:match"
    TRACKING_READ = "tracking:read"
    TRACKING_ADD = "tracking:add"
    GROUP_READ = "group:read"
    GROUP_EDIT = "group:edit"
    MESSAGE_READ = "message:read"
    MESSAGE_WRITE = "message:write"
    MESSAGE_TEMPLATE = "message:template"
    REMEDY_READ = "remedy:read"
    REMEDY_PROPOSE = "remedy:propose"
    REMEDY_APPROVE = "remedy:approve"
    AUTHORITY_EDIT = "authority:edit"
    BUYER_READ = "buyer:read"
    BUYER_REDACT = "buyer:redact"
    AUDIT_READ = "audit:read"


P = Permission

SENTENCES: dict[Permission, str] = {
    P.INCIDENT_READ: N_("see incidents and the worklist"),
    P.INCIDENT_REGISTER: N_("register incidents"),
    P.INCIDENT_EDIT: N_("edit incidents"),
    P.INCIDENT_ASSIGN: N_("assign incidents"),
    P.INCIDENT_COMMENT: N_("comment on incidents"),
    P.INCIDENT_CLOSE: N_("close incidents"),
    P.INCIDENT_REOPEN: N_("reopen incidents"),
    P.INCIDENT_EXPORT: N_("export the register"),
    P.SHIPMENT_READ: N_("see shipments"),
    P.SHIPMENT_ENTER: N_("enter shipments by hand"),
    P.EVIDENCE_READ: N_("see evidence"),
    P.EVIDENCE_ADD: N_("add evidence"),
    P.EVIDENCE_WITHDRAW: N_("withdraw evidence"),
    P.CONTACT_READ: N_("see contacts"),
    P.CONTACT_LOG: N_("log contacts"),
    P.CLAIM_READ: N_("see claims"),
    P.CLAIM_PREPARE: N_("prepare claims"),
    P.CLAIM_SUBMIT: N_("submit claims"),
    P.CLAIM_ANSWER: N_("record a payer's answers"),
    P.CLAIM_WITHDRAW: N_("withdraw claims"),
    P.PACK_BUILD: N_("build claim packs"),
    P.PAYOUT_RECORD: N_("record payouts"),
    P.LEDGER_READ: N_("see losses and recoveries"),
    P.LEDGER_POST: N_("post losses"),
    P.RULE_READ: N_("see rule cards"),
    P.RULE_EDIT: N_("edit rule cards"),
    P.POLICY_READ: N_("see the value policy"),
    P.POLICY_EDIT: N_("edit the value policy and rates"),
    P.IMPORT_READ: N_("see imports"),
    P.IMPORT_RUN: N_("import files"),
    P.SHOP_READ: N_("see shops"),
    P.SHOP_EDIT: N_("edit shops"),
    P.CARRIER_READ: N_("see carriers"),
    P.CARRIER_EDIT: N_("edit carriers"),
    P.CARRIER_DECIDE: N_("decide which carriers to keep"),
    P.PERSON_READ: N_("see people"),
    P.PERSON_EDIT: N_("manage people"),
    P.ACCOUNT_EDIT: N_("change one's own account"),
    P.CLOCK_PAUSE: N_("pause and resume clocks"),
    P.CLOCK_SWEEP: N_("run the sweep over all clocks"),
    P.PAYOUT_REVERSE: N_("take back a payout"),
    P.RULE_MOVE: N_("move a case to another version of a rule card"),
    P.PLATFORM_RULE_READ: N_("see the platform's rules"),
    P.PLATFORM_RULE_EDIT: N_("change the platform's rules"),
    P.CALENDAR_READ: N_("see working-day calendars"),
    P.CALENDAR_EDIT: N_("edit working-day calendars"),
    P.TEMPLATE_READ: N_("see claim form templates"),
    P.TEMPLATE_EDIT: N_("edit claim form templates"),
    P.VIEW_SAVE: N_("save views"),
    P.VIEW_SHARE: N_("share views with the team"),
    P.IMPORT_DELETE: N_("delete imports"),
    P.HEADING_EDIT: N_("say what headings of files mean"),
    P.DISPUTE_READ: N_("see disputes"),
    P.DISPUTE_EDIT: N_("enter and edit disputes"),
    P.SETTLEMENT_READ: N_("see income and wallet lines"),
    P.SETTLEMENT_MATCH: N_("match compensation to claims"),
    P.TRACKING_READ: N_("see scans of parcels"),
    P.TRACKING_ADD: N_("add scans of parcels"),
    P.GROUP_READ: N_("see incident groups"),
    P.GROUP_EDIT: N_("open and edit incident groups"),
    P.MESSAGE_READ: N_("see messages to buyers"),
    P.MESSAGE_WRITE: N_("write to buyers"),
    P.MESSAGE_TEMPLATE: N_("change the texts for buyers"),
    P.REMEDY_READ: N_("see what buyers are offered"),
    P.REMEDY_PROPOSE: N_("offer buyers a refund, a voucher or a new parcel"),
    P.REMEDY_APPROVE: N_("approve what buyers are offered"),
    P.AUTHORITY_EDIT: N_("set who may promise how much"),
    P.BUYER_READ: N_("see buyers' names"),
    P.BUYER_REDACT: N_("remove buyers' data"),
    P.AUDIT_READ: N_("read the audit trail"),
}


class Role(StrEnum):
    """What a person is on the team."""

    AGENT = "agent"
    LEAD = "lead"
    MANAGER = "manager"
    ADMIN = "admin"
    VIEWER = "viewer"


ROLE_NAMES: dict[Role, str] = {
    Role.AGENT: N_("Agent"),
    Role.LEAD: N_("Lead"),
    Role.MANAGER: N_("Manager"),
    Role.ADMIN: N_("Admin"),
    Role.VIEWER: N_("Viewer"),
}

_SEE = frozenset(
    {
        P.INCIDENT_READ,
        P.SHIPMENT_READ,
        P.EVIDENCE_READ,
        P.CONTACT_READ,
        P.CLAIM_READ,
        P.LEDGER_READ,
        P.RULE_READ,
        P.POLICY_READ,
        P.IMPORT_READ,
        P.SHOP_READ,
        P.CARRIER_READ,
        P.PERSON_READ,
        P.ACCOUNT_EDIT,
        P.PLATFORM_RULE_READ,
        P.CALENDAR_READ,
        P.TEMPLATE_READ,
        P.VIEW_SAVE,
        P.DISPUTE_READ,
        P.SETTLEMENT_READ,
        P.TRACKING_READ,
        P.GROUP_READ,
        P.MESSAGE_READ,
        P.REMEDY_READ,
    }
)
_WORK = _SEE | {
    P.INCIDENT_REGISTER,
    P.INCIDENT_EDIT,
    P.INCIDENT_ASSIGN,
    P.INCIDENT_COMMENT,
    P.INCIDENT_CLOSE,
    P.INCIDENT_EXPORT,
    P.SHIPMENT_ENTER,
    P.EVIDENCE_ADD,
    P.CONTACT_LOG,
    P.CLAIM_PREPARE,
    P.CLAIM_SUBMIT,
    P.CLAIM_ANSWER,
    P.PACK_BUILD,
    P.PAYOUT_RECORD,
    P.LEDGER_POST,
    P.IMPORT_RUN,
    P.CLOCK_PAUSE,
    P.VIEW_SHARE,
    P.DISPUTE_EDIT,
    P.TRACKING_ADD,
    P.SETTLEMENT_MATCH,
    P.MESSAGE_WRITE,
    P.REMEDY_PROPOSE,
    P.BUYER_READ,
}
_LEAD = _WORK | {
    P.INCIDENT_REOPEN,
    P.EVIDENCE_WITHDRAW,
    P.CLAIM_WITHDRAW,
    P.AUDIT_READ,
    P.PAYOUT_REVERSE,
    P.RULE_MOVE,
    P.PLATFORM_RULE_EDIT,
    P.IMPORT_DELETE,
    P.HEADING_EDIT,
    P.GROUP_EDIT,
    P.MESSAGE_TEMPLATE,
    P.REMEDY_APPROVE,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _SEE,
    Role.AGENT: _WORK,
    Role.LEAD: _LEAD,
    Role.MANAGER: _LEAD | {P.POLICY_EDIT, P.AUTHORITY_EDIT, P.CARRIER_DECIDE},
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True)
class Actor:
    """The person (or the system) a verb is asked by. `zone` is an IANA name; `language` a tag such as `zh-CN`."""

    person_id: int | None
    username: str
    name: str
    role: Role | None
    permissions: frozenset[Permission] = field(default=frozenset(), repr=False)
    language: str = "en"
    zone: str = "UTC"

    def may(self, permission: Permission) -> bool:
        """Whether this actor holds the right."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise `NotAllowed`, in a sentence that names the right, unless this actor holds it."""
        if not self.may(permission):
            raise NotAllowed(_("You may not {right}. Ask an admin if you need to.", right=_(SENTENCES[permission])))


SYSTEM = Actor(None, "recoup", "Recoup", None, frozenset(Permission))
"""Recoup itself: the command line, an import run, a sweep."""
