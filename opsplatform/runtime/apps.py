from importlib import import_module

from celery.signals import beat_init, worker_init
from django.apps import AppConfig

from opsplatform.runtime.starting import refuse_unfit_start


class RuntimeConfig(AppConfig):
    name = "opsplatform.runtime"
    label = "runtime"
    verbose_name = "运行环境"

    def ready(self) -> None:
        """Worker and beat ask whether they may start, and say which job they are at."""
        import_module("opsplatform.celery")  # whoever rings the doorbell does so through this application
        import_module("opsplatform.runtime.work_log")
        for starts in (worker_init, beat_init):
            starts.connect(_refuse_unfit_start, weak=False)


def _refuse_unfit_start(**kwargs: object) -> None:
    refuse_unfit_start()
