"""Fitting: every exhibit becomes what the receiver takes, small enough, joined and split, then checked against its data."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from pathlib import Path

from core.cases.kinds import kind_name
from core.foundation.errors import Invalid, TooLarge
from core.foundation.files import Store
from core.foundation.formats import clauses, listed
from core.foundation.language import _
from core.recovery.packs import paper, sheet
from core.recovery.packs.facts import Exhibit, PackFacts
from core.recovery.packs.fit import films, pages, stills
from core.recovery.packs.fit.at_once import at_once
from core.recovery.packs.fit.check import check
from core.recovery.packs.fit.pieces import MEDIA_TYPES, Fitted, Held, LeftOut, Part, Piece, plain_name
from core.recovery.packs.fit.plan import Handling, Plan, Step, plan
from core.recovery.packs.fit.stills import LADDER, Source
from core.recovery.packs.paper import Shown
from core.recovery.receivers import Receiver, megabytes

_IN_ONE: tuple[tuple[int, int], ...] = ((1000, 82), (900, 74), (800, 68), (720, 60))
"""Longest side and quality of pictures inside the one PDF, step by step smaller."""


@dataclass(frozen=True)
class Form:
    """A payer's own form, filled: its name, its ending (`xlsx`, `docx`), its bytes."""

    name: str
    ending: str
    data: bytes


def fit(facts: PackFacts, receiver: Receiver, store: Store, digest: str, forms: Sequence[Form] = ()) -> Fitted:
    """The files for this receiver. `digest` is the evidence's, which the paper prints.

    Raises `TooLarge` or `Invalid` with the file and the limit for what cannot fit, and for a document the payer demands
    that would have to be left out.
    """
    planned = plan(receiver, facts.exhibits)
    _demanded(facts, planned)
    job = _Job(facts, receiver, store, digest, planned, _forms_that_go(receiver, forms))
    sendings = [[job.one_file()]] if receiver.one_file else job.loose()
    parts = _numbered(facts, receiver, sendings)
    check(receiver, parts)
    left = [LeftOut(step.exhibit.number, step.exhibit.item.name, step.said) for step in planned.left_out]
    left += [LeftOut(0, form.name, _form_stays(receiver, form)) for form in forms if form not in job.forms]
    return Fitted(tuple(parts), tuple(left))


def _demanded(facts: PackFacts, planned: Plan) -> None:
    """A document the payer demands must reach the payer: refused where all there is of it would be left out."""
    going = {step.exhibit.item.kind for step in planned.steps if step.handling is not Handling.LEFT_OUT}
    wanted = {need.code for need in facts.needs}
    for step in planned.left_out:
        if step.exhibit.item.kind in wanted and step.exhibit.item.kind not in going and not facts.draft:
            raise Invalid(step.said)


def _forms_that_go(receiver: Receiver, forms: Sequence[Form]) -> tuple[Form, ...]:
    if not receiver.forms:
        return ()
    zipped = receiver.one_file and receiver.takes("zip")
    return tuple(form for form in forms if receiver.takes(form.ending) or zipped)


def _form_stays(receiver: Receiver, form: Form) -> str:
    return _(
        "The form “{name}” is {kind}; {receiver} takes only {types}. It lies in the archive: save it as PDF to send it.",
        name=form.name,
        kind=form.ending.upper(),
        receiver=receiver.name,
        types=listed(one.upper() for one in receiver.types),
    )


