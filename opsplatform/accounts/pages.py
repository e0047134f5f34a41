"""Pages of accounts: login and logout, one's own account, and the accounts of others."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from opsplatform.accounts import selectors
from opsplatform.accounts.forms import AccountForm, GrantForm, LoginForm, PasswordForm, ProfileForm
from opsplatform.accounts.models import Role, User
from opsplatform.accounts.services import memberships, passwords, users
from opsplatform.accounts.sessions import ADDRESS, AGENT, BEGAN
from opsplatform.console.pages import SIGNED_IN, ConsolePage, Crumb, Tab, whole_number
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid
from opsplatform.kernel.request_context import through

_USERS = "admin:accounts_user_changelist"


class Login(LoginView):
    """The one way in. django-axes counts failures and closes it for a while."""

    form_class = LoginForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """The session begins, carries where it began, and the trail says so."""
        response = super().form_valid(form)
        address = self.request.META.get("REMOTE_ADDR", "")
        self.request.session[ADDRESS] = address
        self.request.session[AGENT] = self.request.headers.get("User-Agent", "")[:300]
        self.request.session[BEGAN] = clock.now().isoformat()
        with through("page"):
            passwords.record_login(actor=form.get_user(), address=address)
        return response


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """What django-axes answers after too many failures; whoever guesses at the password of a session loses it."""
    logout(request)
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"form": LoginForm(request), "locked_minutes": minutes}
    return render(request, "accounts/login.html", context, status=429)


@never_cache
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """The session has ended."""
    if isinstance(request.user, User):
        with through("page"):
            passwords.record_logout(actor=request.user)
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


class OwnPage(ConsolePage):
    """One of the pages about one's own account."""

    action = SIGNED_IN

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        return (Crumb("我的账号"), Crumb(self.title))

    def tabs(self) -> tuple[Tab, ...]:
        return tuple(
            Tab(title, reverse(name), is_active=self.request.path == reverse(name))
            for title, name in (("资料", "account"), ("修改密码", "account-password"), ("登录设备", "account-sessions"))
        )


class Profile(OwnPage):
    writes = User
    title = "资料"
    template_name = "accounts/profile.html"

    def context(self) -> dict[str, Any]:
        user = self.actor
        data = self.request.POST or None
        form = ProfileForm(data, instance=User.objects.get(pk=user.pk), initial={"revision": user.revision})
        return {"form": form, "memberships": user.held_memberships}

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(request.POST, instance=User.objects.get(pk=self.actor.pk))
        if not form.is_valid():
            return self.page(status=422, form=form)
        values = form.cleaned_data
        revision = values.pop("revision")
        users.correct_own_profile(actor=self.actor, values=values, expected_revision=revision)
        return self.done("已保存。", "account")


class Password(OwnPage):
    title = "修改密码"
    template_name = "accounts/password.html"
    is_open_while_password_due = True

    def context(self) -> dict[str, Any]:
        return {"form": PasswordForm()}

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PasswordForm(request.POST)
        if not form.is_valid():
            return self.page(status=422, form=form)
        # Asked of the back ends first, so that a wrong one counts as a failed login does.
        if authenticate(request, username=self.actor.username, password=form.cleaned_data["old"]) is None:
            form.add_error("old", passwords.WRONG_PASSWORD.sentence)
            return self.page(status=422, form=form)
        try:
            user = passwords.change_own_password(
                actor=self.actor,
                old=form.cleaned_data["old"],
                new=form.cleaned_data["new"],
                current_session=str(request.session.session_key),
            )
        except Invalid as refusal:
            for problem in refusal.problems:
                form.add_error(problem.pointer.strip("/"), problem.sentence)
            return self.page(status=422, form=form)
        update_session_auth_hash(request, user)
        return self.done("密码已修改，其他设备上的登录已结束。", "account")


