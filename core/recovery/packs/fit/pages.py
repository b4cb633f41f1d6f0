"""Papers for receivers: the pages of a PDF as pictures, text set on pages, a PDF made of pictures."""

from __future__ import annotations

import email
import email.policy
import io
from datetime import datetime

import pypdfium2
from PIL import Image

from core.foundation import documents, papers, sniff
from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _

MOST_PAGES = 40
"""Of one paper; more pictures than that no receiver looks at."""
MOST_LETTERS = 200_000
_LINE = 110


def pictures_of(data: bytes, name: str, *, side: int, quality: int) -> list[bytes]:
    """The pages of a PDF as JPEGs, their longer side `side` pixels. `name` is for the refusals.

    Raises `Invalid` for one that is damaged or locked, `TooLarge` for one with too many pages.
    """
    with papers.lock:
        try:
            paper = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise Invalid(
                _("The PDF “{name}” is damaged or locked with a password; add one that opens.", name=name)
            ) from error
        try:
            if not 0 < len(paper) <= MOST_PAGES:
                raise TooLarge(
                    _(
                        "“{name}” has {pages} pages; at most {most} become pictures. Add the pages that count.",
                        name=name,
                        pages=len(paper),
                        most=MOST_PAGES,
                    )
                )
            return [_picture(paper, at, side, quality) for at in range(len(paper))]
        except pypdfium2.PdfiumError as error:
            raise Invalid(
                _("The PDF “{name}” is damaged or locked with a password; add one that opens.", name=name)
            ) from error
        finally:
            paper.close()


def _picture(paper: pypdfium2.PdfDocument, at: int, side: int, quality: int) -> bytes:
    page = paper[at]
    try:
        width, height = page.get_size()
        drawn = page.render(scale=side / max(width, height, 1)).to_pil().convert("RGB")
    finally:
        page.close()
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=quality)
    return out.getvalue()


def pdf_of(pictures: list[bytes], at: datetime) -> bytes:
    """A PDF with one JPEG a page, A4 wide."""
    opened = [Image.open(io.BytesIO(one)) for one in pictures]
    out = io.BytesIO()
    moment = at.utctimetuple()
    first, rest = opened[0], opened[1:]
    width = max(one.width for one in opened)
    first.save(
        out,
        "PDF",
        save_all=True,
        append_images=rest,
        resolution=width / 8.27,
        quality=75,
        creationDate=moment,
        modDate=moment,
    )
    return out.getvalue()


def text_pdf(data: bytes, ending: str, name: str, at: datetime) -> bytes:
    """Text, a table in text or a mail, set on pages as it reads. What is too long is refused: `TooLarge`."""
    text = _mail(data) if ending == "eml" else (sniff.decode(data) or data.decode("utf-8", "replace"))
    if len(text) > MOST_LETTERS:
        raise TooLarge(_("“{name}” is too long to be set on pages; add the pages that count as a PDF.", name=name))
    lines = [line[at_ : at_ + _LINE] for line in text.splitlines() for at_ in range(0, max(1, len(line)), _LINE)]
    return documents.render("plain", {"title": name, "lines": lines or [""]}, {}, at=at)


def _mail(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=email.policy.default)
    heads = [f"{head}: {message[head]}" for head in ("From", "To", "Date", "Subject") if message[head]]
    body = message.get_body(("plain", "html"))
    try:
        said = body.get_content() if body is not None else ""
    except (LookupError, KeyError, ValueError):
        said = ""
    return "\n".join([*heads, "", str(said)])
