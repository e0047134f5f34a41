"""Prints one table. Works on the database named by DATABASE_NAME, which `make bench` seeds when it is empty."""

import os

import django


def main() -> None:
    """The table is printed, each row as it is measured."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    django.setup()
    from benchmarks import evaluating, reading, writing  # noqa: PLC0415 (models exist only after setup)
    from themes.models import Theme  # noqa: PLC0415

    theme = Theme.objects.select_related("subject__current_version", "lead_department").order_by("subject__code")[0]
    version = theme.subject.current_version
    assert version is not None, "the theme has no version: the database is not seeded"
    print(f"{'what':<48}{'median':>10}  {'against':<22}verdict")
    for source in (evaluating.rows(version, "310101"), writing.rows(theme), reading.rows(theme.code)):
        for row in source:
            print(f"{row.what:<48}{row.figure:>10}  {row.against:<22}{row.verdict}", flush=True)


if __name__ == "__main__":
    main()
