"""What themes register with the rooms below: policy rows, their kind of release subject, which themes there are."""

from opsplatform.catalog import served_themes
from opsplatform.release import subjects
from themes import policies, selectors
from themes.release_kind import ThemeKind

policies.declare_policies()
subjects.register(ThemeKind())
served_themes.register(selectors.names_by_code)
