"""Spreadsheet files as nobody should send them, made by hand with zipfile."""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

from xlsxwriter import Workbook

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
    "</Relationships>"
)
WORKBOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet_xml(rows: str, dimension: str = "A1") -> str:
    return (
        f'<?xml version="1.0"?><worksheet {MAIN}><dimension ref="{dimension}"/>'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


SMALL = sheet_xml(f'<row r="1">{text_cell("A1", "代码")}</row>')


def package(sheet: str = SMALL, further: Mapping[str, bytes | str] | None = None, **replaced: str) -> bytes:
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"),
        "xl/workbook.xml": replaced.get("workbook", WORKBOOK),
        "xl/_rels/workbook.xml.rels": RELATIONS.format(kind="worksheet", target="worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
        **(further or {}),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def bomb(megabytes: int = 125) -> bytes:
    """About a kilobyte packed for every megabyte unpacked."""
    file = io.BytesIO(package())
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as part:
        for _ in range(megabytes):
            part.write(b" " * 1024 * 1024)
    return file.getvalue()


def lying_bomb() -> bytes:
    """A bomb whose directory says that the part is a hundred bytes."""
    content = bytearray(bomb())
    place = content.rfind(b"PK\x01\x02", 0, content.rfind(b"PK\x05\x06"))
    content[place + 24 : place + 28] = struct.pack("<L", 100)
    return bytes(content)


def encrypted() -> bytes:
    content = bytearray(package())
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(sign) + offset] |= 1
    return bytes(content)


def billion_laughs() -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "ha">{laughs}]>'
    return package(SMALL.replace('<?xml version="1.0"?>', head).replace("代码", "&l9;"))


def external_entity() -> bytes:
    head = '<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return package(SMALL.replace('<?xml version="1.0"?>', head).replace("代码", "&x;"))


def split_entity() -> bytes:
    """The declaration lies across the border of two pieces of 64 KB."""
    head = '<?xml version="1.0"?>'
    padding = " " * (64 * 1024 - len(head.encode()) - 5)
    return package(head + padding + '<!DOCTYPE x [<!ENTITY a "b">]>' + SMALL.removeprefix('<?xml version="1.0"?>'))


def many_strings() -> bytes:
    """More text than the reader hands over, in a file that packs well but not too well."""
    with io.BytesIO() as file:
        with Workbook(file, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for row in range(300):
                sheet.write_string(row, 0, "".join(chr(0x4E00 + (row * 31 + n * 7919) % 20_000) for n in range(32_000)))
        return file.getvalue()


REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty": ("a.xlsx", lambda: b""),
    "too large": ("a.csv", lambda: b"a" * (5 * 1024 * 1024 + 1)),
    "bomb": ("a.xlsx", bomb),
    "bomb that lies about its size": ("a.xlsx", lying_bomb),
    "many parts": ("a.xlsx", lambda: package(further={f"xl/p{n}.xml": "" for n in range(5_000)})),
    "wrong magic": ("a.xlsx", lambda: b"<html>not a workbook</html>"),
    "another archive": ("a.xlsx", lambda: package(further={}).replace(b"xl/workbook.xml", b"xl/workbuch.xml")),
    "old workbook or encrypted in a container": ("a.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "truncated": ("a.xlsx", lambda: package()[:-200]),
    "damaged": ("a.xlsx", lambda: package().replace(b"PK\x01\x02", b"PK\x01\x09")),
    "macro": ("a.xlsx", lambda: package(further={"xl/vbaProject.bin": b"\xd0\xcf"})),
    "macro by extension": ("a.xlsm", package),
    "encrypted part": ("a.xlsx", encrypted),
    "external link": ("a.xlsx", lambda: package(further={"xl/externalLinks/externalLink1.xml": "<x/>"})),
    "billion laughs": ("a.xlsx", billion_laughs),
    "external entity": ("a.xlsx", external_entity),
    "entity across pieces": ("a.xlsx", split_entity),
    "a million columns": (
        "a.xlsx",
        lambda: package(
            sheet_xml(f'<row r="1">{text_cell("A1", "a")}{text_cell("BDWGN1", "z")}</row>', "A1:BDWGN1048576")
        ),
    ),
    "far corner": (
        "a.xlsx",
        lambda: package(
            sheet_xml(f'<row r="1">{text_cell("A1", "a")}</row><row r="1048576">{text_cell("XFD1048576", "z")}</row>')
        ),
    ),
    "a cell a hundred thousand lines away": (
        "a.xlsx",
        lambda: package(
            sheet_xml(f'<row r="1">{text_cell("A1", "a")}</row><row r="100000">{text_cell("CV100000", "z")}</row>')
        ),
    ),
    "negative dimensions": (
        "a.xlsx",
        lambda: package(sheet_xml(f'<row r="-5">{text_cell("A-5", "a")}</row>', "A-1:B-9")),
    ),
    "huge texts": ("a.xlsx", many_strings),
    "path out of the archive": ("a.xlsx", lambda: package(further={"../../etc/x.xml": "<x/>"})),
    "sheets all hidden": (
        "a.xlsx",
        lambda: package(workbook=WORKBOOK.replace('sheetId="1"', 'sheetId="1" state="hidden"')),
    ),
    "text with NUL": ("a.csv", "代码\r\na\0b\r\n".encode),
    "bad encoding": ("a.csv", lambda: b"\xef\xbb\xbf\xff\xfe\xff,\x81"),
    "UTF-16": ("a.csv", lambda: "代码".encode("utf-16")),
    "workbook as text": ("a.csv", package),
    "many columns": ("a.csv", lambda: b",".join([b"x"] * 1_000_000)),
    "many lines": ("a.csv", lambda: b"x\n" * 20_001),
    "a long cell": ("a.csv", lambda: b'"' + b"x" * 40_000 + b'"'),
    "open quotation": ("a.csv", lambda: b'a,b\r\n"x,y\r\n'),
    "only blank lines": ("a.csv", lambda: b"\r\n , \r\n,,\r\n"),
    "another kind of file": ("a.pdf", lambda: b"%PDF-1.7"),
}
