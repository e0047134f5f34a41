from forms_builder.services.importing_dictionaries import import_dictionaries
from opsplatform.accounts.commands import ListCommand


class Command(ListCommand):
    help = "导入字典；已登记的不改动，逐条列出不同。"
    noun = "字典"
    service = import_dictionaries
