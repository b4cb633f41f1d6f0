"""Documents: PDF, or pictures of pages, from a template of `core/assets/documents`, set by typst with Recoup's own fonts.

What people wrote reaches a template as JSON and is set as text: it can never become markup, read a file or fetch
anything. The same template, data and files give the same bytes on every machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import typst

ASSETS = Path(__file__).parent.parent / "assets"
FONTS = ASSETS / "fonts"
TEMPLATES = ASSETS / "documents"


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])


def render(template: str, data: Mapping[str, Any], files: Mapping[str, bytes], *, at: datetime) -> bytes:
    """A PDF. `template` names a file of the templates' folder without its ending; it reads `data` as `data.json`.

    `files` are pictures by the names that `data` calls them (`1.jpg`), JPEG or PNG. `at` is the moment the PDF says
    it was made. A template that fails is a bug, whatever the data: typst.TypstError.
    """
    with _compiler(template, data, files) as compiler:
        made = compiler.compile(format="pdf", timestamp=int(at.timestamp()))
    if not isinstance(made, bytes):
        raise TypeError("typst gave no PDF")
    return made


def images(template: str, data: Mapping[str, Any], files: Mapping[str, bytes], *, dots: float = 144.0) -> list[bytes]:
    """The same as PNG pictures, one a page, `dots` to the inch. The same data gives the same bytes on every machine."""
    with _compiler(template, data, files) as compiler:
        made = compiler.compile(format="png", ppi=dots)
    return [made] if isinstance(made, bytes) else list(made or [])


@contextmanager
def _compiler(template: str, data: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[typst.Compiler]:
    """A compiler over a folder of its own, with nothing in it but the templates, the data and the files."""
    with tempfile.TemporaryDirectory(prefix="recoup-document-") as place:
        root = Path(place)
        for source in TEMPLATES.glob("*.typ"):
            (root / source.name).write_bytes(source.read_bytes())
        (root / "data.json").write_bytes(orjson.dumps(data))
        for name, content in files.items():
            if Path(name).name != name or name.startswith("."):
                raise ValueError(f"not a plain file name: {name!r}")
            (root / name).write_bytes(content)
        yield typst.Compiler(
            input=root / f"{template}.typ",
            root=root,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            package_path=root / "no-packages",
            package_cache_path=root / "no-packages",
        )
