from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "opsplatform.organizations"
    label = "organizations"
    verbose_name = "区划与部门"
