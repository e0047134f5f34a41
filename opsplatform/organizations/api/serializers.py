"""What the API shows of divisions, kinds of bodies and bodies."""

from typing import Any

from rest_framework import serializers

from opsplatform.organizations.models import BodyKind, Department, Division


class DivisionSerializer(serializers.ModelSerializer[Division]):
    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.code", default=None, allow_null=True, read_only=True
    )
    level = serializers.CharField()
    kind = serializers.CharField()

    class Meta:
        model = Division
        fields = ["code", "name", "level", "kind", "parent", "is_statistical", "revision", "updated_at"]
        read_only_fields = fields


class BodySerializer(serializers.Serializer[Any]):
    """A body that another row names; its name may change without that row, so it is not shown here."""

    id = serializers.IntegerField()
    division = serializers.CharField(source="division.code")


class BodyKindSerializer(serializers.ModelSerializer[BodyKind]):
    level = serializers.CharField()
    responsible = BodySerializer(allow_null=True, read_only=True)

    class Meta:
        model = BodyKind
        fields = ["code", "name", "short_name", "level", "level_code", "responsible", "revision", "updated_at"]
        read_only_fields: Any = fields


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    """A body is known by division and full name; `id` is its address here."""

    division = serializers.CharField(source="division.code")
    kind = serializers.CharField(source="kind.code", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Department
        fields = [
            "id", "division", "name", "short_name", "kind", "level_code", "uscc", "uscc_is_illustrative", "revision",
            "updated_at",
        ]  # fmt: skip
        read_only_fields: Any = fields
