"""Messages to buyers: a text per situation and language, filled from the case, checked for its tone, copied into the
platform's chat by a person, and kept as it was sent.

Recoup sends nothing itself. What a message promises or asks for becomes the clock of a promise, through the contact log.
"""

from core.cases.messages.agreeing import LONGEST_REASON, Agreed, besides, times_named, wanted
from core.cases.messages.drafting import Desk, Draft, day_offered, desk_of, draft
from core.cases.messages.library import Promise, languages, recognised, rules
from core.cases.messages.own import Text, Version, add_text, retire_text, texts_of, versions_of
from core.cases.messages.promising import not_approved
from core.cases.messages.rendering import FIELDS, LONGEST_TEXT, needed
from core.cases.messages.sending import Sent, is_word, mark_sent, messages_of, sentence
from core.cases.messages.times import Time, Whose
from core.cases.messages.tone import CHECKS, FLAW_LABELS, Flaw, asked, flaws
from core.cases.messages.trying import Trial, try_text
from core.cases.messages.words import FIELD_LABELS, PROMISES, SITUATION_LABELS, chore, promise_said, situation_of

__all__ = [
    "CHECKS",
    "FIELDS",
    "FIELD_LABELS",
    "FLAW_LABELS",
    "LONGEST_REASON",
    "LONGEST_TEXT",
    "PROMISES",
    "SITUATION_LABELS",
    "Agreed",
    "Desk",
    "Draft",
    "Flaw",
    "Promise",
    "Sent",
    "Text",
    "Time",
    "Trial",
    "Version",
    "Whose",
    "add_text",
    "asked",
    "besides",
    "chore",
    "day_offered",
    "desk_of",
    "draft",
    "flaws",
    "is_word",
    "languages",
    "mark_sent",
    "messages_of",
    "needed",
    "not_approved",
    "promise_said",
    "recognised",
    "retire_text",
    "rules",
    "sentence",
    "situation_of",
    "texts_of",
    "times_named",
    "try_text",
    "versions_of",
    "wanted",
]
