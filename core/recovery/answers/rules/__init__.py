"""The platform's rules that answers rest on: shipped ones, and the team's own versions of them and beside them, in one library.

    values     a rule, and those Recoup ships (data)
    library    all of them with their versions: the one door answers, guard and screens go through
    terms      the fields of a rule, checked
    edits      writing versions
    reads      for the screen

A version is a row and stays as it was. What holds on a day is the newest version whose first day has come; an answer being
written uses that, an answer that went keeps the one it rested on.
"""

from core.recovery.answers.rules.edits import add_rule, bring_rule_back, edit_rule, retire_rule, use_shipped
from core.recovery.answers.rules.library import Library, advised, library_of
from core.recovery.answers.rules.reads import Standing, Version, list_rules, rule_versions
from core.recovery.answers.rules.terms import (
    LONGEST_SOURCE,
    LONGEST_WORDS,
    languages_for,
    values_of,
    words_field,
)
from core.recovery.answers.rules.values import ALWAYS, PlatformRule, check_again_days, shipped

__all__ = [
    "ALWAYS",
    "LONGEST_SOURCE",
    "LONGEST_WORDS",
    "Library",
    "PlatformRule",
    "Standing",
    "Version",
    "add_rule",
    "advised",
    "bring_rule_back",
    "check_again_days",
    "edit_rule",
    "languages_for",
    "library_of",
    "list_rules",
    "retire_rule",
    "rule_versions",
    "shipped",
    "use_shipped",
    "values_of",
    "words_field",
]
