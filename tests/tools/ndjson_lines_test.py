# SPDX-License-Identifier: Apache-2.0
"""ndjson_lines_test.py SCHEMA DIRECTORY: validates the lines of NDJSON that other tests have kept in a directory against
the JSON Schema. No line may have a key that the schema does not describe."""

import json
import pathlib
import sys

import jsonschema

SHOWN = 5  # wrong lines that are printed
SKIPPED = 77  # exit code if the tests that ran have made no lines


def closed(schema):
    """Returns the schema so that an object may only have the keys that are described."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: closed(part) for key, part in schema.items()}
    if "properties" in parts and "additionalProperties" not in parts and "const" not in parts:
        parts["additionalProperties"] = False
    return parts


def main(schema_file, directory):
    schema = json.loads(pathlib.Path(schema_file).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    kinds = {kind["title"]: jsonschema.Draft202012Validator({**closed(kind), "$defs": schema["$defs"]})
             for kind in schema["oneOf"]}
    lines = {line for file in pathlib.Path(directory).glob("*") for line in file.read_text().splitlines()}
    wrong, seen = [], set()
    for line in lines:
        event = json.loads(line)
        seen.add(event["event"])
        kind = kinds.get(event["event"])
        error = "an unknown event" if kind is None else next(
            (f"{found.json_path}: {found.message}" for found in kind.iter_errors(event)), None)
        if error:
            wrong.append(f"{error}\n  {line[:2000]}")
    print(f"{len(lines)} different lines of {len(seen)} kinds of event, {len(wrong)} of them wrong")
    print(*wrong[:SHOWN], sep="\n")
    return 1 if wrong else 0 if lines else SKIPPED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
