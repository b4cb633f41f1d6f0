"""The exhibits as the platform takes them: pictures within the limits of its row in `receivers.toml`, at most three a place of the
list, several on one numbered sheet where there are more.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.cases.kinds import kind_name
from core.foundation import sniff
from core.foundation.errors import Invalid
from core.foundation.files import Store
from core.foundation.language import _
from core.recovery.answers.modules import MOST_PICTURES, Exhibit
from core.recovery.packs.facts import Exhibit as PackExhibit
from core.recovery.packs.fit import films, pages, stills
from core.recovery.packs.fit.at_once import at_once
from core.recovery.packs.fit.pieces import MEDIA_TYPES, Held, Piece, plain_name
from core.recovery.packs.fit.stills import Source
from core.recovery.receivers import Receiver, megabytes, receiver

RECEIVER = "shopee_dispute"
PAGE_SIDE, PAGE_QUALITY = 2000, 82


@dataclass(frozen=True)
class Picture:
    """One picture for the platform: the place of the list it belongs to, and the numbers of the exhibits on it."""

    number: int
    module: str
    file_name: str
    media_type: str
    data: bytes
    holds: tuple[int, ...]


def takes() -> Receiver:
    """What the platform takes as proof in a dispute."""
    return receiver(RECEIVER)


def fit(exhibits: Sequence[Exhibit], store: Store, at: datetime) -> tuple[Picture, ...]:
    """The pictures of these exhibits, in the order of the list. Originals are not touched.

    Raises `Invalid`, `TooLarge` or `NotFound` with the file's name for what cannot become a picture within the limits.
    """
    limits = takes()
    made = at_once(lambda one: _pieces(one, limits, store, at), exhibits)
    pictures: list[Picture] = []
    for module in dict.fromkeys(one.module for one in exhibits):
        mine = [piece for pieces in made for piece in pieces if piece.module == module]
        name = f"sheet_{plain_name(module)}"
        for piece in stills.joined(mine, limits.module_max or MOST_PICTURES, limits, name):
            if piece.size > limits.file_max or not limits.takes(piece.ending):
                said = _("“{name}” is larger than {limit}.", name=piece.stem, limit=megabytes(limits.file_max))
                raise Invalid(said)
            number = len(pictures) + 1
            holds = tuple(dict.fromkeys(held.number for held in piece.holds if held.number is not None))
            file_name = f"{number:02d}_{piece.stem}.{piece.ending}"
            pictures.append(Picture(number, module, file_name, MEDIA_TYPES[piece.ending], piece.data, holds))
    return tuple(pictures)


def _pieces(exhibit: Exhibit, limits: Receiver, store: Store, at: datetime) -> list[Piece]:
    item = exhibit.item
    kind = sniff.BY_MEDIA_TYPE.get(item.media_type)
    stem = f"exhibit_{exhibit.number:02d}_{plain_name(item.kind)}"
    if item.media_type.startswith("image/"):
        drawn = [store.read(item.sha256)]
    elif item.media_type.startswith("video/"):
        drawn = [films.stills(store.path(item.sha256), PackExhibit(exhibit.number, "", item))]
    elif kind is not None and kind.suffix in (".pdf", ".csv", ".txt", ".eml"):
        data, ending = store.read(item.sha256), kind.suffix.removeprefix(".")
        paper = data if ending == "pdf" else pages.text_pdf(data, ending, item.name, at)
        drawn = pages.pictures_of(paper, item.name, side=PAGE_SIDE, quality=PAGE_QUALITY)
    else:
        raise Invalid(
            _(
                "“{name}” ({kind}) cannot become a picture. Save it as PDF and add that.",
                name=item.name,
                kind=kind_name(item.kind),
            )
        )
    made = []
    for page, picture in enumerate(drawn, start=1):
        several = len(drawn) > 1
        held = Held(exhibit.number, item.kind, page if several else None)
        source = Source(item.name, picture, f"{stem}_p{page}" if several else stem, exhibit.module, (held,))
        made.append(stills.fitted(source, limits, 0 if item.media_type.startswith("image/") else 1))
    return made


def zipped(pictures: Sequence[Picture], paper: bytes, name: str, at: datetime) -> bytes:
    """The pictures by place of the list and the paper, in one ZIP."""
    out = io.BytesIO()
    moment = at.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, data in ((f"{name}.pdf", paper), *((one.file_name, one.data) for one in pictures)):
            member = zipfile.ZipInfo(path, moment)
            member.external_attr, member.create_system = 0o100644 << 16, 3
            archive.writestr(member, data)
    return out.getvalue()
