import { pythonText } from './python-names.ts';

/** The imports and helpers at the beginning of the module. */
export const HEAD = (
  name: string,
): string => `${pythonText(`The settings of ${name}, typed. Written by: varve docs --format python`)}

import json
import os
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Literal, Mapping, Optional, Sequence, Union

_STALE = "write this module anew by varve docs --format python"


def _value(values: Any, *path: str) -> Any:
    for name in path:
        if isinstance(values, list):
            values = dict(enumerate(values)).get(int(name))
        else:
            values = values.get(name) if isinstance(values, dict) else None
    return values


def _given(values: Any, name: str, key: str) -> Any:
    value = _value(values, name)
    if value is None:
        raise ValueError(f"the snapshot has no {key}: {_STALE}")
    return value


def _float(value: Any) -> Any:
    if isinstance(value, list):
        return [_float(item) for item in value]
    if isinstance(value, dict):
        return {name: _float(member) for name, member in value.items()}
    return float(value) if isinstance(value, int) else value


def _secret(env: Mapping[str, str], variable: str, names: Sequence[str]) -> Optional[str]:
    for name in names:
        words = re.sub(r"([A-Z])([A-Z][a-z])", r"\\1_\\2", re.sub(r"([a-z0-9])([A-Z])", r"\\1_\\2", name))
        variable = variable.replace("*", re.sub(r"[\\W_]+", "_", words).upper(), 1)
    return env.get(variable)


def _decoded(text: Optional[str]) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text`;

/** The functions at the end of the module; `root` is the name of the class of all settings. */
export const LOADER = (
  name: string,
  root: string,
): string => `def _snapshot(path: Optional[str], env: Mapping[str, str]) -> Dict[str, Any]:
    path = env.get("VARVE_SNAPSHOT") if path is None else path
    if path is None:
        raise RuntimeError("VARVE_SNAPSHOT is not set: start the program by varve run, or give the path of a snapshot")
    with open(path, encoding="utf-8") as file:
        snapshot = json.load(file)
    if snapshot.get("varve") != 1 or snapshot.get("name") != ${pythonText(name)}:
        raise ValueError(f"{path} is not a snapshot of " + ${pythonText(name)})
    return snapshot


def load(path: Optional[str] = None, env: Mapping[str, str] = os.environ) -> ${root}:
    """The settings of the run that varve started, or of the snapshot \`path\`; secrets come from variables."""
    return _read_${root}(_snapshot(path, env)["values"], env)


def overrides(path: Optional[str] = None, env: Mapping[str, str] = os.environ) -> List[str]:
    """The settings as overrides of Hydra: optimizer.lr=0.1. Secrets are left out."""
    snapshot = _snapshot(path, env)
    keys = [key for key in snapshot["origins"] if key not in snapshot["secrets"]]
    return [key + "=" + _override(_value(snapshot["values"], *key.split("."))) for key in keys]


def _override(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\\\", "\\\\\\\\").replace("'", "\\\\'") + "'"
    if isinstance(value, list):
        return "[" + ",".join(_override(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(_override(name) + ":" + _override(item) for name, item in value.items()) + "}"
    return json.dumps(value)
`;

/** The names that the module uses itself. */
export const RESERVED: readonly string[] = [
  'load',
  'overrides',
  'json',
  'os',
  're',
  'dataclass',
  'Any',
  'Dict',
  'List',
  'Literal',
  'Mapping',
  'Optional',
  'Sequence',
  'Union',
];
