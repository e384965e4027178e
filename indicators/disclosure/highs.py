"""Linear and integer programs, solved one after another from where the last one ended.

SciPy's public functions start each program afresh. An audit asks one system thousands
of questions, so it speaks to the solver that SciPy carries, HiGHS, directly.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize._highspy import _core
from scipy.sparse import csc_array, csr_array

Numbers = NDArray[np.float64]

# A value this near to a whole number is that number.
ROUNDING = 1e-6


class Unsolved(Exception):
    """The solver gave up before it knew the answer: of no use as a proof."""


class Program:
    """Find x with low <= x <= high and least <= rows @ x <= most, at the least cost."""

    def __init__(
        self,
        rows: csr_array | csc_array,
        *,
        least: Numbers,
        most: Numbers,
        low: Numbers,
        high: Numbers,
        is_whole: NDArray[np.bool_] | None = None,
        seconds: float | None = None,
        presolve: bool = False,
    ) -> None:
        self.size = rows.shape[1]
        self._places = np.arange(self.size, dtype=np.int32)
        self._solver = _core._Highs()
        self._set("output_flag", False)
        self._set("threads", 1)
        if not presolve and is_whole is None:
            self._set("presolve", "off")
        if is_whole is not None:
            self._set("mip_rel_gap", 0.0)
        if seconds is not None:
            self._set("time_limit", seconds)
        model = _core.HighsLp()
        model.num_col_, model.num_row_ = self.size, rows.shape[0]
        model.col_cost_ = np.zeros(self.size)
        model.col_lower_, model.col_upper_ = low, high
        model.row_lower_, model.row_upper_ = least, most
        formats = _core.MatrixFormat
        is_by_row = rows.format == "csr"
        model.a_matrix_.format_ = formats.kRowwise if is_by_row else formats.kColwise
        model.a_matrix_.start_ = rows.indptr
        model.a_matrix_.index_ = rows.indices
        model.a_matrix_.value_ = rows.data
        if is_whole is not None:
            kinds = (_core.HighsVarType.kContinuous, _core.HighsVarType.kInteger)
            model.integrality_ = [kinds[int(whole)] for whole in is_whole]
        self._solver.passModel(model)

    def bound(self, place: int, low: float, high: float) -> None:
        """Change the bounds of one unknown."""
        self._solver.changeColBounds(place, low, high)

    def least(self, cost: Numbers) -> Numbers | None:
        """Return x of the least cost, or None if there is no x at all.

        Raises Unsolved if the solver could not tell.
        """
        self._solver.changeColsCost(self.size, self._places, cost)
        for attempt in ("off", "on"):
            self._solver.run()
            status = self._solver.getModelStatus()
            if status == _core.HighsModelStatus.kOptimal:
                return np.array(self._solver.getSolution().col_value)
            if status == _core.HighsModelStatus.kInfeasible:
                return None
            if attempt == "off":
                self._solver.clearSolver()
                self._set("presolve", "on")
        raise Unsolved

    def _set(self, option: str, value: object) -> None:
        self._solver.setOptionValue(option, value)


def is_integral(values: Numbers) -> bool:
    """Return whether each value is a whole number, but for rounding."""
    return bool(np.all(np.abs(values - np.rint(values)) < ROUNDING))
