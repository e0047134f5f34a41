"""The bytes of a package are its canonical JSON, however they are put together."""

from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.documents import write
from themes.packages.compilation import package_bytes
from themes.packages.tests.dossiers import THEMES, opened


def test_a_package_put_together_from_sections_is_the_canonical_json_of_the_whole() -> None:
    for name in THEMES:
        package = opened(name).package
        assert package_bytes(package) == canonical_bytes(write(package))
