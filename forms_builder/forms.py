"""Forms of the registers of this room: synonyms are typed one a line."""

from forms_builder.models import PublicField
from opsplatform.catalog.forms import LinesField
from opsplatform.console.registers import RegisterForm


class PublicFieldForm(RegisterForm):
    synonyms = LinesField(label="同义词", required=False, help_text="各部门对它的其他叫法，每行一个")

    class Meta:
        model = PublicField
        fields = "__all__"