class Sessions(OwnPage):
    title = "登录设备"
    template_name = "accounts/sessions.html"

    def context(self) -> dict[str, Any]:
        current = self.request.session.session_key
        return {
            "sessions": [
                {
                    "row": row,
                    "browser": selectors.browser_in_words(row.agent),
                    "handle": selectors.session_handle(row),
                    "is_current": row.session_key == current,
                }
                for row in selectors.list_sessions(self.actor)
            ]
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("do") == "end":
            passwords.end_session(actor=self.actor, handle=request.POST.get("handle", ""))
            return self.done("这一登录已结束。", "account-sessions")
        count = passwords.end_other_sessions(actor=self.actor, current_session=str(request.session.session_key))
        return self.done(f"已结束其他 {count} 处登录。", "account-sessions")


class NewAccount(ConsolePage):
    action = "accounts.edit_users"
    title = "新增用户"
    template_name = "accounts/new_account.html"
    nav = _USERS

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        return (Crumb("用户", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        return {"form": self._form()}

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form()
        if not form.is_valid():
            return self.page(status=422, form=form)
        values = {name: form.cleaned_data[name] for name in users.FIELDS}
        user, password = users.open_account(actor=self.actor, values=values)
        return self.page(opened=user, password=password)

    def _form(self) -> AccountForm:
        divisions = self.actor.divisions_where("accounts.edit_users")
        return AccountForm(self.request.POST or None, divisions=divisions)


@method_decorator(never_cache, name="dispatch")
class Account(ConsolePage):
    """An account as its administrators see it: the system's for the account, the security's for its roles."""

    action = "accounts.view_users"
    writes = User
    template_name = "accounts/account.html"
    nav = _USERS

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self._user())

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        return (Crumb("用户", self.nav_url), Crumb(self.title))

    def context(self) -> dict[str, Any]:
        user, actor = self._user(), self.actor
        may_edit = selectors.may_manage(actor, "accounts.edit_users", user) and user.pk != actor.pk
        may_assign = actor.may_somewhere("accounts.assign_roles") and user.pk != actor.pk
        return {
            "account": user,
            "facts": [
                ("账号", user.username),
                ("类型", user.get_kind_display()),
                ("所属区划", user.division),
                ("电话", user.phone),
                ("邮箱", user.email),
                ("最近登录", user.last_login),
            ],
            "memberships": user.held_memberships,
            "may_edit": may_edit,
            "may_assign": may_assign,
            "may_confirm": user.pk != actor.pk and selectors.may_manage(actor, "accounts.assign_roles", user),
            "form": self._form(user) if may_edit else None,
            "grant_form": self._grant_form(user) if may_assign else None,
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        acts = {
            "correct": self._correct,
            "disable": self._disable,
            "enable": self._enable,
            "reset": self._reset,
            "confirm_reset": self._confirm_reset,
            "grant": self._grant,
            "revoke": self._revoke,
        }
        act = acts.get(request.POST.get("do", ""))
        if act is None:
            raise Invalid("没有这项操作。")
        return act(self.actor, pk, request.POST.get("note", ""))

    def _correct(self, actor: User, pk: int, note: str) -> HttpResponse:
        form = self._form(self._user())
        if not form.is_valid():
            return self.page(status=422, form=form)
        values = form.cleaned_data
        revision = values.pop("revision")
        users.correct_account(actor=actor, user_id=pk, values=values, expected_revision=revision)
        return self.done("已保存。", "user", pk=pk)

    def _disable(self, actor: User, pk: int, note: str) -> HttpResponse:
        users.disable_account(actor=actor, user_id=pk, note=note)
        return self.done("账号已停用，其登录已全部结束。", "user", pk=pk)

    def _enable(self, actor: User, pk: int, note: str) -> HttpResponse:
        users.enable_account(actor=actor, user_id=pk, note=note)
        return self.done("账号已启用。", "user", pk=pk)

    def _reset(self, actor: User, pk: int, note: str) -> HttpResponse:
        # Shown once, on this answer only: it is kept nowhere.
        return self.page(password=users.reset_password(actor=actor, user_id=pk, note=note))

    def _confirm_reset(self, actor: User, pk: int, note: str) -> HttpResponse:
        users.confirm_reset(actor=actor, user_id=pk, note=note)
        return self.done("重置已确认，此账号可以用新的初始密码登录。", "user", pk=pk)

    def _grant(self, actor: User, pk: int, note: str) -> HttpResponse:
        form = self._grant_form(self._user())
        if not form.is_valid():
            return self.page(status=422, grant_form=form)
        memberships.grant_role(actor=actor, user_id=pk, **form.cleaned_data)
        return self.done("角色已授予。", "user", pk=pk)

    def _revoke(self, actor: User, pk: int, note: str) -> HttpResponse:
        membership = whole_number(self.request.POST.get("membership", "")) or 0
        memberships.revoke_role(actor=actor, user_id=pk, membership_id=membership, note=note)
        return self.done("角色已收回。", "user", pk=pk)

    def _user(self) -> User:
        return selectors.get_user(self.actor, self.kwargs["pk"])

    def _form(self, user: User) -> AccountForm:
        data = self.request.POST if self.request.POST.get("do") == "correct" else None
        divisions = self.actor.divisions_where("accounts.edit_users")
        return AccountForm(data, instance=user, divisions=divisions, initial={"revision": user.revision})

    def _grant_form(self, user: User) -> GrantForm:
        data = self.request.POST if self.request.POST.get("do") == "grant" else None
        actor = self.actor
        return GrantForm(
            data,
            roles=Role.objects.filter(is_for_machines=user.kind == User.Kind.MACHINE),
            divisions=actor.divisions_where("accounts.assign_roles"),
            departments=actor.departments_where("accounts.assign_roles").select_related("division"),
        )
