from django.apps import AppConfig


class FormsBuilderConfig(AppConfig):
    name = "forms_builder"
    label = "forms_builder"
    verbose_name = "表单与字典"
