"""``alarmchain query explain``: the plan, and what it costs. Nothing is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli import console
from checker.cli.grouping import Without, grouped
from checker.cli.options import Reading
from checker.cli.query_options import Asking, Narrowing, What

if TYPE_CHECKING:
    from checker.database.costs import Scan
    from checker.database.free_opening import Asked


@grouped
def explain(
    *,
    context: typer.Context,
    what: What,
    asking: Asking,
    narrowing: Narrowing,
    reading: Annotated[Reading, Without("region", "concurrency", "fresh")],
) -> None:
    """Show a statement's plan, and what each of its tables costs AWS. Runs nothing."""
    from checker.database.costs import scans_of
    from checker.database.free_opening import open_free

    statement = asking.statement(what)
    given = asking.given(statement, narrowing)
    with open_free(narrowing.database_options(reading, context)) as opened:
        place = opened.places[0]
        with place.query(statement) as query:
            lines, document = query.plan(query.describe(), given)
        scans = [scan for scan in scans_of(document) if scan.table.startswith("aws_")]
        costs = _costs(place, scans)
    for line in [*lines, *([""] if lines and costs else []), *costs]:
        console.print_text(f"{line}\n")


def _costs(place: Asked, scans: Sequence[Scan]) -> list[str]:
    from checker.database.costs import explained

    if scans and not place.asks_aws:
        return ["this database holds a copy: no table costs a call of AWS"]
    return list(dict.fromkeys(line for scan in scans for line in explained(scan, place.accounts(scan.schema))))
