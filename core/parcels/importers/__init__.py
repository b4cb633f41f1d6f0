"""Importers of outside files: a Seller Centre export in, shipments out.

    containers    what the file is, by its bytes           (a table: one row per kind)
    workbooks     workbooks opened by a child process with bounded memory, locked ones with their password
    archives      archives of exports; the parts of one report are one sheet
    texts         tables of text: encoding and separator found by what comes out
    recognise     which report, language and market, by the heading row; nearest: what a file nearly is
    tables        headings, status texts and cancel reasons, from core/data; team: with the headings the team added
    values        cells → amounts, dates, quantities in the market's way of writing
    kinds         what every kind of file has in common: its rows, its plan, its undoing
    order_kind    order reports: orders (rows → parcels), merge (which stored parcel is meant), apply (COPY into the database)
    raw_rows      every raw row, and the refused ones
    undoing       what an import changed, and putting it back
    in_turn       files one after the other, the next one's workbook being opened meanwhile
    run           `import_file`, which goes through all of them
    deleting      `delete_import`, the way back

`import_file` is the one way in.
"""

from core.parcels.importers.deleting import Deleted, delete_import
from core.parcels.importers.in_turn import Waiting, in_turn
from core.parcels.importers.result import FileResult
from core.parcels.importers.run import KINDS, import_file

__all__ = ["KINDS", "Deleted", "FileResult", "Waiting", "delete_import", "import_file", "in_turn"]
