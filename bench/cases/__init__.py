# SPDX-License-Identifier: Apache-2.0
"""The benchmark cases, in the order of the table. Each is a module of this package with the variable `CASE`."""

import dataclasses
import importlib

ORDER = ("seed", "growth", "accountings", "latency", "fairness", "idle", "rules", "many_hosts", "scan", "start",
         "cores", "link", "versions", "completion", "journal")


@dataclasses.dataclass(frozen=True)
class Case:
    """A benchmark case. `run(context, results)` measures: `context` is a harness.Context, `results` a table.Results to
    fill."""
    name: str
    what: str
    run: object


def all_cases():
    return [importlib.import_module(f"cases.{name}").CASE for name in ORDER]
