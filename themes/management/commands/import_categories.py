from opsplatform.accounts.commands import ListCommand
from themes.services.importing_categories import import_categories


class Command(ListCommand):
    help = "导入场景分类（文件中的字典 theme_category）；已登记的不改动，逐条列出不同。"
    noun = "场景分类"
    service = import_categories
