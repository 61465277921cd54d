"""Files of rows that people bring: CSV, TSV, XLSX, told from their bytes, read in blocks.

Owns: encodings, delimiters, headings, cells. Never: knows what a row is for. Talks to: wire, base.
"""
