"""Forms of the account pages. They read what was typed; services judge it."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.functional import lazystr

from opsplatform.accounts.models import Role, User
from opsplatform.organizations.models import Department, Division


class LoginForm(AuthenticationForm):
    """Account and password; what is wrong is said without saying which of the two."""

    error_messages = {
        "invalid_login": "账号或密码不正确，或账号已停用。",
        "inactive": "账号或密码不正确，或账号已停用。",
        "awaits_confirmation": "密码重置须由安全管理员确认后才能登录。",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = User._meta.get_field("username").max_length
        self.fields["username"].label = "账号"
        self.fields["username"].validators.append(MaxLengthValidator(longest, self.error_messages["invalid_login"]))
        self.fields["password"].label = "密码"

    def confirm_login_allowed(self, user: Any) -> None:
        """Raises ValidationError for accounts of systems, which call with a token, and for resets to be confirmed."""
        super().confirm_login_allowed(user)
        if user.kind != User.Kind.PERSON:
            raise ValidationError(self.error_messages["invalid_login"], code="invalid_login")
        if user.awaits_confirmation:
            raise ValidationError(self.error_messages["awaits_confirmation"], code="awaits_confirmation")


class ProfileForm(forms.ModelForm):
    revision = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("name", "phone", "email")


class PasswordForm(forms.Form):
    old = forms.CharField(
        label="原密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label="新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=lazystr(password_validators_help_text_html()),
    )
    again = forms.CharField(
        label="再次输入新密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_again(self) -> str:
        """The second entry, if it is the first."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new"):
            raise forms.ValidationError("两次输入的新密码不一致。")
        return again


class AccountForm(forms.ModelForm):
    """An account's particulars; `divisions` are those the actor may open accounts in."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = User
        fields = ("username", "name", "kind", "division", "phone", "email")
        help_texts = {"username": "字母、数字和 @/./+/-/_，登录时使用，以后不能更改。"}

    def __init__(self, *args: Any, divisions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"] = forms.ModelChoiceField(label="所属区划", queryset=divisions, empty_label="请选择")
        if self.instance.pk:
            del self.fields["username"], self.fields["kind"]


class GrantForm(forms.Form):
    """A role to grant: which, where, why."""

    role = forms.ModelChoiceField(label="角色", queryset=Role.objects.none(), empty_label="请选择")
    division = forms.ModelChoiceField(label="区划", queryset=Division.objects.none(), empty_label="请选择")
    department = forms.ModelChoiceField(
        label="部门",
        queryset=Department.objects.none(),
        required=False,
        empty_label="不限部门",
        help_text="牵头、配合部门的角色须选部门。",
    )
    note = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, roles: Any, divisions: Any, departments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["role"].queryset = roles
        fields["division"].queryset = divisions
        fields["department"].queryset = departments
