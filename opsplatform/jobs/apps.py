from importlib import import_module

from django.apps import AppConfig

from opsplatform.console import navigation
from opsplatform.console.navigation import NavItem


class JobsConfig(AppConfig):
    name = "opsplatform.jobs"
    label = "jobs"
    verbose_name = "后台任务"

    def ready(self) -> None:
        """The doorbell hangs, so that rows are announced from every process."""
        import_module("opsplatform.jobs.tasks")
        import_module("opsplatform.jobs.panels")
        navigation.register(
            NavItem("管理", "后台任务", "sync", "admin:jobs_job_changelist", "jobs.view_own", 40),
        )
