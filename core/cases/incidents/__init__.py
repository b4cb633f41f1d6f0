"""Incidents: registering, editing, assigning, closing. One door for each change; the ledger and the clocks follow."""

from core.cases.incidents.closing import close, open_claims, open_tasks, reopen, reopened
from core.cases.incidents.editing import EDITABLE, assign, comment, edit
from core.cases.incidents.reads import incident_by_reference
from core.cases.incidents.registering import LOSING_TYPES, ManyResult, NewIncident, register, register_many, standing
from core.cases.incidents.states import INCIDENTS, ClosingSubject, IncidentAction, move
from core.cases.incidents.words import LONGEST_TEXT, search_text, touch

__all__ = [
    "EDITABLE",
    "INCIDENTS",
    "LONGEST_TEXT",
    "LOSING_TYPES",
    "ClosingSubject",
    "IncidentAction",
    "ManyResult",
    "NewIncident",
    "assign",
    "close",
    "comment",
    "edit",
    "incident_by_reference",
    "move",
    "open_claims",
    "open_tasks",
    "register",
    "register_many",
    "reopen",
    "reopened",
    "search_text",
    "standing",
    "touch",
]
