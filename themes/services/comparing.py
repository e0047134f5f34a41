"""Two frozen versions of a theme compared for those who decide, as of today, in the registers' words."""

from opsplatform.kernel import clock
from themes import selectors
from themes.guidance.differences.changes import Comparison
from themes.packages.for_citizens import compare_for_citizens
from themes.packages.structure import FrozenTheme


def tell_citizens_difference(before: FrozenTheme, after: FrozenTheme) -> Comparison:
    """Who gains and who loses what from today on."""
    return compare_for_citizens(before, after, clock.today(), libraries=selectors.library_names())
