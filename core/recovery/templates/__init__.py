"""Payers' own claim forms: a workbook or a document with named fields, uploaded once, filled for every claim.

A workbook names its fields as cells `{{tracking_number}}` or as defined names; a document as `{{tracking_number}}`, and a
table row for each item between `{%tr for item in items %}` and `{%tr endfor %}`. The names are those of
`data/claim_fields.toml`; a form that asks for another is refused with the nearest one.
"""

from core.recovery.templates.blank import blank_document, blank_workbook
from core.recovery.templates.filling import fill
from core.recovery.templates.reading import Found, Unknown, look_into
from core.recovery.templates.shelf import (
    Template,
    add_template,
    list_templates,
    retire_template,
    sample_claims,
    templates_for,
)

__all__ = [
    "Found",
    "Template",
    "Unknown",
    "add_template",
    "blank_document",
    "blank_workbook",
    "fill",
    "list_templates",
    "look_into",
    "retire_template",
    "sample_claims",
    "templates_for",
]
