"""Refusals of files."""

from opsplatform.kernel.errors import DomainError


class FileRefused(DomainError):
    """The file is not looked into any further; nothing of it is kept."""

    code = "file_refused"
    status = 422
    sentence = "不能接受这个文件。"


class ExportRefused(DomainError):
    """The rows do not fit into one file."""

    code = "export_refused"
    status = 422
    sentence = "不能导出。"
