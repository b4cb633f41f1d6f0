"""Files over HTTP: evidence and packs, each asked of core by whoever is signed in, one by one.

    /files/evidence/ID            to look at: pictures (HEIC as a JPEG), videos and PDF; anything else as a download
    /files/evidence/ID/small      a thumbnail of a picture or a video
    /files/evidence/ID/original   the untouched file, as a download that is noted in the case's history
    /files/evidence/ID/shared     the copy for others, without place and device, noted too
    /files/packs/ID               a claim pack's archive (ZIP); /files/packs/ID/pdf its document
    /files/packs/ID/parts         all files made for the pack's receiver, in one ZIP; /files/parts/ID one of them

No cache keeps any of them, and nothing inside one may run: the media type was read from the bytes, and only types that hold no
script are shown in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.cases import evidence
from core.cases.evidence import OpenedFile
from core.foundation import clock, database, files, previews
from core.foundation.config import settings
from core.foundation.errors import NotAllowed, NotFound, Refusal
from core.foundation.language import _, current, using
from core.foundation.permissions import Actor
from core.recovery import packs
from core.team.sessions import SignedIn
from core.web import html
from core.web.gate import WHO
from core.web.html import Page

# What a browser draws by itself and that cannot hold a script.
SHOWN = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "video/mp4",
        "video/webm",
        "video/quicktime",
        "application/pdf",
    }
)

# A picture, a video or a PDF on its own: the browser's viewer may draw it, and it may load and run nothing.
_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Given:
    """What to send: a stored file by its place, or bytes made for this answer."""

    name: str
    media_type: str
    content: Path | bytes
    shown: bool


Giver = Callable[[int, Actor], Given]


def routes() -> list[Route]:
    """One route for each kind of file. All of them are behind the gate."""
    givers: dict[str, Giver] = {
        "/files/evidence/{id:int}": _looked_at,
        "/files/evidence/{id:int}/small": _small,
        "/files/evidence/{id:int}/original": _original,
        "/files/evidence/{id:int}/shared": _shared,
        "/files/packs/{id:int}": _pack,
        "/files/packs/{id:int}/pdf": _pack_paper,
        "/files/packs/{id:int}/parts": _parts,
        "/files/parts/{id:int}": _part,
    }
    return [Route(path, _endpoint(giver)) for path, giver in givers.items()]


def _endpoint(giver: Giver) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        with using(html.language_of(request.scope)):
            who: SignedIn = request.scope[WHO]
            actor = who.actor(language=current(), zone=settings().zone)
            try:
                if request.path_params["id"] > _LARGEST_ID:
                    raise NotFound(_("There is no such file."))
                given = await run_sync(giver, request.path_params["id"], actor)
            except Refusal as refusal:
                return _refused(refusal, request)
            return _sent(given)

    return answer


def _looked_at(evidence_id: int, actor: Actor) -> Given:
    with database.reading() as session:
        found = evidence.open_evidence(session, evidence_id, actor=actor)
    if found.media_type == "image/heic":
        return Given(found.name, "image/jpeg", previews.printed(files.store(), found.sha256), shown=True)
    # What the browser cannot show is handed out, and that leaves its trace.
    return _of(found, shown=True) if found.media_type in SHOWN else _original(evidence_id, actor)


def _small(evidence_id: int, actor: Actor) -> Given:
    with database.reading() as session:
        found = evidence.open_evidence(session, evidence_id, actor=actor)
        small = evidence.small_picture(session, evidence_id, actor=actor)
    return Given(found.name, "image/jpeg", small, shown=True)


def _original(evidence_id: int, actor: Actor) -> Given:
    with database.transaction() as session:
        return _of(evidence.hand_out_evidence(session, evidence_id, actor=actor, now=clock.now()))


def _shared(evidence_id: int, actor: Actor) -> Given:
    with database.transaction() as session:
        return _of(evidence.hand_out_evidence(session, evidence_id, actor=actor, shared=True, now=clock.now()))


def _pack(pack_id: int, actor: Actor) -> Given:
    with database.reading() as session:
        pack = packs.get_pack(session, pack_id, actor=actor)
    return Given(pack.file_name, "application/zip", pack.path, shown=False)


def _pack_paper(pack_id: int, actor: Actor) -> Given:
    with database.reading() as session:
        pack = packs.get_pack(session, pack_id, actor=actor)
    name = pack.file_name.removesuffix(".zip") + ".pdf"
    return Given(name, "application/pdf", files.store().path(pack.pdf_sha256), shown=True)


def _parts(pack_id: int, actor: Actor) -> Given:
    with database.reading() as session:
        pack = packs.get_pack(session, pack_id, actor=actor)
    if not pack.parts:
        raise NotFound(_("This pack is its archive alone."))
    name = f"{pack.file_name.removesuffix('.zip')}_{pack.receiver}.zip"
    return Given(name, "application/zip", packs.parts_together(pack), shown=False)


def _part(part_id: int, actor: Actor) -> Given:
    with database.reading() as session:
        part = packs.get_part(session, part_id, actor=actor)
    return Given(part.file_name, part.media_type, part.path, shown=False)


def _of(found: OpenedFile, *, shown: bool = False) -> Given:
    return Given(found.name, found.media_type, found.path or found.data, shown)


def _sent(given: Given) -> Response:
    headers = {"cache-control": "private, no-store", "content-security-policy": _POLICY}
    how = "inline" if given.shown else "attachment"
    if isinstance(given.content, Path):
        return FileResponse(
            given.content,
            headers=headers,
            media_type=given.media_type,
            filename=given.name,
            content_disposition_type=how,
        )
    response = Response(given.content, headers=headers, media_type=given.media_type)
    response.headers["content-disposition"] = f"{how}; filename*=UTF-8''{quote(given.name, safe='')}"
    return response


def _refused(refusal: Refusal, request: Request) -> Response:
    status = 403 if isinstance(refusal, NotAllowed) else 404 if isinstance(refusal, NotFound) else 409
    if "text/html" in request.headers.get("accept", ""):
        page = Page(_("That did not work"), said=str(refusal), links=[("/", _("To the start page"))])
        return html.respond(page, request.scope, status)
    return PlainTextResponse(str(refusal), status, {"cache-control": "no-store"})
