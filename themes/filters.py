"""Filters of scene categories, themes and collisions, for list pages and the API alike."""

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from opsplatform.kernel.filtering import ScopedChoice, TextSearch
from opsplatform.organizations.filters import DivisionSubtree, divisions_in_scope
from opsplatform.organizations.models import Division
from opsplatform.release.models import Release, Subject
from themes.models import Collision, SceneCategory, Theme


class LiveIn(ScopedChoice):
    """Themes on show in the division with this code."""

    def filter(self, qs: QuerySet[Theme], value: Division | None) -> QuerySet[Theme]:
        """The themes live there now; all of them without a division."""
        if value is None:
            return qs
        live = Release.objects.live().filter(subject=OuterRef("subject"), division=value)
        return qs.filter(Exists(live))


class StateOfDraft(django_filters.ChoiceFilter):
    """Themes whose draft is in this state, among those whose draft the caller may see."""

    def filter(self, qs: QuerySet[Theme], value: str) -> QuerySet[Theme]:
        """The themes in that state; all of them without one."""
        if not value:
            return qs
        request = self.parent.request
        seen = Theme.objects.none() if request is None else Theme.objects.drafts_visible_to(request.user)
        return qs.filter(subject__state=value, pk__in=seen.values("pk"))


class SceneCategoryFilter(django_filters.FilterSet):
    q = TextSearch("code", "name")
    parent = django_filters.ModelChoiceFilter(
        label="上级分类", queryset=SceneCategory.objects.all(), to_field_name="code"
    )

    class Meta:
        model = SceneCategory
        fields: list[str] = []


class ThemeFilter(django_filters.FilterSet):
    q = TextSearch("subject__code", "subject__title")
    category = django_filters.ModelChoiceFilter(
        label="场景分类", queryset=SceneCategory.objects.all(), to_field_name="code"
    )
    state = StateOfDraft(label="状态", choices=Subject.State.choices)
    division = DivisionSubtree("subject__division__path")
    live_in = LiveIn(label="已上线区划", queryset=divisions_in_scope, to_field_name="code")

    class Meta:
        model = Theme
        fields: list[str] = []


class CollisionFilter(django_filters.FilterSet):
    q = TextSearch("local_code", "existing_code", "qualified_code")
    theme = django_filters.CharFilter(label="主题代码", field_name="theme__subject__code")
    kind = django_filters.ChoiceFilter(label="种类", choices=Collision.Kind.choices)
    is_settled = django_filters.BooleanFilter(label="已处理")

    class Meta:
        model = Collision
        fields: list[str] = []
