"""The cases, in the order of the table: each is a file here with a `CASE`."""

import dataclasses
import importlib

ORDER = ("seed", "growth", "accountings", "latency", "fairness", "idle", "rules", "many_hosts", "scan", "start",
         "cores", "link", "versions")


@dataclasses.dataclass(frozen=True)
class Case:
    """A row of the table. `run` gets the harness's Context, and table.Results to fill in."""
    name: str
    what: str
    run: object


def all_cases():
    return [importlib.import_module(f"cases.{name}").CASE for name in ORDER]
