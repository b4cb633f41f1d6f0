"""PDF files: whether anybody can look at one. Nothing in it is drawn, run or followed."""

from __future__ import annotations

import threading
from pathlib import Path

import pypdfium2

# PDFium keeps one state for the whole process: whoever uses it, one at a time.
lock = threading.Lock()

_PASSWORD = 4


def unreadable(path: Path) -> str | None:
    """Why nobody can look at this PDF, as a code: `password`, `damaged`, `no_pages`; None when it opens and has pages."""
    with lock:
        try:
            paper = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            return "password" if getattr(error, "err_code", None) == _PASSWORD else "damaged"
        try:
            if len(paper) == 0:
                return "no_pages"
            paper.get_page_size(0)  # finds the first page without drawing it
            return None
        except pypdfium2.PdfiumError:
            return "no_pages"
        finally:
            paper.close()
