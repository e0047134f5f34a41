from django.apps import AppConfig

from themes import policies


class ThemesConfig(AppConfig):
    name = "themes"
    label = "themes"
    verbose_name = "一件事主题"

    def ready(self) -> None:
        """Declares the policy rows of themes and registers them with the release engine."""
        from opsplatform.release import subjects
        from themes.release_kind import ThemeKind

        policies.declare_policies()
        subjects.register(ThemeKind())
