"""Files of rows that people bring: CSV, TSV, XLSX, told from their bytes, read in blocks.

Owns: encodings, delimiters, headings, cells, which rows have a good address. Never: knows what a row is for.
Talks to: cells, wire, base. Those who take rows in also use ``archives``, ``columns``, ``doubts``, ``errors``,
``headings``, ``letters``, ``opening``, ``report``, ``rows`` and ``table``.
"""

from bocau.sheets.archives import unpacked
from bocau.sheets.columns import Columns, Wishes
from bocau.sheets.opening import open_table
from bocau.sheets.report import Report
from bocau.sheets.rows import Picker, Problem
from bocau.sheets.table import Block, Reading, Table

__all__ = ["Block", "Columns", "Picker", "Problem", "Reading", "Report", "Table", "Wishes", "open_table", "unpacked"]
