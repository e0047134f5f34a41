"""Refusals of this room."""

from opsplatform.kernel.errors import Invalid, WrongState


class BadDossier(Invalid):
    """The dossier contradicts itself or the registers; `problems` lists everything that does."""

    code = "bad_dossier"
    sentence = "主题资料有误，未导入任何内容。"


class RegisteredMeanwhile(WrongState):
    """Between reading the registers and writing to them, somebody registered what the dossier brings."""

    code = "registered_meanwhile"
    sentence = "导入期间有人登记了资料中的某个代码，未导入任何内容。请再导入一次。"
