"""How much work one question may cost, in steps. No clock: the same question gets the same answer everywhere."""

from __future__ import annotations


class BudgetExceeded(Exception):
    """The work was given up."""


class Budget:
    """Steps that are left. Everything that grows with a pattern spends from it, so that memory is bounded too."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Use up steps. Raises `BudgetExceeded` when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise BudgetExceeded
