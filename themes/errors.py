"""Refusals of this room."""

from datetime import datetime

from opsplatform.kernel.errors import DomainError, Invalid, NotFound, WrongState


class BadDossier(Invalid):
    """The dossier contradicts itself or the registers; `problems` lists everything that does."""

    code = "bad_dossier"
    sentence = "主题资料有误，未导入任何内容。"


class RegisteredMeanwhile(WrongState):
    """Between reading the registers and writing to them, somebody registered what the dossier brings."""

    code = "registered_meanwhile"
    sentence = "导入期间有人登记了资料中的某个代码，未导入任何内容。请再导入一次。"


class Ended(NotFound):
    """A theme is on show in a division no more, and nothing is in its place; the code says how that came."""

    def __init__(self, sentence: str, *, ending: str, ended_at: datetime | None, note: str) -> None:
        self.code = ending
        super().__init__(sentence, ended_at=ended_at, note=note)


class GivenWay(DomainError):
    """Another theme has taken the place of this one; the code says how, `facts` which it is."""

    status = 410

    def __init__(self, sentence: str, *, ending: str, ended_at: datetime | None, note: str, successor: str) -> None:
        self.code = ending
        super().__init__(sentence, ended_at=ended_at, note=note, successor=successor)
