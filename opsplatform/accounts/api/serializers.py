"""What the API shows of users and roles."""

from typing import Any

from rest_framework import serializers

from opsplatform.accounts.models import Membership, Role, User


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    role = serializers.CharField(source="role.code")
    division = serializers.CharField(source="division.code")
    department = serializers.IntegerField(source="department_id", allow_null=True)

    class Meta:
        model = Membership
        fields = ["role", "division", "department", "granted_at"]
        read_only_fields = fields


class UserSerializer(serializers.ModelSerializer[User]):
    kind = serializers.CharField(help_text="person 人员，machine 系统。")
    email = serializers.CharField(help_text="可以为空。")
    memberships = MembershipSerializer(many=True, read_only=True)

    class Meta:
        model = User
        fields = [
            "username", "name", "kind", "phone", "email", "is_active", "is_demo", "joined_at", "memberships",
            "revision", "updated_at",
        ]  # fmt: skip
        read_only_fields: Any = fields


class RoleSerializer(serializers.ModelSerializer[Role]):
    class Meta:
        model = Role
        fields = ["code", "name", "description", "is_administration", "is_for_machines", "revision", "updated_at"]
        read_only_fields = fields
