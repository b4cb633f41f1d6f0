"""Forms that are documents: `{{field}}` in the text, table rows repeated over the items; nothing else is run.

docxtpl sets the words in, under Jinja's sandbox. Before that the template's own syntax tree is read: a plain name, a loop
over the items and `item.field` are all there may be: no call, no filter, no attribute of anything else.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence

from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from core.foundation.errors import Invalid
from core.foundation.language import _
from core.recovery.packs import fields

ITEMS = "items"
_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def names_in(data: bytes, name: str) -> set[str]:
    """The names a document asks for; `items` for a loop, `item.…` for a column no item has. Raises `Invalid` for more."""
    environment, found = _environment(), set()
    for source in _sources(_opened(data, name), name):
        try:
            tree = environment.parse(source)
        except TemplateSyntaxError as error:
            raise Invalid(
                _("“{name}” has braces that do not close as they open: {what}", name=name, what=error.message or ""),
                "file",
            ) from error
        found |= _names(tree, frozenset(), name)
    return found


def filled(
    data: bytes, name: str, values: Mapping[str, fields.Value], items: Sequence[Mapping[str, fields.Value]]
) -> bytes:
    """The document with its fields filled; what is not known stays empty."""
    names_in(data, name)
    form = _opened(data, name)
    context: dict[str, object] = {code: _text(value) for code, value in values.items()}
    context[ITEMS] = [{code: _text(value) for code, value in item.items()} for item in items]
    try:
        form.render(context, jinja_env=_environment(), autoescape=True)
    except TemplateError as error:
        raise Invalid(_("“{name}” cannot be filled: {what}", name=name, what=str(error)), "file") from error
    out = io.BytesIO()
    form.save(out)
    return out.getvalue()


def _environment() -> Environment:
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    return environment


def _opened(data: bytes, name: str) -> DocxTemplate:
    try:
        form = DocxTemplate(io.BytesIO(data))
        form.init_docx()
    except Exception as error:  # python-docx raises whatever it trips over
        raise Invalid(_("“{name}” is damaged; save it again and try once more.", name=name), "file") from error
    return form


def _sources(form: DocxTemplate, name: str) -> Iterator[str]:
    """Everything of the document that is run as a template: text, heads and feet, footnotes, properties."""
    try:
        yield form.patch_xml(form.get_xml())
        for uri in (form.HEADER_URI, form.FOOTER_URI):
            for _key, part in form.get_headers_footers(uri):
                yield form.patch_xml(form.get_part_xml(part))
        document = form.get_docx()
        for part in document.part.package.parts:
            if part.content_type == _FOOTNOTES:
                yield form.patch_xml(part.blob.decode("utf-8"))
        for one in _PROPERTIES:
            yield str(getattr(document.core_properties, one) or "")
    except (UnicodeDecodeError, KeyError, AttributeError) as error:
        raise Invalid(_("“{name}” is damaged; save it again and try once more.", name=name), "file") from error


def _names(node: nodes.Node, loops: frozenset[str], name: str) -> set[str]:
    """The names below a node. `loops` are the names that stand for one item there."""
    if isinstance(node, nodes.Name):
        return set() if node.name in loops else {node.name}
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name in loops:
        return set() if node.attr in fields.ITEM_FIELDS else {f"item.{node.attr}"}
    if isinstance(node, nodes.For):
        plain = isinstance(node.iter, nodes.Name) and node.iter.name == ITEMS and isinstance(node.target, nodes.Name)
        if not plain or node.recursive or node.test is not None or loops:
            raise _more_than_names(name)
        inside = loops | {node.target.name}  # type: ignore[attr-defined]
        return {ITEMS}.union(*(_names(one, inside, name) for one in (*node.body, *node.else_)))
    if isinstance(node, nodes.If) and not isinstance(node.test, (nodes.Name, nodes.Getattr)):
        raise _more_than_names(name)
    if not isinstance(node, (nodes.Template, nodes.Output, nodes.TemplateData, nodes.If)):
        raise _more_than_names(name)
    return set().union(*(_names(one, loops, name) for one in node.iter_child_nodes()))


def _more_than_names(name: str) -> Invalid:
    return Invalid(
        _(
            "“{name}” has more in its braces than the names of fields. Only names, and rows over the items, are filled.",
            name=name,
        ),
        "file",
    )


def _text(value: fields.Value) -> str:
    return _CONTROL.sub("", fields.text(value))
