"""Holds what goes over the wire against the daemon's own description of it.

Every request of the tests that was taken, and every answer, is checked by the harness.
Here an answer may have no member that is not described; clients are to be more lenient.
"""

import json
import os
import pathlib
import re

try:
    import jsonschema
except ImportError:
    jsonschema = None

TOP = pathlib.Path(os.environ.get("top_srcdir", pathlib.Path(__file__).parents[2]))
LARGE = 200_000     # bytes; larger answers are more of the same


def tighten(schema):
    """No member beyond those that are named."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            tighten(value)
    elif isinstance(schema, list):
        for value in schema:
            tighten(value)


def load():
    document = json.loads((TOP / "src/api/openapi.json").read_text())
    tighten(document["components"]["schemas"])
    tighten(document["paths"])
    return document


DOCUMENT = load()
PATHS = [(re.compile("^" + re.sub(r"\\{[a-z]+\\}", "[^/]+", re.escape(path)) + "$"), path)
         for path in DOCUMENT["paths"]]
PATHS.sort(key=lambda p: "{" in p[1])   # what is spelled out goes first
VALIDATORS = {}


def validate(pointer, schema, instance, what):
    """pointer: a name for the schema, so that its validator is made once."""
    if pointer not in VALIDATORS:
        VALIDATORS[pointer] = jsonschema.Draft202012Validator(
            schema, resolver=jsonschema.RefResolver("", DOCUMENT),
            format_checker=jsonschema.FormatChecker())
    error = next(iter(sorted(VALIDATORS[pointer].iter_errors(instance),
                             key=lambda e: -len(e.absolute_path))), None)
    if error is not None:
        raise AssertionError(f"{what} is not as /openapi.json says: "
                             f"/{'/'.join(map(str, error.absolute_path))}: {error.message}")


def resolve(node):
    while "$ref" in node:
        target = DOCUMENT
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    return node


def find(method, path):
    path = path.partition("?")[0]
    method = "get" if method == "HEAD" else method.lower()
    for pattern, name in PATHS:
        if pattern.match(path) and method in DOCUMENT["paths"][name]:
            return name, DOCUMENT["paths"][name][method]
    return None, None


def check_answer(name, method, operation, answer):
    responses = operation["responses"]
    key = next(k for k in (str(answer.status), f"{answer.status // 100}XX", "default")
               if k in responses)
    response = resolve(responses[key])
    if key == "default" and answer.status < 400:
        raise AssertionError(f"{method} {name}: status {answer.status} is not described")
    content = response.get("content", {})
    type = (answer.headers.get("Content-Type") or "").partition(";")[0]
    if not answer.body or method == "HEAD":
        return
    if type == "application/problem+json":
        content = resolve(responses["default"])["content"]
    if type not in content:
        raise AssertionError(f"{method} {name}: {answer.status} as {type} is not described")
    if type in ("application/json", "application/problem+json") and len(answer.body) < LARGE:
        validate((name, method, answer.status, type), content[type]["schema"],
                 json.loads(answer.body), f"{method} {name}: the answer {answer.status}")


def check_request(name, method, operation, body):
    described = operation.get("requestBody", {})
    content = described.get("content", {}).get("application/json")
    if content is None or isinstance(body, bytes) and len(body) > LARGE:
        return
    if not body and not described.get("required"):
        return
    validate((name, method), content["schema"], json.loads(body), f"{method} {name}: the request")


def check(method, path, body, answer):
    """Of one exchange with the daemon. Paths and methods that it does not have are its
    own to refuse."""
    if jsonschema is None:
        return
    name, operation = find(method, path)
    if operation is None:
        assert answer.status in (400, 401, 403, 404, 405, 414, 501), (method, path, answer)
        return
    check_answer(name, method, operation, answer)
    if answer.status < 300 and isinstance(body, (str, bytes)):
        check_request(name, method, operation, body)
