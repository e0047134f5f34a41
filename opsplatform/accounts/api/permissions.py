"""The door of every route: nobody passes unless the route's statement and the policy table say so."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from opsplatform.accounts import policy
from opsplatform.accounts.api.authentication import REALM, Bearer
from opsplatform.accounts.models import User
from opsplatform.api.operations import Operation
from opsplatform.kernel.errors import Forbidden


class InsufficientScope(Forbidden):
    """The token is good and does not carry the scope of the route."""

    code = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"令牌缺少 scope {scope}。", scope=scope)
        self.headers = {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope}"'}


class PasswordDue(Forbidden):
    """The password is still the one somebody else set."""

    code = "password_due"
    sentence = "首次登录或密码被重置后，请先在控制台设置自己的密码，再使用接口。"


def holds_somewhere(actor: User, action: str) -> bool:
    """Whether a role of the actor carries the action in any relation, or single objects can be granted for it."""
    return actor.may_somewhere(action) or policy.row_for(action).grant is not None


class RightsAsStated(BasePermission):
    """Passes only callers whom the view's Operation admits; a view without a statement admits nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, or False for strangers (401); raises PasswordDue, InsufficientScope or Forbidden."""
        operation: Operation | None = getattr(view, "operation", None)
        if operation is not None and operation.is_public:
            return True
        if not request.user.is_authenticated:
            return False
        if request.user.must_change_password:
            raise PasswordDue
        if operation is None:
            return not hasattr(view, (request.method or "").lower())  # such a method does not exist here: 405
        _require_way_in(operation, request.auth)
        if not any(holds_somewhere(request.user, action) for action in operation.actions):
            raise Forbidden(f"您没有“{policy.row_for(operation.actions[0]).sentence}”的权限。")
        return True


def _require_way_in(operation: Operation, credentials: Any) -> None:
    if isinstance(credentials, Bearer):
        if operation.scope is None:
            raise Forbidden("这个接口不向系统开放。")
        if operation.scope not in credentials.scopes:
            raise InsufficientScope(operation.scope)
    elif not operation.for_people:
        raise Forbidden("这个接口只向系统开放，请使用访问令牌。")
