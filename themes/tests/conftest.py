"""What every test of themes can rely on."""

from collections.abc import Iterator

import pytest

from themes.packages import draft, evaluation, for_citizens

_KEPT = (draft._opened, evaluation.open_package, for_citizens._comparison)


@pytest.fixture(autouse=True)
def _nothing_broken_is_kept(request: pytest.FixtureRequest) -> Iterator[None]:
    """What was compiled or compared while a test had something broken is no later test's: it is kept by content."""
    yield
    if "monkeypatch" in request.fixturenames:
        for kept in _KEPT:
            kept.cache_clear()
