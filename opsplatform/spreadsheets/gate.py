"""The one gate for uploaded spreadsheets: what is judged before any parser sees a byte, in bounded memory.

Claims of the file (sizes in its directory) are checked by unpacking it in small pieces and counting.
"""

import re
import struct
import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

from opsplatform.spreadsheets.errors import FileRefused
from opsplatform.spreadsheets.writing import Format

MAX_FILE = 5 * 1024 * 1024
MAX_PARTS = 200
MAX_DIRECTORY = 64 * 1024
MAX_UNPACKED = 64 * 1024 * 1024
MAX_RATIO = 120  # unpacked : packed, judged from RATIO_FLOOR on
RATIO_FLOOR = 1024 * 1024
_PIECE = 64 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_END = struct.Struct("<4s4H2LH")
_BINARY = (
    _ZIP,
    _OLE,
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"\x7fELF",
    b"MZ",
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PROGRAM = re.compile(r"vbaproject|macrosheets|\.bin$|activex|/embeddings/", re.IGNORECASE)
_OUTSIDE = re.compile(r"externallinks/|/connections\.xml$|querytable", re.IGNORECASE)
_REFUSED_PARTS = (
    (_PROGRAM, "文件中有宏或嵌入的程序，不能接受；请另存为普通的 .xlsx 文件。"),
    (_OUTSIDE, "文件引用了外部文件或外部数据，不能接受；请把内容粘贴为数值后再保存。"),
)
_HARMLESS_BINARY = re.compile(r"printersettings\d*\.bin$", re.IGNORECASE)


@dataclass(frozen=True)
class Admitted:
    """A file that may be handed to the reader process."""

    format: Format
    size: int


def admit(file: IO[bytes], name: str) -> Admitted:
    """The format of the file, which is rewound; raises FileRefused with the reason for whatever we do not look into."""
    size = file.seek(0, 2)
    if size == 0:
        raise FileRefused("文件是空的。")
    if size > MAX_FILE:
        raise too_large()
    file.seek(0)
    head = file.read(16)
    extension = PurePath(name).suffix.lower()
    if extension == ".xlsx":
        _judge_xlsx(file, head, size)
    elif extension == ".csv":
        _judge_csv(file, head)
    elif extension == ".xls":
        raise FileRefused("这是旧版 .xls 文件，请用电子表格软件另存为 .xlsx。")
    else:
        raise FileRefused("只接受 .xlsx 和 .csv 文件。")
    file.seek(0)
    return Admitted("xlsx" if extension == ".xlsx" else "csv", size)


def too_large() -> FileRefused:
    """The refusal of a file past the limit, which the upload itself may already have cut off."""
    return FileRefused(f"文件超过 {MAX_FILE // 1024 // 1024} MB，请分成几份。")


def _judge_csv(file: IO[bytes], head: bytes) -> None:
    if head.startswith(_BINARY):
        raise FileRefused("文件的内容不是 CSV 文本，请检查文件的扩展名。")
    if head.startswith(_UTF16):
        raise FileRefused("文件是 UTF-16 编码，请另存为“CSV UTF-8”。")
    file.seek(0)
    while piece := file.read(_PIECE):
        if b"\x00" in piece:
            raise FileRefused("文件中有空字符（NUL），不是文本文件。")


def _judge_xlsx(file: IO[bytes], head: bytes, size: int) -> None:
    if head.startswith(_OLE):
        raise FileRefused("文件已加密，或是旧版 .xls 格式；请去掉密码，另存为 .xlsx。")
    if not head.startswith(_ZIP):
        raise FileRefused("文件的内容不是 .xlsx，请检查文件的扩展名。")
    _judge_directory(file, size)
    try:
        with zipfile.ZipFile(file) as package:
            _judge_parts(package, size)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        OSError,
        struct.error,
    ) as error:
        raise FileRefused("文件已损坏或不完整，请重新保存后再上传。") from error
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise FileRefused("文件已损坏或不完整，请重新保存后再上传。") from error


def _judge_directory(file: IO[bytes], size: int) -> None:
    """Counts before `zipfile` builds an object per part."""
    file.seek(max(0, size - 65_536 - _END.size))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        raise FileRefused("文件已损坏或不完整，请重新保存后再上传。")
    _, _, _, _, parts, directory, _, _ = _END.unpack_from(tail, place)
    if parts > MAX_PARTS or directory > MAX_DIRECTORY:
        raise FileRefused(f"压缩包中的部件超过 {MAX_PARTS} 个，不是正常的电子表格。")


def _judge_parts(package: zipfile.ZipFile, size: int) -> None:
    parts = package.infolist()
    names = [part.filename for part in parts]
    if len(parts) > MAX_PARTS:
        raise FileRefused(f"压缩包中的部件超过 {MAX_PARTS} 个，不是正常的电子表格。")
    if len(set(names)) != len(names) or any(".." in name or name.startswith("/") or "\\" in name for name in names):
        raise FileRefused("压缩包中的部件重名或路径异常，不能接受。")
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise FileRefused("文件是压缩包，但不是 .xlsx 电子表格。")
    for name in names:
        for pattern, sentence in _REFUSED_PARTS:
            if pattern.search(name) and not _HARMLESS_BINARY.search(name):
                raise FileRefused(sentence)
    if any(part.flag_bits & 0x1 for part in parts):
        raise FileRefused("文件已加密，请去掉密码后再上传。")
    unpacked = 0
    for part in parts:
        unpacked = _unpack(package, part, unpacked, size)


def _unpack(package: zipfile.ZipFile, part: zipfile.ZipInfo, unpacked: int, size: int) -> int:
    """The running total with this part's true size; the pieces are looked at and forgotten."""
    end = b""
    with package.open(part) as stream:
        while piece := stream.read(_PIECE):
            unpacked += len(piece)
            if unpacked > MAX_UNPACKED or (unpacked > RATIO_FLOOR and unpacked > MAX_RATIO * size):
                raise FileRefused("文件解压后过大，可能是压缩炸弹，不能接受。")
            if not part.filename.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".bin")):
                if not end and piece.startswith(_UTF16):
                    raise FileRefused("文件中的部件编码异常，不能接受。")
                if _ENTITIES.search(end + piece):
                    raise FileRefused("文件中有实体声明（DOCTYPE），不能接受。")
                end = piece[-16:]
    return unpacked
