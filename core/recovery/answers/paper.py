"""An answer as a PDF: its text, then its exhibits under the numbers the text refers to them with. It says nothing of how sure we
are of a rule: that is for the team.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from babel.core import Locale

from core.foundation import documents, pictures
from core.foundation.clock import local_day
from core.recovery.answers.composing import day_text
from core.recovery.answers.fitting import Picture
from core.recovery.answers.modules import Exhibit
from core.recovery.answers.plan import wordings

SIDE, QUALITY = 1400, 78
"""Longest side and quality of a picture in the paper: readable in print."""


def paper(
    *,
    text: str,
    language: str,
    number: str,
    order: str,
    exhibits: Sequence[Exhibit],
    drawn: Sequence[Picture],
    requirements: dict[str, str],
    zone: str,
    draft: str | None,
    at: datetime,
) -> bytes:
    """The PDF in the answer's language. `number` is the return request's, `requirements` what each place of the list asks for;
    `draft` is a word set across the pages of what was not sent.
    """
    words = wordings()[language]
    locale = Locale.parse(words.locale)
    lines = [line.rstrip() for line in text.splitlines()]
    headings = set(words.labels.values())
    title = lines[0] if lines else words.labels["title"]
    blocks = [{"heading": line in headings, "text": line} for line in lines[1:] if line]
    by_number = {one.number: one for one in exhibits}
    items = []
    for one in drawn:
        held = [by_number[at_] for at_ in one.holds]
        caption = words.labels["exhibit"].format(n=words.ref["comma"].join(str(found.number) for found in held))
        about = " · ".join(dict.fromkeys(found.item.name for found in held))
        items.append(
            {"file": f"{one.number}.jpg", "caption": caption, "about": about, "place": requirements.get(one.module, "")}
        )
    day = day_text(local_day(at, zone), words)
    data = {
        "title": f"{title} – {number}",
        "author": "Recoup",
        "lang": locale.language,
        "region": locale.territory.lower() if locale.territory else None,
        "draft": draft,
        "header-left": f"{words.labels['return']} {number}",
        "header-right": f"{words.labels['order']} {order}" if order else "",
        "footer": day,
        "heading": title,
        "blocks": blocks,
        "exhibits": words.labels["exhibits"],
        "items": items,
    }
    files = {f"{one.number}.jpg": _small(one) for one in drawn}
    return documents.render("answer", data, files, at=at)


def _small(one: Picture) -> bytes:
    return pictures.fitted(one.data, one.file_name, side=SIDE, short=SIDE // 2, quality=QUALITY)
