"""Importers of outside files: a Seller Centre export in, shipments out.

    containers    what the file is, by its bytes           (a table: one row per kind)
    workbooks     workbooks opened by a child process with bounded memory
    recognise     which report, language and market, by the heading row
    tables        headings, status texts and cancel reasons, from core/data
    values        cells → amounts, dates, quantities in the market's way of writing
    orders        rows → parcels
    merge         which stored parcel is meant, and whether the file says more than is known
    apply         COPY into the database
    run           `import_file`, which goes through all of them

`import_file` is the one way in.
"""

from core.parcels.importers.run import FileResult, import_file

__all__ = ["FileResult", "import_file"]
