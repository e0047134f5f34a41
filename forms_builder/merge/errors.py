"""What the merge core refuses to compile."""

from opsplatform.kernel.errors import Invalid


class PatternNotPortable(Invalid):
    """The pattern means different things to different engines, or nothing at all."""

    code = "pattern_not_portable"
    sentence = "校验规则使用了各系统解释不一致的写法。"


class UnknownDictionary(Invalid):
    """A field names a dictionary that was not supplied."""

    code = "unknown_dictionary"
    sentence = "字段引用的字典不存在。"


class DuplicateField(Invalid):
    """Two fields of one item form have the same code, so a record could not tell them apart."""

    code = "duplicate_field"
    sentence = "同一张表单中有重复的字段编码。"


class ParentLost(Invalid):
    """A field's list depends on a field that its form has not, or on one whose answer is no single code."""

    code = "parent_lost"
    sentence = "字段的可选内容取决于另一字段，而那个字段不在表单里。"


class CircularVisibility(Invalid):
    """Fields of one item form depend on each other's visibility in a circle."""

    code = "circular_visibility"
    sentence = "表单字段的显示条件互相依赖，形成了循环。"


class ConditionNotExpressible(Invalid):
    """A visibility condition compares whole lists of codes across a crosswalk, which no crosswalk defines."""

    code = "condition_not_expressible"
    sentence = "显示条件对多选字典做了整体比较，无法跨字典对照。"


class FormTooEntangled(Invalid):
    """Written out, the conditions of a form are longer or deeper than anybody could check or any reader would read.

    `kind` and `key` name the part that is to blame most: a merged field, an item, a question, a rule.
    """

    code = "form_too_entangled"
    sentence = "显示条件层层相扣，写不成一张可以校验的表单。"

    def __init__(self, kind: str, key: str, name: str) -> None:
        self.kind, self.key = kind, key
        super().__init__(f"{name}的条件层层相扣，写出来太长或太深，无法校验。请减少互相依赖的层数，或拆成几处。")
