from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import Report, ReportCommand
from opsplatform.accounts.services.founding import found_installation


class Command(ReportCommand):
    help = "在空的系统里建立市级区划与三员账号；首次口令只显示这一次，登录后须修改。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the city's code and name."""
        super().add_arguments(parser)
        parser.add_argument("--city-code", required=True, help="市级区划代码，例如 310000")
        parser.add_argument("--city-name", required=True, help="市名，例如 上海市")

    def perform(self, *, city_code: str, city_name: str, **options: Any) -> Report:
        """The city and the three administrators; refused once any account exists."""
        passwords = found_installation(city_code=city_code, city_name=city_name)
        lines = [f"  {username:<12}{password}" for username, password in passwords.items()]
        return passwords, "\n".join(["已建立三员账号，首次口令如下，系统只留有其散列值：", *lines])
