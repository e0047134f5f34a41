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


class CircularVisibility(Invalid):
    """Fields of one item form depend on each other's visibility in a circle."""

    code = "circular_visibility"
    sentence = "表单字段的显示条件互相依赖，形成了循环。"


class ConditionNotExpressible(Invalid):
    """A visibility condition compares whole lists of codes across a crosswalk, which no crosswalk defines."""

    code = "condition_not_expressible"
    sentence = "显示条件对多选字典做了整体比较，无法跨字典对照。"
