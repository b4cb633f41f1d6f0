"""The words of answers: English, marked for translation; show them with `_()`."""

from __future__ import annotations

from core.foundation.language import N_
from core.models.answer import Plea
from core.models.platform_rule import Topic

PLEA_LABELS: dict[Plea, str] = {
    Plea.REJECT: N_("Decline the request"),
    Plea.RETURN_FIRST: N_("Pay back only after the return"),
    Plea.PARTIAL: N_("Pay back no more than"),
    Plea.COMPENSATE: N_("Compensate the shop"),
}
TOPIC_LABELS: dict[Topic, str] = {
    Topic.RESPONSE: N_("answering"),
    Topic.PROOF: N_("proof"),
    Topic.REASON: N_("reasons"),
    Topic.RETURN: N_("returning"),
    Topic.COMPENSATION: N_("compensation"),
}
