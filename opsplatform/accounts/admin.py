"""Registers of users and roles: browsed here; what is done to an account is done on its page."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from opsplatform.accounts import selectors
from opsplatform.accounts.filters import RoleFilter, UserFilter
from opsplatform.accounts.models import Membership, Role, User
from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site


@admin.register(User, site=site)
class UserAdmin(ScopedModelAdmin):
    view_action = "accounts.view_users"
    filterset_class = UserFilter
    add_page = "user-new"
    add_page_action = "accounts.edit_users"
    list_display = ("username", "name", "kind", "division", "roles", "is_active", "last_login")
    list_select_related = ("division",)
    fields = ("username", "name", "kind", "division", "phone", "email", "is_active", "last_login")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Accounts with their roles."""
        held = Membership.objects.select_related("role", "division", "department")
        return super().get_queryset(request).prefetch_related(Prefetch("memberships", held))

    @admin.display(description="角色")
    def roles(self, user: User) -> str:
        """The roles in words."""
        return "；".join(str(membership) for membership in user.memberships.all()) or "—"

    def page_url(self, row: User) -> str:
        """The account's own page."""
        return reverse("user", args=[row.pk])


@admin.register(Role, site=site)
class RoleAdmin(ScopedModelAdmin):
    filterset_class = RoleFilter
    list_display = ("name", "code", "description", "is_administration", "is_for_machines")
    list_display_links = ("name",)
    fields = ("name", "code", "description", "is_administration", "is_for_machines", "rights")
    readonly_fields = ("rights",)

    @admin.display(description="权限")
    def rights(self, role: Any) -> SafeString | str:
        """The rows of the policy table that name the role, in words."""
        rows = selectors.role_in_words(role)
        if not rows:
            return "尚无权限"
        lines = format_html_join("", "<tr><td>{}</td><td>{}</td></tr>", rows)
        return format_html('<table class="op-table"><tbody>{}</tbody></table>', lines)
