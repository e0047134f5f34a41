"""Questions about divisions that rooms above ask."""

from opsplatform.organizations.models import Division


def find_city() -> Division | None:
    """The division at the top; None where nobody has registered one yet."""
    return Division.objects.filter(parent=None).order_by("code").first()


def city_code() -> str:
    """Its code, whose audit administrators read what concerns the whole city; empty where there is none."""
    city = find_city()
    return city.code if city else ""
