"""What the console's partials need from the template language."""

import json
from typing import Any

from django import template
from django.template import RequestContext

register = template.Library()


@register.filter
def spelled(value: Any) -> str:
    """A JSON value as a person reads it."""
    if value is None:
        return "（无）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


@register.simple_tag(takes_context=True)
def with_query(context: RequestContext, **changes: Any) -> str:
    """The current address with these query parameters replaced, and those without a value left out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    return f"?{query.urlencode()}"
