"""The audit trail as sentences: what each row of a case's history says to a person.

Rows are facts (tag, before, after as JSON); the words are made when they are shown, in the reader's language and zone.
Nothing here is escaped: screens show these sentences as text. Each room of the trail has a file of tellers beside this one.
"""

from __future__ import annotations

from core.desk.history import cases, claims, disputes, remedies, team
from core.desk.history.fields import Fields, edited, plainly
from core.foundation.language import _
from core.models.tags import SENTENCES, Tag


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
        what = plainly(after)
    return _(SENTENCES[known], who=who or _("Recoup"), what=what)


def _told_plainly(before: Fields, after: Fields, zone: str) -> str:
    return plainly(after)


_TELLERS = {
    **cases.TELLERS,
    **claims.TELLERS,
    **disputes.TELLERS,
    **team.TELLERS,
    **remedies.TELLERS,
    Tag.INCIDENT_EDITED: edited,
}

__all__ = ["sentence"]
