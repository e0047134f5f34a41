"""What is not read any further."""

from opsplatform.kernel.errors import Invalid


class SchemaRefused(Invalid):
    """The file is no JSON Schema that a form can be made of."""

    code = "schema_refused"
    sentence = "这个 JSON Schema 不能读成表单。"
