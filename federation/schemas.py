"""The JSON Schemas of what arrives, loaded once, and one question to them: is this document of that kind?

jsonschema-rs answers where it is installed, two hundred times as fast as jsonschema, which is the reference: a test
holds both to the same verdict. Neither may fetch a `$ref`. Schemas say what we need; unknown properties pass.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, NamedTuple, NoReturn, TypeAlias, get_args

from federation.errors import Malformed

Kind: TypeAlias = Literal[
    "activity", "actor", "post", "tombstone", "collection", "webfinger", "nodeinfo", "nodeinfo-links"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Fault(NamedTuple):
    """The first place where a document is not what its schema says."""

    path: Sequence[str | int]
    keyword: str
    expected: Any

    def __str__(self) -> str:
        """`$.object[0]: required ["id"]`: names of ours and places, never a value of the document."""
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"${place[:200]}: {self.keyword} {json.dumps(self.expected)}"


Validator: TypeAlias = Callable[[Any], Fault | None]


def check(kind: Kind, document: Any) -> None:
    """Raises `Malformed` (`schema.KIND`), its message naming the place and what was expected there."""
    fault = _validator(kind)(document)
    if fault is not None:
        raise Malformed(f"schema.{kind}", str(fault))


def load(kind: Kind) -> dict[str, Any]:
    """The schema as it stands in `schemas/`."""
    text = resources.files("schemas").joinpath(f"{kind}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def reference_validator(schema: dict[str, Any]) -> Validator:
    """By jsonschema: some 1,000 documents a second."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # 0.1 s, for where the fast one is not
    from referencing import Registry  # noqa: PLC0415  # as above

    validator = Draft202012Validator(schema, registry=Registry())

    def first_fault(document: Any) -> Fault | None:
        error = next(validator.iter_errors(document), None)
        if error is None:
            return None
        return _fault(document, list(error.absolute_path), str(error.validator), error.validator_value)

    return first_fault


def fast_validator(schema: dict[str, Any]) -> Validator:
    """By jsonschema-rs. Raises `ImportError` where it is not installed."""
    from jsonschema_rs import Draft202012Validator, ValidationError  # noqa: PLC0415  # an extra

    validator = Draft202012Validator(schema, retriever=_refuse)

    def first_fault(document: Any) -> Fault | None:
        try:
            validator.validate(document)
        except ValidationError as error:
            keyword, expected = str(error.schema_path[-1]), _within(schema, error.schema_path)
            return _fault(document, error.instance_path, keyword, expected)
        return None

    return first_fault


@cache
def _validator(kind: Kind) -> Validator:
    try:
        return fast_validator(load(kind))
    except ImportError:
        return reference_validator(load(kind))


def _fault(document: Any, path: Sequence[str | int], keyword: str, expected: Any) -> Fault:
    if keyword == "required":
        present = _within(document, path)
        expected = [name for name in expected if name not in present]
    return Fault(path, keyword, expected)


def _within(schema: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        schema = schema[step]
    return schema


def _refuse(uri: str) -> NoReturn:
    raise LookupError(f"a schema refers to {uri}, which is not part of it")
