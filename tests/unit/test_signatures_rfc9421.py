"""RFC 9421 with rsa-v1_5-sha256 and ed25519: what is taken, what is refused and how."""

from dataclasses import replace

import pytest

from federation.errors import Malformed, Unverified
from federation.keys import PrivateKey, generate_rsa_key
from federation.signatures import Claim, Scheme, SignedMessage, read, verify
from tests.unit.signed_requests import (
    ED25519,
    HOSTS,
    KEY_ID,
    NOW,
    RFC_GET,
    RFC_POST,
    RSA,
    changed,
    draft,
    request,
    rfc9421,
)

CREATED = int(NOW.timestamp())


def claim_of(message: SignedMessage) -> Claim:
    return read(message, now=NOW, hosts=HOSTS)


def accepted(message: SignedMessage, key: PrivateKey = RSA) -> Claim:
    claim = claim_of(message)
    verify(claim, key.public)
    return claim


def with_parameters(text: str) -> SignedMessage:
    return rfc9421(parameters=f'{text};created={CREATED};keyid="{KEY_ID}"')


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
def test_a_signed_post_names_its_key(key: PrivateKey) -> None:
    claim = accepted(rfc9421(key=key), key)
    assert (claim.scheme, claim.key_id, claim.covered) == (Scheme.RFC9421, KEY_ID, RFC_POST)


def test_a_signed_get_needs_no_digest() -> None:
    accepted(rfc9421(RFC_GET, method="GET", body=None))


def test_what_fedify_covers() -> None:
    covered = ("@method", "@target-uri", "@authority", "host", "date", "content-digest")
    accepted(rfc9421(covered, parameters=f';alg="rsa-v1_5-sha256";keyid="{KEY_ID}";created={CREATED}'))


def test_authority_path_and_query_stand_for_the_target() -> None:
    covered = ("@method", "@authority", "@path", "@query", "content-digest")
    accepted(rfc9421(covered, target="/inbox?a=1"))
    accepted(rfc9421(covered))
    for missing in covered:
        with pytest.raises(Unverified):
            claim_of(rfc9421(tuple(name for name in covered if name != missing)))


@pytest.mark.parametrize(
    "covered",
    [("@method", "content-digest"), ("@target-uri", "content-digest"), ("@method", "@target-uri"), ("content-digest",)],
)
def test_a_signature_over_too_little_is_refused(covered: tuple[str, ...]) -> None:
    with pytest.raises(Unverified) as refused:
        claim_of(rfc9421(covered))
    assert refused.value.reason == "sig.covered"


def test_a_part_of_the_digest_is_not_the_digest() -> None:
    message = rfc9421()
    sent = message.single("signature-input") or ""
    with pytest.raises(Unverified):
        claim_of(changed(message, signature_input=sent.replace('"content-digest"', '"content-digest";key="sha-256"')))


def test_created_is_needed() -> None:
    with pytest.raises(Unverified) as refused:
        claim_of(rfc9421(parameters=f';keyid="{KEY_ID}"'))
    assert refused.value.reason == "sig.time"


def test_expires_is_respected() -> None:
    accepted(with_parameters(f";expires={CREATED + 1}"))
    with pytest.raises(Unverified, match="expired"):
        claim_of(with_parameters(f";expires={CREATED}"))


@pytest.mark.parametrize("parameters", [';tag="activitypub"', ';nonce="n-1"', ';alg="rsa-v1_5-sha256"'])
def test_known_parameters_pass_in_any_order(parameters: str) -> None:
    accepted(with_parameters(parameters))


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "rsa-pss-sha512", "ecdsa-p256-sha256", "none", ""])
def test_unknown_algorithms_are_refused(algorithm: str) -> None:
    with pytest.raises(Unverified) as refused:
        claim_of(with_parameters(f';alg="{algorithm}"'))
    assert refused.value.reason == "sig.algorithm"


def test_a_key_of_another_type_than_named_is_refused() -> None:
    claim = claim_of(rfc9421(key=ED25519, parameters=f';created={CREATED};keyid="{KEY_ID}";alg="rsa-v1_5-sha256"'))
    with pytest.raises(Unverified):
        verify(claim, ED25519.public)


@pytest.mark.parametrize(
    "parameters",
    [
        ';context="x"',
        ";created=1",
        ';keyid="https://evil.test/#key"',
        ';created="now"',
        ";created",
        ";expires=1.5",
        ";nonce=1",
        ";tag=token",
        ";alg=rsa-v1_5-sha256",
        ";Created=1",
    ],
)
def test_unknown_doubled_and_mistyped_parameters_are_malformed(parameters: str) -> None:
    accepted(with_parameters(""))
    with pytest.raises(Malformed):
        claim_of(with_parameters(parameters))


