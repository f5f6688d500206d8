"""Runs the vectors against an implementation in Python: python3 check.py VECTORS FINGERPRINT_FOLDER."""

import json
import pathlib
import re
import sys

vectors = pathlib.Path(sys.argv[1])
sys.path.insert(0, sys.argv[2])
from fingerprint import fingerprint  # noqa: E402

REFUSED = object()
DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def decode(setting, text):
    """The value that a text means to a setting; docs/text-to-value.md has the rules."""
    form = setting["format"]
    if text == "null" and setting.get("nullable") and form != "String":
        return None
    if form == "String":
        return text
    if isinstance(form, list):
        return text if text in form else REFUSED
    if form == "Number":
        return float(text) if DECIMAL.fullmatch(text) else REFUSED
    if form in ("int", "nat"):
        value = int(text) if INTEGER.fullmatch(text) else None
        isTaken = value is not None and abs(value) < 2**53 and (form == "int" or value >= 0)
        return value if isTaken else REFUSED
    if form == "Boolean":
        return BOOLEANS.get(text.lower(), REFUSED)
    if form == "Array":
        if text.strip().startswith("["):
            return json.loads(text)
        values = [decode({"format": setting["items"]}, part.strip()) for part in text.split(",")]
        return REFUSED if REFUSED in values else values
    if form == "Object":
        return json.loads(text) if text.strip().startswith("{") else REFUSED
    raise ValueError(form)


def words(segment):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", segment).replace("-", "_")


def variable(prefix, key):
    return prefix + "_" + "__".join(words(segment).upper() for segment in key.split("."))


def flag(key):
    return "--" + ".".join(words(segment).lower().replace("_", "-") for segment in key.split("."))


def resolve(layers):
    """The highest layer with a value wins; an empty variable has none for a number."""
    value, layer = 1, "default"
    for name in ("file", "env", "flag", "override"):
        if name in layers and layers[name] != "":
            value, layer = float(layers[name]), name
    return value, layer


def read(name):
    return json.loads((vectors / f"{name}.json").read_text(encoding="utf-8"))


count = 0
for case in read("text-to-value"):
    expected = REFUSED if case.get("refused") else case["value"]
    got = decode(case["setting"], case["text"])
    assert got == expected and (got is expected or type(got) is not bool), case
    count += 1
for case in read("names"):
    assert (variable(case["prefix"], case["key"]), flag(case["key"])) == (case["variable"], case["flag"]), case
    count += 1
for case in read("precedence"):
    assert resolve(case["layers"]) == (case["value"], case["layer"]), case
    count += 1
for case in read("fingerprints"):
    snapshot = {"identity": list(case["values"]), "secrets": {}, **case}
    assert fingerprint(snapshot) == case["fingerprint"], (case, fingerprint(snapshot))
    count += 1
print(f"{count} vectors")
