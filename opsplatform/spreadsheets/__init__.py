"""Spreadsheets, without tables and rooms: one writer, one gate for uploads, one reader, the columns of registers.

- `writing`: XLSX and CSV of text cells; nothing written here is a live formula.
- `gate`: what may be looked into at all; stream checks in bounded memory.
- `reading` and `reader_process`: parsing in a child process with limits on memory and time.
- `columns` and `sheets`: what the columns of a register are, declared once per room, used in both directions.
"""
