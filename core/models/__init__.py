"""Tables only, a file per noun. Importing this package registers all of them on `Base.metadata`."""

from core.foundation.audit import AuditEvent
from core.foundation.database import Base
from core.foundation.submissions import Submission
from core.models.answer import AnswerDraft, AnswerFile, DisputeAnswer
from core.models.calendar import CalendarChoice, CalendarDay
from core.models.carrier import Carrier, CarrierAlias
from core.models.channel_decision import ChannelDecision
from core.models.claim import Claim, ClaimStep, Pack
from core.models.clock import Clock, ClockPause
from core.models.contact import Contact
from core.models.dispute import Dispute, DisputeModule, DisputeStep, DisputeVersion
from core.models.evidence import Evidence, EvidenceAdvice, PicturePrint, StoredFile
from core.models.group import ClusterLook, GroupMember, IncidentGroup
from core.models.heading import HeadingAlias
from core.models.imports import ImportBlock, ImportChange, ImportRow, ImportRun, IncidentOffer
from core.models.incident import Comment, Incident
from core.models.ledger import Entry, ExchangeRate, Payout, PayoutReversal, Posting
from core.models.message import Message, MessageTemplate
from core.models.pack import ClaimAnswer, PackPart
from core.models.platform_rule import PlatformRuleVersion
from core.models.policy import TierPolicy
from core.models.proof import ProofDate
from core.models.redaction import Redaction
from core.models.reference import ReferenceCounter
from core.models.remedy import AuthorityLimit, AuthorityPolicy, DisputeGift, Remedy, RemedyStep, ShopResult, StandIn
from core.models.rule import RuleCard
from core.models.settlement import SettlementLine, SettlementMatch, SettlementRepeat, SettlementShare
from core.models.shipment import Shipment, ShipmentLine
from core.models.shop import Shop
from core.models.tags import Tag
from core.models.team import Person, SignInTry, WebSession
from core.models.template import ClaimTemplate
from core.models.tracking import TrackingAgain, TrackingEvent, TrackingTold
from core.models.view import SavedView
from core.models.volume import ChannelVolume
from core.models.watch import SilenceCurve, Suspicion, WatchAside

__all__ = [
    "AnswerDraft",
    "AnswerFile",
    "AuditEvent",
    "AuthorityLimit",
    "AuthorityPolicy",
    "Base",
    "CalendarChoice",
    "CalendarDay",
    "Carrier",
    "CarrierAlias",
    "ChannelDecision",
    "ChannelVolume",
    "Claim",
    "ClaimAnswer",
    "ClaimStep",
    "ClaimTemplate",
    "Clock",
    "ClockPause",
    "ClusterLook",
    "Comment",
    "Contact",
    "Dispute",
    "DisputeAnswer",
    "DisputeGift",
    "DisputeModule",
    "DisputeStep",
    "DisputeVersion",
    "Entry",
    "Evidence",
    "EvidenceAdvice",
    "ExchangeRate",
    "GroupMember",
    "HeadingAlias",
    "ImportBlock",
    "ImportChange",
    "ImportRow",
    "ImportRun",
    "Incident",
    "IncidentGroup",
    "IncidentOffer",
    "Message",
    "MessageTemplate",
    "Pack",
    "PackPart",
    "Payout",
    "PayoutReversal",
    "Person",
    "PicturePrint",
    "PlatformRuleVersion",
    "Posting",
    "ProofDate",
    "Redaction",
    "ReferenceCounter",
    "Remedy",
    "RemedyStep",
    "RuleCard",
    "SavedView",
    "SettlementLine",
    "SettlementMatch",
    "SettlementRepeat",
    "SettlementShare",
    "Shipment",
    "ShipmentLine",
    "Shop",
    "ShopResult",
    "SignInTry",
    "SilenceCurve",
    "StandIn",
    "StoredFile",
    "Submission",
    "Suspicion",
    "Tag",
    "TierPolicy",
    "TrackingAgain",
    "TrackingEvent",
    "TrackingTold",
    "WatchAside",
    "WebSession",
]
