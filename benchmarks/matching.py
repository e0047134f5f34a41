"""Matching: candidates for fields without a public field, against a register of five thousand, one processor."""

from collections.abc import Iterator

from benchmarks.table import Row, below
from benchmarks.timing import measured
from forms_builder.matching.ranking import KnownField, Ranker, WantedField

KNOWN, FORMS, FIELDS_PER_FORM = 5_000, 10, 20
ROUNDS = 5
WHOSE = (
    "企业",
    "法定代表人",
    "经办人",
    "项目",
    "建设单位",
    "车辆",
    "房屋",
    "股东",
    "监护人",
    "配偶",
    "承租方",
    "产权人",
)
OF_WHAT = ("申请", "登记", "注册", "现", "原", "主要", "备用", "营业", "生产", "仓库", "工程", "开户", "变更后", "联系")
WHAT = (
    ("名称", "string", None), ("姓名", "string", None), ("证件号码", "id_card", None), ("联系电话", "phone", None),
    ("地址", "address", None), ("日期", "date", None), ("面积(平方米)", "decimal", None), ("数量", "integer", None),
    ("类型", "dict", "kinds"), ("性质", "dict", "natures"), ("说明", "text", None), ("是否公开", "boolean", None),
)  # fmt: skip


def rows() -> Iterator[Row]:
    """The whole way of a department's import: the register indexed, then every form ranked."""
    known = [_known(number) for number in range(KNOWN)]
    together = [{known[(start * 7 + step) % KNOWN].code for step in range(30)} for start in range(500)]
    forms = [[_wanted(form * FIELDS_PER_FORM + place) for place in range(FIELDS_PER_FORM)] for form in range(FORMS)]
    fields = FORMS * FIELDS_PER_FORM

    def index_and_rank() -> None:
        ranker = Ranker(known, together)
        for number, form in enumerate(forms):
            ranker.rank(f"事项{number}", form)

    taken = measured(index_and_rank, rounds=ROUNDS)
    what = f"{fields} fields against {KNOWN:,} public fields, ranked"
    yield Row(what, taken, pace=(fields, "fields"), goal=below(1.0, taken))


def _known(number: int) -> KnownField:
    what, kind, dictionary = WHAT[number % len(WHAT)]
    whose, of_what = WHOSE[number // len(WHAT) % len(WHOSE)], OF_WHAT[number // 144 % len(OF_WHAT)]
    running = number // 2016
    label = f"{whose}{of_what}{what}{'' if not running else '甲乙丙'[running - 1]}"
    return KnownField(f"c_{number}", label, kind, 20 + number % 5 * 10, dictionary and f"{dictionary}{number % 200}")


def _wanted(number: int) -> WantedField:
    what, kind, dictionary = WHAT[number * 5 % len(WHAT)]
    label = f"{WHOSE[number % len(WHOSE)]}{OF_WHAT[number // 3 % len(OF_WHAT)] if number % 2 else ''}{what}"
    return WantedField(f"f{number}", label, kind, 50, dictionary and f"{dictionary}{number % 200}")
