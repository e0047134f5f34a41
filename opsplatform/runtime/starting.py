"""Whether a process that serves (web server, worker, beat) may start."""

import sys

from django.core.checks import CheckMessage, run_checks

from opsplatform.runtime.production import TAG

BOOT_ERROR = 3  # the exit code that tells gunicorn's master not to try again


def refuse_unfit_start() -> None:
    """The process goes on only if every system check and, in production, every rule holds; else it ends and says why.

    `manage.py` runs these checks before its commands; gunicorn and Celery do not, so a page or route without a row of
    the policy table would be served if this were missing.
    """
    _refuse("系统检查没有通过，拒绝启动：", run_checks())
    _refuse("正式环境的配置不安全，拒绝启动：", run_checks(tags=[TAG], include_deployment_checks=True))


def _refuse(sentence: str, messages: list[CheckMessage]) -> None:
    serious = [message for message in messages if message.is_serious()]
    if serious:
        print(sentence, file=sys.stderr)
        for message in serious:
            print(f"  {message.id}：{message.msg}", file=sys.stderr)
        sys.exit(BOOT_ERROR)
