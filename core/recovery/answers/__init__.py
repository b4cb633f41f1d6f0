"""Answers to disputes: written from the case and the platform's rules, edited by a person, held against the case, kept as sent.

    rules       the platform's rules in our own words: shipped ones and the team's, with their versions
    plan        how an answer is made, and its words in each language (data)
    facts       everything an answer can say, read in one go
    modules     the list of proof, filled from the case's evidence
    composing   the text from the facts
    figures     money, days and numbers read out of a text
    knowing     what an answer is held against
    guard       what stops an answer
    drafts      the answer being written
    fitting     exhibits as pictures the platform takes
    paper       the PDF
    outside     what went without Recoup, held against the case afterwards
    sending     marked as sent, with everything that went along
    desk        reads for the screen

Recoup sends nothing itself: a person puts the text and the pictures into Seller Centre and says so.
"""

from core.recovery.answers.composing import Choice
from core.recovery.answers.desk import AnswerDesk, SentAnswer, Written, answer_desk, dispute_by_number, sent_of
from core.recovery.answers.drafts import Prepared, drop_answer, edit_answer, prepare_answer, prepare_many, set_aside
from core.recovery.answers.guard import FAULT_LABELS, Fault, Finding
from core.recovery.answers.modules import MOST_PICTURES, Exhibit, Module, Place
from core.recovery.answers.outside import findings_outside, went_outside
from core.recovery.answers.plan import languages_of, wordings
from core.recovery.answers.rules import PlatformRule
from core.recovery.answers.sending import Bundle, bundle_of, mark_answered, sent_bundle
from core.recovery.answers.words import PLEA_LABELS, TOPIC_LABELS

__all__ = [
    "FAULT_LABELS",
    "MOST_PICTURES",
    "PLEA_LABELS",
    "TOPIC_LABELS",
    "AnswerDesk",
    "Bundle",
    "Choice",
    "Exhibit",
    "Fault",
    "Finding",
    "Module",
    "Place",
    "PlatformRule",
    "Prepared",
    "SentAnswer",
    "Written",
    "answer_desk",
    "bundle_of",
    "dispute_by_number",
    "drop_answer",
    "edit_answer",
    "findings_outside",
    "languages_of",
    "mark_answered",
    "prepare_answer",
    "prepare_many",
    "sent_bundle",
    "sent_of",
    "set_aside",
    "went_outside",
    "wordings",
]
