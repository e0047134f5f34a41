"""Register files' share of the work that runs by itself: an upload is compared with its register, and written."""

from collections.abc import Collection

from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.jobs.registry import Named, Payload, Thing, register_thing, work
from opsplatform.register_files import selectors
from opsplatform.register_files.services import importing
from opsplatform.spreadsheets.sheets import find_sheet


@work(importing.COMPARE, "核对导入文件")
def compare(payload: Payload, element: str) -> None:
    """What writing the upload would do is kept with it."""
    importing.compare_upload(payload["upload"])


@work(importing.WRITE, "写入导入文件")
def write(payload: Payload, element: str) -> None:
    """What the upload says stands in its register."""
    importing.write_upload(payload["upload"])


def _named_uploads(actor: User, keys: Collection[str]) -> dict[str, Named]:
    if not actor.may_somewhere("registers.import"):
        return {}
    named = {}
    for upload in selectors.list_uploads(actor).filter(pk__in=[key for key in keys if key.isascii() and key.isdigit()]):
        sheet = find_sheet(upload.register)
        title = sheet.title if sheet else upload.register
        url = reverse("register-import-confirm", args=[upload.register, upload.pk])
        named[str(upload.pk)] = Named(f"{title}：{upload.file_name}", url)
    return named


register_thing(selectors.UPLOAD, Thing("导入文件", _named_uploads))
