"""Filters of dictionaries, crosswalks, public fields and item forms, for list pages and the API alike."""

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from forms_builder.models import DATA_TYPES, Crosswalk, Dictionary, ItemForm, PublicField
from forms_builder.sensitivity import CLASSES
from opsplatform.kernel.filtering import TextSearch
from opsplatform.organizations.filters import DivisionSubtree
from opsplatform.organizations.models import BodyKind
from opsplatform.release.models import Release, Subject


def _by_dictionary(label: str) -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(label=label, queryset=Dictionary.objects.all(), to_field_name="code")


class DictionaryFilter(django_filters.FilterSet):
    q = TextSearch("code", "name", "standard")

    class Meta:
        model = Dictionary
        fields: list[str] = []


class CrosswalkFilter(django_filters.FilterSet):
    q = TextSearch("code", "name", "partner")
    partner = django_filters.CharFilter(label="对接方")
    from_dictionary = _by_dictionary("来源字典")
    to_dictionary = _by_dictionary("目标字典")

    class Meta:
        model = Crosswalk
        fields: list[str] = []


class PublicFieldFilter(django_filters.FilterSet):
    q = TextSearch("code", "label", "synonyms")
    data_type = django_filters.ChoiceFilter(label="类型", choices=DATA_TYPES)
    dictionary = _by_dictionary("字典")
    sensitivity = django_filters.ChoiceFilter(label="敏感程度", choices=CLASSES)
    prefill_library = django_filters.CharFilter(label="预填来源库")
    is_merged = django_filters.BooleanFilter(
        label="已并入其他字段", field_name="merged_into", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = PublicField
        fields: list[str] = []


class _OfSeenDrafts(django_filters.ChoiceFilter):
    """Forms chosen by their drafts, among those whose draft the caller may see."""

    def seen(self, qs: QuerySet[ItemForm]) -> QuerySet[ItemForm]:
        """Those whose draft the caller may see."""
        request = self.parent.request
        drafts = ItemForm.objects.none() if request is None else ItemForm.objects.drafts_visible_to(request.user)
        return qs.filter(pk__in=drafts.values("pk"))


class StateOfDraft(_OfSeenDrafts):
    """By the state of the draft."""

    def filter(self, qs: QuerySet[ItemForm], value: str) -> QuerySet[ItemForm]:
        """The forms in that state; all of them without one."""
        return self.seen(qs).filter(subject__state=value) if value else qs


class Whose(_OfSeenDrafts):
    """The caller's own: those whose draft they may see."""

    def filter(self, qs: QuerySet[ItemForm], value: str) -> QuerySet[ItemForm]:
        """The caller's own forms; all in sight without a choice."""
        return self.seen(qs) if value else qs


class ItemFormFilter(django_filters.FilterSet):
    q = TextSearch("item__name", "item__key")
    division = DivisionSubtree("item__department__division__path", label="实施机构所属区划")
    body_kind = django_filters.ModelChoiceFilter(
        label="实施机构类别", field_name="item__body_kind", queryset=BodyKind.objects.all(), to_field_name="code"
    )
    state = StateOfDraft(label="草稿状态", choices=Subject.State.choices)
    whose = Whose(label="范围", choices=[("mine", "我能办理的")])
    is_in_force = django_filters.BooleanFilter(label="在用", method="in_force")

    def in_force(self, rows: QuerySet[ItemForm], _name: str, value: bool) -> QuerySet[ItemForm]:  # noqa: FBT001
        """The forms that have a version in force, or those that have none."""
        live = Exists(Release.objects.live().filter(subject=OuterRef("subject")))
        return rows.filter(live if value else ~live)

    class Meta:
        model = ItemForm
        fields: list[str] = []
