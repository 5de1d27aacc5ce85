"""Holds requests against Discord's own description of its API.

The description is a preview, and its README says how to read it: ``anyOf`` and ``oneOf`` both mean
a union, integers may come as strings, snowflakes as either. Where it and the documentation differ
the documentation is right: ``content`` takes 2,000 characters, not the 4,000 of the description.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bot.sandbox.discord_server import DiscordServer, Request
from bot.sandbox.discord_server.rest.call import decoded

DESCRIPTION = Path(__file__).with_name("requests.json")
URI = "discord:requests"
CONTENT_LIMIT = 2000
# In the documentation (topics/oauth2) but not in the description.
UNDESCRIBED = {("POST", "/oauth2/token")}
BOOLEANS = ("0", "1", "true", "false", "True", "False")


def _is_integer(_: TypeChecker, value: object) -> bool:
    is_text = isinstance(value, str) and value.removeprefix("-").isdecimal()
    return is_text or (isinstance(value, int) and not isinstance(value, bool))


Union = Draft202012Validator.VALIDATORS["anyOf"]
Reader = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"oneOf": Union},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


@functools.cache
def description() -> dict[str, Any]:
    """Return the description, corrected where its own notes say that it is wrong."""
    whole: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    schemas = whole["components"]["schemas"]
    schemas["SnowflakeType"] = {
        "anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]
    }
    for schema in schemas.values():
        properties = schema.get("properties", {})
        if "embeds" in properties and "content" in properties:
            properties["content"]["maxLength"] = CONTENT_LIMIT
    return whole


@functools.cache
def _registry() -> Registry[Any]:
    resource = Resource.from_contents(description(), default_specification=DRAFT202012)
    known: Registry[Any] = Registry().with_resource(URI, resource)
    return known


@functools.cache
def _validator(path: str, method: str) -> Any:
    """Return the validator of an operation's body, made on first use."""
    pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in (path, method))
    target = f"{URI}#/paths/{pointer}/requestBody/content/application~1json/schema"
    return Reader({"$ref": target}, registry=_registry())


@functools.cache
def _paths() -> list[tuple[list[str], str]]:
    """Return the paths in parts, those with fewer variables first (``@me`` before an id)."""
    found = [(path.split("/"), path) for path in description()["paths"]]
    return sorted(found, key=lambda entry: entry[1].count("{"))


class Judge:
    """Collects what does not follow the description."""

    def __init__(self) -> None:
        self.violations: list[str] = []

    def attach(self, server: DiscordServer) -> None:
        """Judge every request the server gets from now on."""
        server.on_request.append(self._collect)

    def _collect(self, request: Request) -> None:
        try:
            self.check(request)
        except AssertionError as violation:
            self.violations.append(str(violation))

    def check(self, request: Request) -> None:
        """Raise AssertionError, with path and pointer, when the request is not as described."""
        if (request.method, request.path) in UNDESCRIBED:
            return
        path, operation = _operation(request)
        where = f"{request.method} {request.path}"
        problems = [*_parameters(operation, path, request), *_body(operation, path, request)]
        if problems:
            raise AssertionError(f"{where}: {'; '.join(problems)}")


def _operation(request: Request) -> tuple[str, Mapping[str, Any]]:
    given = request.path.split("/")
    for parts, path in _paths():
        pairs = zip(parts, given, strict=False)
        is_same = all(part == value or part.startswith("{") for part, value in pairs)
        if len(parts) == len(given) and is_same:
            operations = description()["paths"][path]
            if request.method.lower() in operations:
                return path, operations[request.method.lower()]
    raise AssertionError(f"{request.method} {request.path}: not in the description")


def _parameters(operation: Mapping[str, Any], path: str, request: Request) -> Iterator[str]:
    values = dict(zip(path.split("/"), request.path.split("/"), strict=True))
    known = {p["name"]: p for p in operation.get("parameters", ()) if p["in"] == "query"}
    for name in request.query.keys() - known.keys():
        yield f"unknown query parameter {name}"
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        if parameter["in"] == "path":
            value = values.get("{" + name + "}")
        else:
            value = request.query.get(name)
        if value is not None and not _fits(parameter["schema"], value):
            yield f"{parameter['in']} parameter {name} is {value!r}"
        elif value is None and parameter.get("required"):
            yield f"{parameter['in']} parameter {name} is missing"


def _fits(schema: Mapping[str, Any], value: str) -> bool:
    if schema.get("type") == "boolean":
        return value in BOOLEANS
    typed: Any = int(value) if schema.get("type") == "integer" and value.isdecimal() else value
    if "$ref" in schema:
        return _fits_shared(schema["$ref"], typed)
    return bool(Reader(dict(schema), registry=_registry()).is_valid(typed))


# Most are ids, and most of them are asked for again and again.
@functools.lru_cache(maxsize=4096)
def _fits_shared(reference: str, value: Any) -> bool:
    return bool(Reader({"$ref": URI + reference}, registry=_registry()).is_valid(value))


def _body(operation: Mapping[str, Any], path: str, request: Request) -> Iterator[str]:
    described = operation.get("requestBody")
    if described is None:
        if request.body:
            yield "a body where none is described"
        return
    if not request.body:
        if described["required"]:
            yield "the body is missing"
        return
    yield from _problems(path, request.method.lower(), request.body)


# The list of commands is long, and every bot that starts sends the same one.
@functools.lru_cache(maxsize=256)
def _problems(path: str, method: str, body: bytes) -> tuple[str, ...]:
    found = map(_deepest, _validator(path, method).iter_errors(decoded(body)))
    return tuple(f"at /{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in found)


def _deepest(error: ValidationError) -> ValidationError:
    """Return the error that says most: the one that got furthest into the body."""
    while error.context:
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    return error
