"""Documents: every script prints, nothing a person wrote becomes markup, and the same input gives the same bytes."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import typst
from PIL import Image

from core.foundation import documents

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

TEMPLATE = """
#import "look.typ": *
#let data = json("data.json")
#show: page-look.with(data)
= #data.title
#facts(data.rows)
#grid-table(data.headings, data.cells, (1, 2), codes: (1,))
#for name in data.pictures { image(name, width: 3cm, alt: data.title) }
"""


def filled(**more: Any) -> dict[str, Any]:
    return {
        "title": "Claim 索赔",
        "author": "Recoup",
        "lang": "zh",
        "region": "cn",
        "draft": None,
        "footer": "INC-2026-00001",
        "header-left": "left",
        "header-right": "right",
        "rows": [{"label": "原因", "value": "丢失\nlost"}],
        "headings": ["A", "B"],
        "cells": [["x", "ab12" * 16]],
        "pictures": [],
        **more,
    }


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    (tmp_path / "look.typ").write_text((documents.TEMPLATES / "look.typ").read_text())
    (tmp_path / "trial.typ").write_text(TEMPLATE)
    monkeypatch.setattr(documents, "TEMPLATES", tmp_path)
    return "trial"


def test_a_document_is_a_pdf_and_the_same_every_time(template: str) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
    made = [
        documents.render(template, filled(pictures=["1.jpg"]), {"1.jpg": picture.getvalue()}, at=AT) for _n in range(2)
    ]
    assert made[0].startswith(b"%PDF-")
    assert made[0] == made[1]
    assert b"D:20261123040000" in made[0]


@pytest.mark.parametrize(
    "words",
    [
        '#panic(1) #import "x" #let a = 1',
        "$ x^2 $ *bold* _it_ `code` = heading @label <label> // no comment /* */ \\ #[",
        '#image("/etc/passwd") #read("data.json") #eval("1")',
        "```typ #panic() ``` ${} </script> {{ }}",
        "]" * 5,
        "",
        "\n\n",
        "a\u202eb\u200b\ufeff",
    ],
)
def test_what_a_person_wrote_is_text_and_never_markup(template: str, words: str) -> None:
    data = filled(title=words, rows=[{"label": words, "value": words}], cells=[[words, words]], footer=words)
    assert documents.render(template, data, {}, at=AT).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "words",
    [
        "丢失索赔 龘 薑 镕 喆 臺灣「繁體」，他说：“你好？”（吗）！",
        "Đây là tiếng Việt: ỡ ậ ữ ẵ Thất lạc, người bán",
        "ภาษาไทย กำลังจัดส่ง สูญหาย น้ำ",
        "Não entregue, devolução, São Paulo – “é”",
        "₱ 4,700.00 ฿ ₫ NT$ R$ € £ ¥ RM",
        "→ ✓ × • … — – № こんにちは ①",
        "Кириллица Ελληνικά",
    ],
)
@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_the_fonts_have_every_letter_of_our_markets(words: str, weight: str, tmp_path: Path) -> None:
    (tmp_path / "look.typ").write_text((documents.TEMPLATES / "look.typ").read_text())
    source = tmp_path / "main.typ"
    source.write_text(f'#import "look.typ": *\n#set text(font: sans, weight: "{weight}")\n#words(sys.inputs.words)')
    fonts = documents._fonts()
    compiler = typst.Compiler(source, tmp_path, fonts, ignore_system_fonts=True, sys_inputs={"words": words})
    # PDF/A refuses a letter that no font has.
    assert compiler.compile(format="pdf", pdf_standards=["a-2b"], timestamp=0)


@pytest.mark.parametrize(("lang", "square"), [("en", False), ("zh", True)])
def test_quotation_marks_are_as_wide_as_the_documents_own_script_has_them(
    template: str, lang: str, square: bool
) -> None:
    made = documents.render(template, filled(title="“Lost”… – “so”", lang=lang, rows=[], cells=[["", ""]]), {}, at=AT)
    with pypdfium2.PdfDocument(made) as paper:
        text = paper[0].get_textpage()
        said = text.get_text_range()
        left, _low, right, _high = text.get_charbox(said.index("“"), loose=True)
    assert ((right - left) > 15) is square, "22 points are the height of the title"


def test_a_letter_no_font_has_does_not_stop_a_document(template: str) -> None:
    assert documents.render(template, filled(title="坏了 😭📦"), {}, at=AT)


def test_a_draft_looks_different(template: str) -> None:
    plain = documents.render(template, filled(), {}, at=AT)
    assert documents.render(template, filled(draft="DRAFT"), {}, at=AT) != plain


@pytest.mark.parametrize("name", ["../x.jpg", "/etc/x", ".hidden", "a/b.jpg"])
def test_files_of_a_document_have_plain_names(template: str, name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        documents.render(template, filled(), {name: b""}, at=AT)


def test_fonts_travel_with_their_licence_and_stay_small() -> None:
    assert "SIL OPEN FONT LICENSE" in (documents.FONTS / "OFL.txt").read_text()
    assert sum(path.stat().st_size for path in documents.FONTS.iterdir()) < 12_000_000
    families = set(documents._fonts().families())
    assert {"Noto Sans SC", "Noto Sans", "Noto Sans Thai", "DejaVu Sans Mono"} <= families
