"""Our signatures against an independent implementation of Standard Webhooks, in both directions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from opsplatform.webhooks import signing
from opsplatform.webhooks.signing import ID, SIGNATURE, TIMESTAMP, NotAuthentic, signed_headers, verify

SECRET, OTHER = b"s" * 32, b"o" * 32
BODY = '{"type":"release.begun","code":"餐饮"}'
MESSAGE = "0f1e2d3c-0000-4000-8000-000000000001"


def now() -> datetime:
    return datetime.now(UTC)


def theirs(secret: bytes) -> Webhook:
    return Webhook(signing.spelled(secret))


@given(st.binary(min_size=24, max_size=64), st.text(), st.uuids())
def test_what_we_sign_the_independent_library_verifies(secret: bytes, text: str, message_id: object) -> None:
    body = text.encode("utf-8", "replace")
    headers = signed_headers([secret], str(message_id), now(), body)
    theirs(secret).verify(body, headers, json_parse=False)


@given(st.binary(min_size=24, max_size=64), st.text(st.characters(codec="utf-8")), st.uuids())
def test_what_the_independent_library_signs_we_verify(secret: bytes, text: str, message_id: object) -> None:
    moment = now()
    signature = theirs(secret).sign(str(message_id), moment, text)
    headers = {"Webhook-Id": str(message_id), "Webhook-Timestamp": str(int(moment.timestamp())), SIGNATURE: signature}
    assert verify([secret], headers, text.encode(), moment) == str(message_id)


def test_the_published_example_of_the_specification_has_its_published_signature() -> None:
    """From the test vectors of the reference libraries."""
    secret = signing.read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    moment = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", moment, b'{"test": 2432232314}')
    assert headers[SIGNATURE] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_one_secret_replaces_another_either_verifies_and_no_third() -> None:
    body = BODY.encode()
    headers = signed_headers([SECRET, OTHER], MESSAGE, now(), body)
    theirs(SECRET).verify(body, headers)
    theirs(OTHER).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        theirs(b"t" * 32).verify(body, headers)
    assert verify([b"t" * 32, OTHER], headers, body, now()) == MESSAGE


def altered() -> dict[str, tuple[dict[str, str], bytes]]:
    good = signed_headers([SECRET], MESSAGE, now(), BODY.encode())
    stale = signed_headers([SECRET], MESSAGE, now() - timedelta(minutes=6), BODY.encode())
    early = signed_headers([SECRET], MESSAGE, now() + timedelta(minutes=6), BODY.encode())
    return {
        "the body": (good, BODY.encode() + b" "),
        "the id": ({**good, ID: MESSAGE[:-1] + "2"}, BODY.encode()),
        "the time": ({**good, TIMESTAMP: str(int(good[TIMESTAMP]) + 1)}, BODY.encode()),
        "another secret": (signed_headers([OTHER], MESSAGE, now(), BODY.encode()), BODY.encode()),
        "an old message": (stale, BODY.encode()),
        "a message from the future": (early, BODY.encode()),
        "no signature": ({**good, SIGNATURE: ""}, BODY.encode()),
        "another scheme": ({**good, SIGNATURE: good[SIGNATURE].replace("v1,", "v1a,")}, BODY.encode()),
        "no id": ({key: value for key, value in good.items() if key != ID}, BODY.encode()),
        "no time": ({**good, TIMESTAMP: "now"}, BODY.encode()),
        "letters of another alphabet": ({**good, SIGNATURE: "签名"}, BODY.encode()),
    }


@pytest.mark.parametrize("what", altered())
def test_whatever_was_altered_neither_we_nor_they_take_it(what: str) -> None:
    headers, body = altered()[what]
    with pytest.raises(NotAuthentic):
        verify([SECRET], headers, body, now())
    with pytest.raises((WebhookVerificationError, ValueError)):
        theirs(SECRET).verify(body, headers)


def test_the_saboteur_that_leaves_the_time_unsigned_is_refused_by_the_independent_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign = signing._signature
    monkeypatch.setattr(signing, "_signature", lambda secret, mid, at, body: sign(secret, mid, "0", body))
    headers = signed_headers([SECRET], MESSAGE, now(), BODY.encode())
    with pytest.raises(WebhookVerificationError):
        theirs(SECRET).verify(BODY, headers)


def test_a_secret_is_spelled_and_read() -> None:
    secret = signing.new_secret()
    assert signing.spelled(secret).startswith("whsec_")
    assert signing.read_secret(signing.spelled(secret)) == secret != signing.new_secret()
    with pytest.raises(ValueError, match="spelled"):
        signing.read_secret("whsec_密钥")
