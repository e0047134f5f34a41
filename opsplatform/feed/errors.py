"""Refusals of this room."""

from opsplatform.kernel.errors import DomainError


class ResyncNeeded(DomainError):
    """The reader's place is in a feed that is no more; `facts` say where to read on after taking stock."""

    code = "resync_needed"
    status = 410
    sentence = (
        "变更流已进入新的纪元（例如从备份恢复过），原来的读取位置作废：请按在用清单重新对齐，再从给出的位置继续读取。"
    )
