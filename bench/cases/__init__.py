"""The cases, in the order of the table: each is a file here with a `CASE`."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    """A row of the table. `run` gets the harness's Context and hands back table.Results."""
    name: str
    what: str
    run: object


def all_cases():
    from cases import seed, growth
    return [module.CASE for module in (seed, growth)]
