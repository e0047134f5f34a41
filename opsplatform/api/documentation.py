"""The OpenAPI document and its browser. Public: they hold no one's rows."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from opsplatform.api.operations import Operation
from opsplatform.api.views import ApiView


class SchemaView(ApiView, SpectacularAPIView):
    """GET: the OpenAPI document, YAML or JSON by Accept."""

    operations = {"get": Operation("read_schema", "OpenAPI 3.1 描述", is_public=True)}
    schema = None


class DocsView(ApiView, SpectacularSwaggerView):
    """GET: Swagger UI with everything it needs from this server."""

    operations = {"get": Operation("browse_schema", "接口文档页面", is_public=True)}
    schema = None
    url_name = "api-schema"
