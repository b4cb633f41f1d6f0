"""Payers' own forms: what is a field, what is refused at the door, what stands in the filled form."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import config
from core.foundation.audit import AuditEvent
from core.foundation.errors import Invalid, NotAllowed, NotFound, Refusal, TooLarge, WrongState
from core.foundation.permissions import SYSTEM, Role
from core.models import Tag
from core.models.template import TemplateFormat
from core.recovery import packs, templates
from core.recovery.packs import fields
from core.recovery.templates import document
from tests.factories import NOW
from tests.packing import PackCase, make_pack_case
from tests.people import OUT, acting


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


@pytest.fixture
def case(session: Session) -> PackCase:
    return make_pack_case(session)


def workbook(**cells: object) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for place, value in cells.items():
        sheet[place] = value
        sheet[place].font = Font(bold=True, color="FF2D57C8")
        sheet[place].fill = PatternFill("solid", start_color="FFEEEEEE")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def word(*lines: str, head: str = "") -> bytes:
    form = docx.Document()
    for line in lines:
        form.add_paragraph(line)
    if head:
        form.sections[0].header.paragraphs[0].text = head
    out = io.BytesIO()
    form.save(out)
    return out.getvalue()


def text_of(data: bytes) -> str:
    form = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in form.tables for row in table.rows for cell in row.cells]
    heads = [line.text for line in form.sections[0].header.paragraphs]
    return "\n".join([*heads, *(line.text for line in form.paragraphs), *cells])


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return out.getvalue()


def added(session: Session, data: bytes, file_name: str = "form.xlsx", **more: str) -> templates.Template:
    return templates.add_template(
        session, actor=SYSTEM, name=more.pop("name", "Claim form"), file_name=file_name, data=data, **more, now=NOW
    )


# --------------------------------------------------------------------------------------------------- filling


def test_a_workbook_is_filled_in_braces_and_under_defined_names_and_keeps_its_looks(
    session: Session, case: PackCase
) -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(workbook(A1="Claim {{our_reference}} for {{ amount }} {{currency}}", B2="{{amount}}", C3=None, D4=7))
    )
    book.defined_names["tracking_number"] = DefinedName("tracking_number", attr_text="Sheet!$C$3")
    book.defined_names["Print_Titles_of_theirs"] = DefinedName("Print_Titles_of_theirs", attr_text="Sheet!$A$1")
    book.worksheets[0].merge_cells("F1:G1")
    book.worksheets[0].column_dimensions["B"].width = 33
    out = io.BytesIO()
    book.save(out)
    one = added(session, out.getvalue())
    assert one.fields == ("our_reference", "amount", "currency", "tracking_number")
    made = templates.fill(session, one.id, case.claim.id, actor=case.actor, now=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(made.data)).worksheets[0]
    assert sheet["A1"].value == f"Claim CL-2026-00001 / {case.incident.reference} for 300.00 SGD"
    assert sheet["B2"].value == 300
    assert str(sheet["C3"].value).startswith("SPXSG")
    assert sheet["D4"].value == 7
    assert sheet["A1"].font.bold and sheet["A1"].fill.start_color.rgb == "FFEEEEEE"
    assert [str(one) for one in sheet.merged_cells.ranges] == ["F1:G1"]
    assert sheet.column_dimensions["B"].width == 33


def test_what_a_buyer_wrote_never_becomes_a_formula(session: Session, case: PackCase) -> None:
    case.incident.buyer_said = '=cmd|"/c calc"!A0'
    one = added(session, workbook(A1="{{circumstances}}", A2="Said: {{circumstances}}", A3="={{tracking_number}}"))
    made = templates.fill(session, one.id, case.claim.id, actor=case.actor, now=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(made.data)).worksheets[0]
    assert sheet["A1"].value == '=cmd|"/c calc"!A0'
    assert all(cell.data_type != "f" for cell in (sheet["A1"], sheet["A2"]))
    assert sheet["A1"].quotePrefix


def test_a_document_is_filled_in_text_head_and_rows(session: Session, case: PackCase) -> None:
    case.incident.buyer_said = "<w:p>{{currency}} {% for x in y %} & more\nsecond line"
    form = docx.Document()
    form.add_paragraph("On {{payer}} for {{amount}} {{currency}}: {{circumstances}}")
    form.sections[0].header.paragraphs[0].text = "Ref {{our_reference}}"
    table = form.add_table(rows=3, cols=2)
    table.rows[0].cells[0].text = "{%tr for item in items %}"
    table.rows[1].cells[0].text = "{{item.name}}"
    table.rows[1].cells[1].text = "{{item.quantity}} × {{item.unit_price}}"
    table.rows[2].cells[0].text = "{%tr endfor %}"
    out = io.BytesIO()
    form.save(out)
    one = added(session, out.getvalue(), "form.docx")
    assert one.format is TemplateFormat.DOCX
    assert one.fields == ("our_reference", "payer", "amount", "currency", "circumstances", "items")
    said = text_of(templates.fill(session, one.id, case.claim.id, actor=case.actor, now=NOW).data)
    assert "Ref CL-2026-00001" in said
    # Words of others stay words: neither markup nor a field.
    assert "On Ninja Van/Test for 300.00 SGD: <w:p>{{currency}} {% for x in y %} & more" in said
    assert "Desk lamp" in said and "1 × 318.00" in said
    assert "{%tr" not in said


def test_the_blank_examples_have_every_field_and_can_be_filled_as_they_are(session: Session, case: PackCase) -> None:
    for data, name in ((templates.blank_workbook(), "blank.xlsx"), (templates.blank_document(), "blank.docx")):
        found = templates.look_into(data, name)
        assert set(found.fields) - {"items"} == set(fields.fields())
        assert found.unknown == ()
        one = added(session, data, name, name=name)
        assert b"{{" not in templates.fill(session, one.id, case.claim.id, actor=case.actor, now=NOW).data


def test_a_filled_form_lies_in_the_archive_and_goes_to_a_receiver_that_takes_it(
    session: Session, case: PackCase
) -> None:
    one = added(session, workbook(A1="{{tracking_number}}"), name="Refund form", payer_name=case.claim.payer_name)
    offered = templates.templates_for(session, case.claim.id, "email", actor=case.actor)
    assert [form.name for form in offered] == ["Refund form"]
    by_mail = packs.build_pack(session, case.claim.id, actor=case.actor, receiver="email", templates=[one.id], now=NOW)
    assert "CL-2026-00001-draft_00_form_Refund-form.xlsx" in [part.file_name for part in by_mail.parts]
    with zipfile.ZipFile(by_mail.path) as archive:
        filled = openpyxl.load_workbook(io.BytesIO(archive.read("forms/01_Refund-form.xlsx")))
    assert str(filled.worksheets[0]["A1"].value).startswith("SPXSG")
    by_portal = packs.build_pack(
        session, case.claim.id, actor=case.actor, receiver="portal", templates=[one.id], now=NOW
    )
    assert [left["why"] for left in by_portal.left_out] == [
        (
            "The form “Refund form” is XLSX; A portal (unknown limits) takes only PDF, JPG, PNG. "
            "It lies in the archive: save it as PDF to send it."
        )
    ]


# --------------------------------------------------------------------------------------------------- the door


def test_unknown_fields_are_named_with_the_nearest_and_the_known_ones(session: Session) -> None:
    data = workbook(A1="{{traking_number}}", A2="{{payer}}", A3="{{zzzz}}")
    found = templates.look_into(data, "form.xlsx")
    assert found.fields == ("payer",)
    assert [(one.name, one.nearest) for one in found.unknown] == [("traking_number", "tracking_number"), ("zzzz", "")]
    with pytest.raises(
        Invalid,
        match=r"These names are no fields: traking_number \(perhaps tracking_number\), zzzz\. Known fields: our_",
    ):
        added(session, data)


def test_unknown_columns_of_items_are_named_too() -> None:
    data = word("{% for item in items %}{{item.nme}}{{item.sku}}{% endfor %}", "{{Tracking Number}}".replace(" ", ""))
    found = templates.look_into(data, "form.docx")
    assert [(one.name, one.nearest) for one in found.unknown] == [
        ("TrackingNumber", "tracking_number"),
        ("item.nme", "item.name"),
    ]


def test_a_form_without_any_field_is_refused(session: Session) -> None:
    with pytest.raises(Invalid, match="No field was found"):
        added(session, workbook(A1="Name"))


@pytest.mark.parametrize(
    "evil",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ payer.__class__ }}",
        "{{ payer|attr('x') }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self._TemplateReference__context }}",
        "{% for x in range(100000000) %}a{% endfor %}",
        "{% for item in items %}{% for b in items %}a{% endfor %}{% endfor %}",
        "{% for item in items recursive %}{{ loop(items) }}{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% set payer = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{{ 'a' * 1000000000 }}",
        "{{ payer() }}",
        "{{ payer }",
        "{% if payer.x == 1 %}a{% endif %}",
        "{{ items[0] }}",
    ],
)
def test_a_document_that_is_more_than_names_is_refused(evil: str) -> None:
    for data in (word(evil), word("fine {{payer}}", head=evil)):
        if evil == "{{ payer }":
            with pytest.raises(Invalid, match="braces that do not close"):
                templates.look_into(data, "form.docx")
        else:
            with pytest.raises(Invalid, match="more in its braces than the names of fields"):
                templates.look_into(data, "form.docx")


def test_a_template_hidden_in_the_properties_is_read_too() -> None:
    form = docx.Document()
    form.add_paragraph("{{payer}}")
    form.core_properties.title = "{{ payer.__class__ }}"
    out = io.BytesIO()
    form.save(out)
    with pytest.raises(Invalid, match="more in its braces"):
        templates.look_into(out.getvalue(), "form.docx")


def test_even_unchecked_the_sandbox_gives_nothing_away() -> None:
    environment = document._environment()
    with pytest.raises(Exception, match=r"unsafe|undefined"):
        environment.from_string("{{ x.__class__.__mro__ }}").render(x="a")
    with pytest.raises(Exception, match="undefined"):
        environment.from_string("{{ nobody }}").render()


RELS = "xl/_rels/workbook.xml.rels"
LINK = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" '
    b'Target="%s" TargetMode="External"/></Relationships>'
)
WORD = b'<w:p xmlns:w="urn:w">%s</w:p>'


@pytest.mark.parametrize(
    ("member", "content", "said"),
    [
        ("xl/vbaProject.bin", b"macro", "macros"),
        ("xl/externalLinks/externalLink1.xml", b"<x/>", "a linked workbook"),
        ("xl/embeddings/oleObject1.bin", b"x", "an embedded object"),
        ("xl/connections.xml", b"<x/>", "a linked workbook"),
        ("xl/macrosheets/sheet1.xml", b"<x/>", "a program"),
        (RELS, LINK % (b"image", b"http://evil.test/a.png"), "draws on a file elsewhere"),
        (RELS, LINK % (b"hyperlink", b"file://server/share"), "draws on a file elsewhere"),
        ("xl/extra.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "XML of a kind"),
        ("xl/extra.xml", b"<c><f>WEBSERVICE(A1)</f></c>", "reaches outside"),
        ("xl/extra.xml", b"<c><f>cmd|'/c calc'!A0</f></c>", "reaches outside"),
        ("xl/extra.xml", b"<c><f>[1]Sheet1!A1</f></c>", "reaches outside"),
        ("xl/extra.xml", b"<x:c xmlns:x='s'><x:f>WEBSERV&#73;CE(A1)</x:f></x:c>", "reaches outside"),
        (
            "xl/extra.xml",
            b"<definedNames><definedName name='a'>cmd|'/c calc'!A0</definedName></definedNames>",
            "reaches",
        ),
        ("parts/sheet.dat", b"<c><f>_xlfn.IMAGE(A1)</f></c>", "reaches outside"),
        (RELS, (LINK % (b"image", b"http://evil.test/a.png")).replace(b"nal", b"n&#97;l"), "draws on a file elsewhere"),
        ("xl/_rels/x.rels", (LINK % (b"vbaProject", b"a.bin")).replace(b"External", b"Internal"), "holds a program"),
        ("xl/extra.xml", b'<?xml version="1.0" encoding="utf-7"?><c/>', "XML of a kind"),
        ("xl/extra.xml", "<c/>".encode("utf-16-le"), "XML of a kind"),
    ],
)
def test_a_workbook_that_reaches_out_or_runs_is_refused(member: str, content: bytes, said: str) -> None:
    data = with_member(workbook(A1="{{payer}}"), member, content)
    with pytest.raises(Refusal, match=said):
        templates.look_into(data, "form.xlsx")


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("word/_rels/settings.xml.rels", LINK % (b"attachedTemplate", b"http://evil.test/t.dotm")),
        ("word/extra.xml", WORD % b'<w:instrText>DDEAUTO c:\\\\windows "calc"</w:instrText>'),
        ("word/extra.xml", WORD % b"<w:instrText>ddeauto c:</w:instrText>"),
        ("word/extra.xml", WORD % b"<w:instrText> DDE</w:instrText><w:r/><w:instrText>AUTO c:</w:instrText>"),
        ("word/extra.xml", WORD % b"<w:instrText>&#68;DEAUTO c:</w:instrText>"),
        ("word/extra.xml", b'<o:p xmlns:o="urn:w"><o:instrText>DDEAUTO c:</o:instrText></o:p>'),
        (
            "word/extra.xml",
            WORD % b'<w:instrText>PAGE "</w:instrText><w:fldChar/><w:instrText>DDE "x"</w:instrText>',
        ),
        ("word/extra.xml", WORD % b'<w:fldSimple w:instr="INCLUDETEXT http://x"/>'),
        ("word/extra.xml", WORD % b"<w:fldSimple w:instr='INCLUDETEXT http://x'/>"),
        ("else/where.dat", WORD % b'<w:fldSimple w:instr="INCLUDETEXT http://x"/>'),
    ],
)
def test_a_document_that_draws_on_files_elsewhere_is_refused(member: str, content: bytes) -> None:
    with pytest.raises(Invalid, match="draws on a file elsewhere"):
        templates.look_into(with_member(word("{{payer}}"), member, content), "form.docx")


def test_page_numbers_links_to_pages_and_sheets_of_any_name_are_no_reaching_out() -> None:
    fields = WORD % (
        b'<w:fldSimple w:instr=" PAGE \\* MERGEFORMAT "/><w:instrText>HYPERLINK "https://payer.test/link"</w:instrText>'
    )
    assert templates.look_into(with_member(word("{{payer}}"), "word/extra.xml", fields), "form.docx").fields
    links = LINK % (b"hyperlink", b"https://payer.test")
    assert templates.look_into(with_member(word("{{payer}}"), "word/_rels/x.rels", links), "form.docx").fields
    book = openpyxl.load_workbook(io.BytesIO(workbook(A1="{{payer}}", A2="=SUM('Import 2026'!A1:A3)")))
    book.create_sheet("Import 2026")
    out = io.BytesIO()
    book.save(out)
    notes = with_member(out.getvalue(), "xl/drawings/vmlDrawing1.vml", b"<xml><br></xml>")
    assert templates.look_into(notes, "form.xlsx").fields == ("payer",)


def test_bombs_and_other_files_are_refused() -> None:
    with pytest.raises(TooLarge, match="unpacks to far more"):
        templates.look_into(with_member(workbook(A1="{{payer}}"), "xl/big.xml", bytes(70_000_000)), "form.xlsx")
    with pytest.raises(TooLarge, match="larger than 5 MB"):
        templates.look_into(bytes(6_000_000), "form.xlsx")
    with pytest.raises(Invalid, match=r"“form.xlsx” is CSV; a form is a workbook"):
        templates.look_into(b"a,b\n1,2\n", "form.xlsx")
    with pytest.raises(Invalid):
        templates.look_into(b"PK\x03\x04 not really", "form.docx")
    with pytest.raises(Invalid, match="is damaged"):
        templates.look_into(with_member(workbook(A1="{{payer}}"), "xl/workbook.xml", b"<broken"), "form.xlsx")


# --------------------------------------------------------------------------------------------------- the shelf


def test_a_new_file_under_the_same_name_is_the_next_version(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    first = added(session, workbook(A1="{{payer}}"), receiver="ups")
    second = added(session, workbook(A1="{{payer}}", A2="{{amount}}"), receiver="ups")
    assert (first.version, second.version) == (1, 2)
    assert [one.id for one in templates.list_templates(session, actor=admin)] == [second.id]
    assert len(templates.list_templates(session, actor=admin, retired=True)) == 2
    templates.retire_template(session, second.id, actor=admin, now=NOW)
    assert templates.list_templates(session, actor=admin) == []
    with pytest.raises(WrongState, match="retired already"):
        templates.retire_template(session, second.id, actor=admin, now=NOW)
    with pytest.raises(NotFound):
        templates.retire_template(session, 0, actor=admin, now=NOW)
    tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.subject == "claim_template")).all()
    assert tags == [Tag.TEMPLATE_ADDED, Tag.TEMPLATE_ADDED, Tag.TEMPLATE_RETIRED]


def test_forms_of_other_receivers_are_not_offered(session: Session, case: PackCase) -> None:
    added(session, workbook(A1="{{payer}}"), name="UPS", receiver="ups")
    added(session, workbook(A1="{{payer}}"), name="Ninja", carrier_code="ninja-van")
    added(session, workbook(A1="{{payer}}"), name="For all")
    found = templates.templates_for(session, case.claim.id, "email", actor=case.actor)
    assert [one.name for one in found] == ["For all", "Ninja"]


def test_rights_and_names_are_asked(session: Session, case: PackCase) -> None:
    data = workbook(A1="{{payer}}")
    agent = acting(session, Role.VIEWER)
    with pytest.raises(NotAllowed):
        templates.add_template(session, actor=agent, name="x", file_name="x.xlsx", data=data, now=NOW)
    with pytest.raises(NotAllowed):
        templates.list_templates(session, actor=OUT)
    with pytest.raises(Invalid, match="Give the form a name"):
        added(session, data, name=" ")
    with pytest.raises(Invalid, match="There is no receiver"):
        added(session, data, receiver="nobody")
    with pytest.raises(NotFound):
        templates.fill(session, 0, case.claim.id, actor=case.actor, now=NOW)
