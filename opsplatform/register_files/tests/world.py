"""A register file as people handle it: exported, edited, uploaded."""

import csv
import io
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from opsplatform.jobs.models import Job
from opsplatform.jobs.services import running
from opsplatform.register_files.selectors import UPLOAD

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
    """The page of the upload after a worker has compared it."""
    file = SimpleUploadedFile(name, content)
    return worked(client, client.post(f"/registers/{register}/import/", {"file": file}))


def confirmed(client: Client, page: Any) -> Any:
    """The page of the upload after a worker has written it; the answer itself where the word was refused."""
    return worked(client, given_word(client, page))


def given_word(client: Client, page: Any) -> Any:
    return client.post(address_of(page), {"do": "confirm", "mark": page.context["upload"].comparison_mark})


def address_of(page: Any) -> str:
    upload = page.context["upload"]
    return f"/registers/{upload.register}/import/{upload.pk}/"


def worked(client: Client, answer: Any) -> Any:
    """Where the answer leads, once the work that it asked for has been done as far as possible."""
    if answer.status_code != 302:
        return answer
    for job in Job.objects.filter(state=Job.State.WAITING, object_type=UPLOAD).order_by("pk"):
        running.run_job(job.pk)
    return client.get(answer.url)
