"""Routes of export and import."""

from django.urls import path, register_converter

from opsplatform.register_files.pages import ConfirmImport, Export, Import


class FileFormat:
    """The ending of an exported file."""

    regex = "xlsx|csv"

    def to_python(self, value: str) -> str:
        """As it is written."""
        return value

    def to_url(self, value: str) -> str:
        """As it is written."""
        return value


register_converter(FileFormat, "file_format")

urlpatterns = [
    path("registers/<slug:name>/export/<file_format:file_format>/", Export.as_view(), name="register-export"),
    path("registers/<slug:name>/import/", Import.as_view(), name="register-import"),
    path("registers/<slug:name>/import/<int:pk>/", ConfirmImport.as_view(), name="register-import-confirm"),
]
