"""Refusals of the edge itself."""

from opsplatform.kernel.errors import DomainError


class BadQuery(DomainError):
    """Query parameters that the route does not know or cannot read; a problem's pointer is the parameter's name."""

    code = "bad_query"
    status = 400
    sentence = "查询参数有误。"


class BadPrecondition(DomainError):
    """The If-Match header is not one strong entity tag."""

    code = "bad_precondition"
    status = 400
    sentence = 'If-Match 应为一个强实体标签，例如 "draft-7"。'


class PreconditionMissing(DomainError):
    """A write that does not say which state it was made on."""

    code = "precondition_required"
    status = 428
    sentence = "请在 If-Match 中给出您读到的版本。"


class UnsupportedBody(DomainError):
    """A body that is compressed or not UTF-8."""

    code = "unsupported_media_type"
    status = 415
    sentence = "请求正文只接受未压缩的 UTF-8 JSON。"
