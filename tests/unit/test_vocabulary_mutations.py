"""Documents that were damaged in every way: parsers answer or refuse, and both validators agree."""

import contextlib
import json
import os

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from federation import schemas
from federation.errors import FederationError
from federation.vocabulary import (
    Activity,
    ActorDocument,
    CollectionPage,
    Envelope,
    PostDocument,
    Reference,
    TombstoneDocument,
    parse_activity,
    parse_actor,
    parse_collection,
    parse_document,
    parse_object,
    read_envelope,
)
from tests.mutations import damaged
from tests.payloads import CAPTURES, documents

DOCUMENTS = documents(CAPTURES)
EXAMPLES = 5_000 if os.environ.get("ORDITO_TEST_LONG") else 400
PARSERS = [parse_object, parse_activity, parse_actor, parse_collection]
VALUES = (Activity, ActorDocument, CollectionPage, PostDocument, Reference, TombstoneDocument)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(DOCUMENTS))
def test_a_damaged_document_is_read_or_refused(document):
    for parse in PARSERS:
        with contextlib.suppress(FederationError):
            assert isinstance(parse(parse_document(json.dumps(document).encode())), VALUES)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(DOCUMENTS))
def test_the_door_lets_in_all_that_a_handler_can_read(document):
    try:
        activity = parse_activity(document)
    except FederationError:
        return
    assert read_envelope(document) == Envelope(activity.id, activity.type, activity.actor)


@settings(max_examples=EXAMPLES // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(DOCUMENTS), st.sampled_from(schemas.KINDS))
def test_both_validators_agree_on_damaged_documents(document, kind):
    pytest.importorskip("jsonschema_rs", reason="jsonschema-rs is missing: pip install 'ordito[speed]'")
    schema = schemas.load(kind)
    fast, reference = schemas.fast_validator(schema)(document), schemas.reference_validator(schema)(document)
    assert (fast is None) == (reference is None)