def test_created_is_a_number_not_a_flag() -> None:
    with pytest.raises(Malformed):
        claim_of(rfc9421(parameters=f';created;keyid="{KEY_ID}"'))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "sig1",
        "sig1=:AAAA:",
        'sig1="text"',
        f'sig1=();created={CREATED};keyid="{KEY_ID}"',
        f'sig1=("@method" "@method" "@target-uri" "content-digest");created={CREATED};keyid="{KEY_ID}"',
        f'sig1=("@method" "@target-uri" "Content-Digest");created={CREATED};keyid="{KEY_ID}"',
        f'sig1=("@method" "@target-uri" content-digest);created={CREATED};keyid="{KEY_ID}"',
        f'sig1=("@method" "@target-uri" "");created={CREATED};keyid="{KEY_ID}"',
        f'sig1=("@method" "@target-uri" "content-digest;created={CREATED};keyid="{KEY_ID}"',
        f'sig1=("@method" "@target-uri" "content-digest");created={CREATED}',
        f'sig1=("@method" "@target-uri" "content-digest");created={CREATED};keyid="amina"',
        f'sig2=("@method" "@target-uri" "content-digest");created={CREATED};keyid="{KEY_ID}"',
        f'sig1=("@method" "@target-uri" "content-digest");keyid="{"x" * 9000}"',
    ],
)
def test_inputs_with_two_readings_are_malformed(value: str) -> None:
    with pytest.raises(Malformed):
        claim_of(changed(rfc9421(), signature_input=value))


@pytest.mark.parametrize("signature", [None, "", "sig1", "sig1=AAAA", 'sig1="AAAA"', "sig1=:*:", "sig1=:AAAA:;x=1"])
def test_signatures_that_cannot_be_read_are_malformed(signature: str | None) -> None:
    with pytest.raises(Malformed):
        claim_of(changed(rfc9421(), signature=signature))


def test_several_signatures_are_malformed() -> None:
    message = rfc9421()
    both = {name: message.single(name) or "" for name in ("signature", "signature-input")}
    doubled = {name: f"{value}, {value.replace('sig1', 'sig2', 1)}" for name, value in both.items()}
    with pytest.raises(Malformed):
        claim_of(changed(message, signature=doubled["signature"], signature_input=doubled["signature-input"]))
    for name, value in both.items():
        with pytest.raises(Malformed):
            claim_of(request([*message.headers, (name, value.replace("sig1", "sig2", 1))]))
        with pytest.raises(Malformed):
            claim_of(changed(message, **{name.replace("-", "_"): f"{value}, {value}"}))


def test_a_draft_signature_beside_it_is_malformed() -> None:
    message, second = rfc9421(), draft().single("signature") or ""
    with pytest.raises(Malformed):
        claim_of(changed(message, authorization=f"Signature {second}"))
    with pytest.raises(Malformed):
        claim_of(request([*message.headers, ("signature", second)]))
    with pytest.raises(Malformed):
        claim_of(changed(message, signature=second))


def test_acct_ids_name_no_key() -> None:
    with pytest.raises(Unverified):
        claim_of(rfc9421(parameters=f';created={CREATED};keyid="acct:amina@peer.test"'))


@pytest.mark.parametrize("component", ["x-absent", "@status", "@unknown"])
def test_a_component_that_is_not_there_is_refused(component: str) -> None:
    message = rfc9421()
    sent = message.single("signature-input") or ""
    claim = claim_of(changed(message, signature_input=sent.replace('"@method"', f'"@method" "{component}"')))
    with pytest.raises(Unverified):
        verify(claim, RSA.public)


def test_the_target_is_that_of_our_origin_not_of_the_host_header() -> None:
    message = changed(rfc9421(), host="node.test:443")
    accepted(message)
    with pytest.raises(Unverified):
        accepted(replace(message, origin="https://other.test"))


def test_another_key_is_refused() -> None:
    claim = claim_of(rfc9421())
    for key in (ED25519.public, generate_rsa_key().public):
        with pytest.raises(Unverified):
            verify(claim, key)


def test_the_key_that_verified_must_be_the_one_that_was_claimed() -> None:
    claim = claim_of(rfc9421())
    for other in (
        replace(claim, sent_key_id="https://peer.test/users/zoe#main-key"),
        replace(claim, covered=(*claim.covered, "date")),
    ):
        with pytest.raises(Unverified) as refused:
            verify(other, RSA.public)
        assert refused.value.reason == "sig.readers"
