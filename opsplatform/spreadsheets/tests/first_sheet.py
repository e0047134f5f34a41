"""The lines of a file as most tests want them."""

from typing import IO

from opsplatform.spreadsheets.reading import Line, read_book


def read_lines(file: IO[bytes], name: str) -> list[Line]:
    """The lines of the first sheet."""
    return read_book(file, name, most=1).sheets[0].lines
