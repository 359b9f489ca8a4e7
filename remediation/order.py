"""What to repair: the selection, the settings, where to read, with which credentials to write."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from checker.controls import load_catalogue, select
from checker.controls.selected import SelectedControl
from checker.run import CheckOptions, DatabaseOptions
from remediation.applying.journal import default_path
from remediation.planning.model import Plan
from remediation.planning.scope import Scope
from remediation.planning.settings import Settings


def _default_controls() -> tuple[SelectedControl, ...]:
    return select(load_catalogue(), ())


def _default_database() -> DatabaseOptions:
    return DatabaseOptions(os.environ.get("ALARMCHAIN_DATABASE"), origin="ALARMCHAIN_DATABASE", fresh=True)


@dataclass(frozen=True, slots=True)
class RepairOrder:
    """What to repair, where to read, with which credentials to write, and where everything done is written down.

    Without anything: control 4.3 in every account that can be seen, read as ``check`` does, and the journal in the
    user's state folder.
    ``database.profiles`` are also the AWS profiles to write with; ``role_name`` is a role in each account;
    ``controls_dir`` is where own controls came from.
    """

    selected: tuple[SelectedControl, ...] = field(default_factory=_default_controls)
    settings: Settings = field(default_factory=Settings)
    check: CheckOptions = field(default_factory=CheckOptions)
    database: DatabaseOptions = field(default_factory=_default_database)
    role_name: str | None = None
    journal: Path = field(default_factory=default_path)
    controls_dir: Path | None = None

    def for_saved(self, saved: Plan) -> RepairOrder:
        """The same place and credentials, with the selection of a saved plan. Raises ``UsageError``."""
        scope = saved.scope
        folder = Path(scope.controls_dir) if scope.controls_dir else None
        database = self.database
        return replace(
            self,
            selected=select(load_catalogue(folder), scope.controls or saved.controls, benchmark=saved.benchmark),
            settings=saved.settings,
            check=CheckOptions(scope.account_ids, scope.accept, scope.waivers, leave_out_unseen=True),
            database=replace(
                database,
                connections=scope.connections,
                profiles=database.profiles or scope.profiles,
                region=database.region or scope.region,
            ),
            controls_dir=folder,
        )

    def scope_of(self, made: Plan) -> Scope:
        """What was selected for the plan, so that it can be selected again."""
        check, database = self.check, self.database
        return Scope(
            account_ids=check.account_ids or tuple(dict.fromkeys(found.account_id for found in made.expectations)),
            controls=tuple(
                item.key if item.benchmark == made.benchmark else f"{item.benchmark}/{item.control_id}"
                for item in self.selected
            ),
            controls_dir=str(self.controls_dir.resolve()) if self.controls_dir else None,
            connections=database.connections,
            profiles=database.profiles,
            region=database.region,
            accept=check.accept,
            waivers=check.waivers,
        )