@dataclass(frozen=True)
class _Job:
    facts: PackFacts
    receiver: Receiver
    store: Store
    digest: str
    plan: Plan
    forms: tuple[Form, ...]

    def loose(self) -> list[list[Piece]]:
        """Files one by one: the smallest step down the ladder at which all of them may be sent."""
        fixed, receiver = self._papers(), self.receiver
        total = sum(step.exhibit.item.size for step in self.plan.steps if step.goes)
        start = 1 if receiver.total_max and total > receiver.total_max else 0
        sendings: list[list[Piece]] = []
        for at in range(start, len(LADDER)):
            made = at_once(partial(self._pieces, at=at), self._going())
            found = [one for some in made for one in some]
            sendings = _split([*fixed, *self._joined(found, len(fixed))], receiver)
            if receiver.sendings is None or len(sendings) <= receiver.sendings:
                return sendings
        raise TooLarge(
            _(
                "{receiver} takes {limit} in all; even at the smallest size that can be read there is more. The largest "
                "file is “{name}”: withdraw what proves nothing.",
                receiver=receiver.name,
                limit=megabytes(receiver.total_max or receiver.file_max),
                name=max(self._going(), key=lambda step: step.exhibit.item.size).exhibit.item.name,
            )
        )

    def one_file(self) -> Piece:
        """Everything in one PDF; in one ZIP where something goes along that no PDF can hold."""
        extra = [Piece(f"00_form_{_short(form.name)}", form.ending, form.data, "", (FORM,)) for form in self.forms]
        extra += [
            Piece(_stem(step.exhibit), _ending(step.exhibit), self._data(step.exhibit), "", (_held(step.exhibit),))
            for step in self.plan.steps
            if step.handling is Handling.IN_ZIP
        ]
        size = 0
        for side, quality in _IN_ONE:
            drawn = at_once(partial(self._shown, side=side, quality=quality), self._going())
            shown = [one for some in drawn for one in some]
            made = paper.for_payer(self.facts, self.digest, shown)
            holds = (PAPER, *{Held(one.number, one.kind): None for one in shown})
            piece = Piece("claim", "pdf", made, "", holds)
            if extra:
                piece = self._zipped([piece, *extra])
            size = piece.size
            if size <= self.receiver.file_max:
                return piece
        raise TooLarge(
            _(
                "{n} files come to {size} in one {kind} even at the smallest size that can be read; {receiver} takes "
                "{limit}. Withdraw what proves nothing.",
                n=len(self._going()),
                size=megabytes(size),
                kind="ZIP" if extra else "PDF",
                receiver=self.receiver.name,
                limit=megabytes(self.receiver.file_max),
            )
        )

    def _going(self) -> list[Step]:
        return [step for step in self.plan.steps if step.goes and step.handling is not Handling.IN_ZIP]

    def _papers(self) -> list[Piece]:
        """Our own paper and sheet, and the payer's form, where the receiver takes them."""
        found: list[Piece] = []
        if self.receiver.paper and self.receiver.takes("pdf"):
            made = paper.for_payer(self.facts, self.digest, [])
            found.append(Piece("00_claim", "pdf", made, "", (PAPER,)))
        if self.receiver.sheet and self.receiver.takes("xlsx"):
            found.append(Piece("00_claim-sheet", "xlsx", sheet.sheet(self.facts), "", (SHEET,)))
        found += [Piece(f"00_form_{_short(form.name)}", form.ending, form.data, "", (FORM,)) for form in self.forms]
        for one in found:
            if one.size > self.receiver.file_max:
                raise TooLarge(
                    _(
                        "“{name}” has {size}; {receiver} takes at most {limit} a file.",
                        name=one.stem,
                        size=megabytes(one.size),
                        receiver=self.receiver.name,
                        limit=megabytes(self.receiver.file_max),
                    )
                )
        return found

    def _data(self, exhibit: Exhibit) -> bytes:
        return self.store.read(exhibit.item.sha256)

    def _pieces(self, step: Step, at: int) -> list[Piece]:
        """What one exhibit becomes at this step of the ladder."""
        exhibit, receiver, item = step.exhibit, self.receiver, step.exhibit.item
        stem, holds, kind = _stem(exhibit), (_held(exhibit),), step.handling
        if kind in (Handling.COPY, Handling.TO_JPG) or (kind is Handling.SMALLER and exhibit.is_picture):
            source = Source(item.name, self._data(exhibit), stem, step.module, holds)
            return [stills.fitted(source, receiver, at)]
        if item.media_type.startswith("video/") and kind in (Handling.AS_IS, Handling.CLIP):
            return [films.film(self._path(exhibit), exhibit, receiver, stem, step.module, holds)]
        if kind is Handling.AS_IS:
            return [Piece(stem, _ending(exhibit), self._data(exhibit), step.module, holds)]
        if kind is Handling.STILLS:
            source = Source(item.name, films.stills(self._path(exhibit), exhibit), stem, step.module, holds)
            return [stills.fitted(source, receiver, at)]
        return self._pages(step, at)

    def _path(self, exhibit: Exhibit) -> Path:
        return self.store.path(exhibit.item.sha256)

    def _pages(self, step: Step, at: int) -> list[Piece]:
        """Papers: set anew in smaller pictures, or a picture for each page."""
        exhibit, receiver = step.exhibit, self.receiver
        stem, name, data = _stem(exhibit), exhibit.item.name, self._paper_data(exhibit)
        if step.handling is Handling.TEXT and receiver.takes("pdf"):
            return [Piece(stem, "pdf", data, step.module, (_held(exhibit),))]
        if step.handling is Handling.SMALLER:
            for side, quality in LADDER[1:]:
                small = pages.pdf_of(pages.pictures_of(data, name, side=side, quality=quality), self.facts.built_at)
                if len(small) <= receiver.file_max:
                    return [Piece(stem, "pdf", small, step.module, (_held(exhibit),))]
            raise TooLarge(
                _(
                    "“{name}” cannot be brought below {limit}, which {receiver} takes, and still be read.",
                    name=name,
                    limit=megabytes(receiver.file_max),
                    receiver=receiver.name,
                )
            )
        side, quality = LADDER[max(1, at)]
        drawn = pages.pictures_of(data, name, side=side, quality=quality)
        found = []
        for page, picture in enumerate(drawn, start=1):
            held = _held(exhibit, page if len(drawn) > 1 else None)
            source = Source(name, picture, f"{stem}_p{page}" if len(drawn) > 1 else stem, step.module, (held,))
            found.append(stills.fitted(source, receiver, max(1, at)))
        return found

    def _paper_data(self, exhibit: Exhibit) -> bytes:
        """A PDF as it is, or text set as one."""
        data, ending = self._data(exhibit), _ending(exhibit)
        return data if ending == "pdf" else pages.text_pdf(data, ending, exhibit.item.name, self.facts.built_at)

    def _joined(self, found: list[Piece], fixed: int) -> list[Piece]:
        """Pictures on sheets together where a module, or all of it, takes fewer files."""
        receiver = self.receiver
        if receiver.module_max:
            joined: list[Piece] = []
            for module in dict.fromkeys(piece.module for piece in found):
                mine = [piece for piece in found if piece.module == module]
                joined += stills.joined(mine, receiver.module_max, receiver, f"sheet_{plain_name(module)}")
            return joined
        if receiver.count_max and receiver.sendings:
            others = [piece for piece in found if not piece.is_picture]
            drawn = [piece for piece in found if piece.is_picture]
            room = receiver.count_max * receiver.sendings - fixed - len(others)
            if len(drawn) > room:
                return [*stills.joined(drawn, room, receiver, "sheet"), *others]
        return found

    def _shown(self, step: Step, side: int, quality: int) -> list[Shown]:
        """One exhibit as it stands in the one PDF: a picture, its pages, or its stills."""
        exhibit, receiver, item = step.exhibit, self.receiver, step.exhibit.item
        if exhibit.is_picture:
            drawn = [stills.for_page(self._data(exhibit), item.name, receiver, side, quality)]
        elif item.media_type.startswith("video/"):
            drawn = [
                stills.for_page(films.stills(self._path(exhibit), exhibit), item.name, receiver, 2 * side, quality)
            ]
        else:
            whole = round(1.5 * side)
            drawn = pages.pictures_of(self._paper_data(exhibit), item.name, side=whole, quality=quality)
        wide = not exhibit.is_picture
        return [
            Shown(exhibit.number, item.kind, data, wide, page if len(drawn) > 1 else None, len(drawn))
            for page, data in enumerate(drawn, start=1)
        ]

    def _zipped(self, pieces: Sequence[Piece]) -> Piece:
        out = io.BytesIO()
        moment = self.facts.built_at.astimezone(UTC).timetuple()[:6]
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for piece in pieces:
                member = zipfile.ZipInfo(f"{_base(self.facts)}_{piece.stem}.{piece.ending}", moment)
                member.external_attr, member.create_system = 0o100644 << 16, 3
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, piece.data)
        return Piece("claim", "zip", out.getvalue(), "", tuple(held for piece in pieces for held in piece.holds))


