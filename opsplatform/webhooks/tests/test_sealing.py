"""A sealed secret opens with its key, in its row, unaltered; and not otherwise."""

import base64

import pytest

from opsplatform.webhooks.sealing import SealBroken, read_keys, seal, unseal

KEY, NEXT = b"k" * 32, b"n" * 32
SECRET = b"a secret of another system"


def test_what_was_sealed_is_opened_also_after_a_new_key_stands_first() -> None:
    sealed = seal([KEY], SECRET, "row 1")
    assert unseal([KEY], sealed, "row 1") == unseal([NEXT, KEY], sealed, "row 1") == SECRET
    assert unseal([NEXT, KEY], seal([NEXT, KEY], SECRET, "row 1"), "row 1") == SECRET


def test_nothing_of_the_secret_shows_and_no_two_seals_are_alike() -> None:
    first, second = seal([KEY], SECRET, "row 1"), seal([KEY], SECRET, "row 1")
    assert SECRET not in first
    assert first != second


def test_another_key_another_row_and_an_altered_seal_open_nothing() -> None:
    sealed = seal([KEY], SECRET, "row 1")
    with pytest.raises(SealBroken, match="not there"):
        unseal([NEXT], sealed, "row 1")
    with pytest.raises(SealBroken, match="altered or moved"):
        unseal([KEY], sealed, "row 2")
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        with pytest.raises(SealBroken):
            unseal([KEY], bytes(damaged), "row 1")
    with pytest.raises(SealBroken):
        unseal([KEY], sealed[:20], "row 1")


@pytest.mark.parametrize("text", ["", "\n", "密钥", base64.b64encode(b"short").decode(), "*" * 44])
def test_a_file_that_holds_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        read_keys(text)


def test_keys_stand_one_on_a_line() -> None:
    lines = [base64.b64encode(key).decode() for key in (KEY, NEXT)]
    assert read_keys("\n".join(lines) + "\n") == [KEY, NEXT]
