"""A register file as people handle it: exported, edited, uploaded."""

import csv
import io
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

Lines = list[list[str]]


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def exported(client: Client, register: str, file_format: str = "csv", query: str = "") -> bytes:
    answer = client.get(f"/registers/{register}/export/{file_format}/{query}")
    assert answer.status_code == 200, answer.content.decode()
    return content_of(answer)


def lines_of(content: bytes) -> Lines:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def edited(content: bytes, edit: Callable[[Lines], None]) -> bytes:
    lines = lines_of(content)
    edit(lines)
    return as_csv(lines)


def as_csv(lines: Lines) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(lines)
    return file.getvalue().encode()


def uploaded(client: Client, register: str, content: bytes, name: str = "a.csv") -> Any:
    """The answer of the upload, followed to the page of the comparison."""
    return client.post(f"/registers/{register}/import/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def confirmed(client: Client, page: Any) -> Any:
    address = page.redirect_chain[-1][0]
    return client.post(address, {"do": "confirm", "digest": page.context["upload"].digest})
