"""Refusals of this room."""

from opsplatform.kernel.errors import Invalid


class BadDossier(Invalid):
    """The dossier contradicts itself or the registers; `problems` lists everything that does."""

    code = "bad_dossier"
    sentence = "主题资料有误，未导入任何内容。"
