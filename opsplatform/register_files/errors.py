"""Refusals of export and import."""

from opsplatform.jobs.errors import NotYet
from opsplatform.kernel.errors import DomainError, Invalid


class ImportRefused(Invalid):
    """The file as a whole is not applied; nothing was written."""

    code = "import_refused"
    sentence = "文件中还有问题，没有写入任何内容。"


class ImportBusy(NotYet):
    """Another file is being compared or written; two at once would wait for each other's rows."""

    code = "import_busy"
    status = 409
    sentence = "另一份文件正在与这一登记比较或写入，请稍后再试。"


class UploadGone(DomainError):
    """The uploaded file was applied already, is too old, or is not the one the person looked at."""

    code = "upload_gone"
    status = 409
    sentence = "这份文件已失效，请重新上传。"
