"""What themes register with the rooms below: policy rows and their kind of release subject."""

from opsplatform.release import subjects
from themes import policies
from themes.release_kind import ThemeKind

policies.declare_policies()
subjects.register(ThemeKind())
