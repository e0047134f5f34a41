"""Filters of the list of what is live."""

import django_filters

from opsplatform.release.models import Release


class LiveThemeFilter(django_filters.FilterSet):
    code = django_filters.CharFilter(label="主题代码", field_name="subject__code")
    division = django_filters.CharFilter(label="区划代码", field_name="division__code")
    category = django_filters.CharFilter(label="场景分类代码", field_name="subject__theme__category__code")

    class Meta:
        model = Release
        fields: list[str] = []
