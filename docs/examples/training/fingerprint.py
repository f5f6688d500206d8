"""The fingerprint of a varve snapshot, computed anew: SHA-256 over canonical JSON (RFC 8785)."""

import hashlib
import json
from decimal import Decimal


def number(value):
    """A number as ECMAScript writes it: the shortest digits, with an exponent below 1e-6 and from 1e21 on."""
    if value == 0:
        return "0"
    shortest = Decimal(repr(float(value))).normalize()
    exponent = shortest.adjusted()
    if -7 < exponent < 21:
        return format(shortest, "f")
    digits = "".join(map(str, shortest.as_tuple().digits))
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{'-' if value < 0 else ''}{digits[0]}{fraction}e{exponent:+d}"


def canonical(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def setting(snapshot, key):
    if key in snapshot["secrets"]:
        return snapshot["secrets"][key]
    lost = snapshot.get("definitionChanges", {}).get("lost", {})
    if key in lost:
        return lost[key]
    value = snapshot["values"]
    for name in key.split("."):
        value = value[int(name) if isinstance(value, list) else name]
    return value


def fingerprint(snapshot):
    renamed = snapshot.get("definitionChanges", {}).get("renamed", {})
    settings = {renamed.get(key, key): setting(snapshot, key) for key in snapshot["identity"]}
    return hashlib.sha256(canonical(settings).encode()).hexdigest()
