"""What the API shows of items, materials and service points."""

from typing import Any

from rest_framework import serializers

from opsplatform.catalog.models import LegalBasis, Material, ServiceItem, ServicePoint
from opsplatform.organizations.api.serializers import BodySerializer


class LegalBasisSerializer(serializers.ModelSerializer[LegalBasis]):
    class Meta:
        model = LegalBasis
        fields = ["text", "valid_from", "valid_to", "is_repealed"]
        read_only_fields = fields


class ServiceItemSerializer(serializers.ModelSerializer[ServiceItem]):
    department = BodySerializer(allow_null=True, read_only=True)
    body_kind = serializers.CharField(source="body_kind.code", default=None, allow_null=True, read_only=True)
    division_days = serializers.ListField(child=serializers.DictField(), read_only=True)
    results = serializers.ListField(child=serializers.DictField(), read_only=True)
    legal_bases = LegalBasisSerializer(many=True, read_only=True)

    class Meta:
        model = ServiceItem
        fields = [
            "key", "name", "daily_name", "department", "body_kind", "basic_code", "sequence", "level_code",
            "item_type_code", "project_type_code", "statutory_days", "promised_days", "day_unit", "division_days",
            "onsite_times", "baseline_visits", "is_fee", "fee_note", "service_object_codes", "handle_form_codes",
            "conditions", "results", "legal_bases", "confidence", "revision", "updated_at",
        ]  # fmt: skip
        read_only_fields: Any = fields


class MaterialSerializer(serializers.ModelSerializer[Material]):
    exempt = serializers.CharField(help_text="e_license、data_share、generated，或为空：由申请人提交。")
    review_points = serializers.SlugRelatedField[Any](slug_field="text", many=True, read_only=True)
    merged_into = serializers.CharField(
        source="merged_into.code", default=None, allow_null=True, read_only=True, help_text="已并入的材料。"
    )

    class Meta:
        model = Material
        fields = [
            "code", "name", "material_type_code", "form_code", "necessity_code", "original_count", "copy_count",
            "source_code", "issuer", "exempt", "e_license", "review_points", "confidence", "merged_into", "revision",
            "updated_at",
        ]  # fmt: skip
        read_only_fields: Any = fields


class ServicePointSerializer(serializers.ModelSerializer[ServicePoint]):
    division = serializers.CharField(source="division.code")
    holidays = serializers.DictField(child=serializers.CharField(), help_text="日期 → 当天的办公时间，或“休息”。")

    class Meta:
        model = ServicePoint
        fields = [
            "id", "division", "theme_code", "name", "address", "window", "hours", "holidays", "phone",
            "longitude", "latitude", "valid_from", "valid_to", "is_illustrative", "revision", "updated_at",
        ]  # fmt: skip
        read_only_fields: Any = fields
