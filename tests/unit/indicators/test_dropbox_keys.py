"""What counts as a public key, and what is said of what does not."""

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.dropbox.keys import KINDS, read_public_key


def line_of(kind: str, **options: int) -> str:
    pair = asyncssh.generate_private_key(kind, comment="sam@example", **options)
    return str(pair.export_public_key().decode())


@pytest.mark.parametrize("kind", KINDS)
def test_a_strong_key_is_read_without_its_comment(kind: str) -> None:
    line = line_of(kind, **({"key_size": 3072} if kind == "ssh-rsa" else {}))
    key = read_public_key(f"\n  {line}\n")
    assert key.fingerprint == asyncssh.import_public_key(line).get_fingerprint()
    assert asyncssh.import_public_key(key.line) == asyncssh.import_public_key(line)
    assert "sam" not in key.line


def test_a_short_rsa_key_is_refused() -> None:
    with pytest.raises(RuleBroken, match="has 2048 bits, and needs 3072"):
        read_public_key(line_of("ssh-rsa", key_size=2048))


def test_a_private_key_is_refused_and_not_repeated() -> None:
    secret = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with pytest.raises(RuleBroken, match="This is a private key") as refused:
        read_public_key(secret)
    assert secret.splitlines()[1] not in refused.value.message


@pytest.mark.parametrize(
    "text", ["", "ssh-dss AAAA", "ssh-ed25519", "ssh-ed25519 AAAA", "x", "ssh-rsa !"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken, match="pub"):
        read_public_key(text)


def test_two_keys_are_not_one() -> None:
    with pytest.raises(RuleBroken):
        read_public_key(line_of("ssh-ed25519") + line_of("ssh-ed25519"))


@given(st.text(max_size=80), st.sampled_from(KINDS))
def test_nonsense_is_refused_and_never_fails(text: str, kind: str) -> None:
    for given_text in (text, f"{kind} {text}"):
        with pytest.raises(RuleBroken):
            read_public_key(given_text)
