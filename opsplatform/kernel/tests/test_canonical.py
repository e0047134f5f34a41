"""Canonical JSON (RFC 8785): one spelling per tree, and its digest."""

import hashlib
import json

import pytest
import rfc8785
from hypothesis import given

from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.parsing import parse_json
from opsplatform.kernel.tests.test_parsing import TREES


@given(TREES)
def test_reading_and_writing_again_gives_the_same_bytes(tree: object) -> None:
    content = canonical_bytes(tree)
    assert canonical_bytes(json.loads(content)) == content
    assert canonical_bytes(parse_json(content, max_depth=99)) == content


@pytest.mark.parametrize(
    ("tree", "content"),
    [
        ({"b": 1, "a": 2}, b'{"a":2,"b":1}'),
        (
            {"\u20ac": 1, "\r": 2, "\U0001f600": 3, "\ufb33": 4},  # by UTF-16 code units
            '{"\\r":2,"\u20ac":1,"\U0001f600":3,"\ufb33":4}'.encode(),
        ),
        ([333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], b"[333333333.3333333,1e+30,4.5,0.002,1e-27]"),
        ([1.0, -0.0, 0], b"[1,0,0]"),
        ('\u20ac$\u000f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()),
        (["中文", None, True, False], '["中文",null,true,false]'.encode()),
    ],
)
def test_the_examples_of_the_standard_are_spelled_as_it_says(tree: object, content: bytes) -> None:
    assert canonical_bytes(tree) == content


def test_the_digest_is_sha_256_in_hexadecimal() -> None:
    assert digest_of(b"{}") == hashlib.sha256(b"{}").hexdigest() == digest_of(canonical_bytes({}))


def test_what_json_cannot_hold_has_no_spelling() -> None:
    for tree in (float("nan"), float("inf"), 2**53, "\ud800", {1: 1}):
        with pytest.raises(rfc8785.CanonicalizationError):
            canonical_bytes(tree)
