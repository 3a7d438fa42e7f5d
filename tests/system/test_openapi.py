"""/openapi.json. That every answer is as it says is checked by the harness, in all tests."""

import json
import re

import pytest

import openapi
from harness import Answer


def test_it_is_served_to_everybody(tocsin):
    answer = tocsin.get("/openapi.json", token=None)
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    document = answer.json
    assert document["openapi"] == "3.1.0"
    version = tocsin.get("/v1/status").json["version"]
    assert document["info"]["version"] == version
    shipped = json.loads((openapi.TOP / "src/api/openapi.json").read_text())
    shipped["info"]["version"] = version
    assert document == shipped


def test_every_reference_leads_somewhere():
    text = json.dumps(openapi.DOCUMENT)
    for pointer in set(re.findall(r'"\$ref": "(#[^"]+)"', text)):
        openapi.resolve({"$ref": pointer})
    used = set(re.findall(r'"#/components/schemas/([A-Za-z]+)"', text))
    assert used == set(openapi.DOCUMENT["components"]["schemas"])


@pytest.mark.skipif(openapi.jsonschema is None, reason="python3-jsonschema is not installed")
def test_the_check_can_fail(tocsin):
    """What the harness does to every answer, with answers that no daemon gave."""
    document = tocsin.open()
    path = f"/v1/incidents/{document['id']}"
    good = tocsin.get(path)
    openapi.check("GET", path, None, good)
    bad = [{**good.json, "surprise": 1}, {**good.json, "state": "fine"},
           {k: v for k, v in good.json.items() if k != "clocks"}]
    pending = good.json
    clock = next(c for c in pending["clocks"] if c["state"] == "pending")
    clock["due_at"] = "2026-11-21T08:17:00Z"
    for answer in [Answer(200, good.headers, json.dumps(d).encode()) for d in bad + [pending]] + [
            Answer(206, good.headers, good.body)]:
        with pytest.raises(AssertionError):
            openapi.check("GET", path, None, answer)
    with pytest.raises(AssertionError):
        openapi.check("POST", "/v1/incidents", '{"title": "x", "titel": "y"}',
                      Answer(201, good.headers, good.body))


def test_every_schema_is_one():
    if openapi.jsonschema is None:
        pytest.skip("python3-jsonschema is not installed")
    for name, schema in openapi.DOCUMENT["components"]["schemas"].items():
        openapi.jsonschema.Draft202012Validator.check_schema(schema)
