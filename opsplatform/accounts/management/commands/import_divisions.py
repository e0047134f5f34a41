from opsplatform.accounts.commands import ListCommand
from opsplatform.organizations.services.importing_divisions import import_divisions


class Command(ListCommand):
    help = "导入一个市的区划（市、区、街镇）；已登记的不改动，逐条列出不同。"
    noun = "区划"
    service = import_divisions
