"""What Django says about passwords and taken names is said in Chinese."""

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import UserFactory


def is_chinese(sentence: str) -> bool:
    return not any(letter.isascii() and letter.isalpha() for letter in sentence)


def test_refusals_of_a_weak_password_are_chinese() -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_password("12345678")
    assert "密码太短，至少要有 10 个字符。" in refusal.value.messages
    assert all(is_chinese(sentence) for sentence in [*refusal.value.messages, *password_validators_help_texts()])


@pytest.mark.django_db
def test_a_taken_account_name_is_refused_in_plain_chinese() -> None:
    UserFactory(username="taken")
    with pytest.raises(ValidationError) as refusal:
        User(username="taken").validate_unique()
    assert refusal.value.messages == ["已有相同的账号，请换一个。"]