PAPER = Held(None, "paper")
SHEET = Held(None, "sheet")
FORM = Held(None, "form")


def _held(exhibit: Exhibit, page: int | None = None) -> Held:
    return Held(exhibit.number, exhibit.item.kind, page)


def _stem(exhibit: Exhibit) -> str:
    return f"{exhibit.number:02d}_{plain_name(exhibit.item.kind)}"


def _short(name: str) -> str:
    return plain_name(name)[:24] or "payer"


def _ending(exhibit: Exhibit) -> str:
    known = {media_type: ending for ending, media_type in MEDIA_TYPES.items()}
    return known[exhibit.item.media_type]


def _base(facts: PackFacts) -> str:
    marks = [facts.claim.reference, "new" if facts.since else "", "draft" if facts.draft else ""]
    return "-".join(filter(None, marks))


def _split(pieces: Sequence[Piece], receiver: Receiver) -> list[list[Piece]]:
    """Goes of files, each within the receiver's count and total, in the order of the numbers."""
    goes: list[list[Piece]] = []
    for piece in pieces:
        last = goes[-1] if goes else None
        if last is None or not _has_room(last, piece, receiver):
            goes.append([piece])
        else:
            last.append(piece)
    return goes


def _has_room(go: Sequence[Piece], piece: Piece, receiver: Receiver) -> bool:
    if receiver.count_max and len(go) >= receiver.count_max:
        return False
    return not receiver.total_max or sum(one.size for one in go) + piece.size <= receiver.total_max


def _numbered(facts: PackFacts, receiver: Receiver, sendings: Sequence[Sequence[Piece]]) -> list[Part]:
    parts: list[Part] = []
    for sending, pieces in enumerate(sendings, start=1):
        mark = f"{sending}of{len(sendings)}_" if len(sendings) > 1 else ""
        for piece in pieces:
            stem = f"{_base(facts)}_{mark}{piece.stem}"[: receiver.name_max - len(piece.ending) - 1]
            parts.append(
                Part(
                    number=len(parts) + 1,
                    sending=sending,
                    sendings=len(sendings),
                    module=piece.module,
                    file_name=f"{stem}.{piece.ending}",
                    media_type=MEDIA_TYPES[piece.ending],
                    data=piece.data,
                    holds=piece.holds,
                )
            )
    return parts


def names_of(holds: Iterable[Held]) -> str:
    """What a part holds, for people: `1 Label, 2 Outer box`."""
    own = {"paper": _("Claim paper"), "sheet": _("Claim sheet"), "form": _("Payer's form")}
    said = [own.get(one.what) or f"{one.number} {kind_name(one.what)}" for one in holds]
    return clauses(dict.fromkeys(said))
