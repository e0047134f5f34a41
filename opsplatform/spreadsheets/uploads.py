"""Uploads stop being stored at the gate's limit: what comes after is read and thrown away."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from opsplatform.spreadsheets.gate import MAX_FILE


class CappedUpload(FileUploadHandler):
    """Comes first among the handlers; a file past the limit never reaches those that store."""

    received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """The count begins anew."""
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """The piece, for the handlers that store; raises SkipFile past the limit."""
        self.received += len(raw_data)
        if self.received > MAX_FILE:
            self.request.META[_CUT_OFF] = True  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The file is the storing handlers' matter."""


_CUT_OFF = "opsplatform.upload_cut_off"


def is_cut_off(request: HttpRequest) -> bool:
    """Whether a file of the request was larger than the gate accepts."""
    return bool(request.META.get(_CUT_OFF))
