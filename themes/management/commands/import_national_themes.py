from opsplatform.accounts.commands import ListCommand
from themes.services.national_themes import import_national_themes


class Command(ListCommand):
    help = "导入全国“一件事”清单；已登记的不改动，逐条列出不同。"
    noun = "全国清单事项"
    service = import_national_themes
