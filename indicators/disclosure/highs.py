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
# The steps after which the simplex method, gone astray, starts anew from a presolved
# program. Counted, not timed, so that the same program gives the same answer.
_STEPS = 5000
# The same of the method through the middle, which may stand still for ever: it needs
# a few dozen where it ends at all.
_INNER_STEPS = 300


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
        nodes: int | None = None,
        is_inner: bool = False,
    ) -> None:
        """Take the program; it is solved once `least` is asked.

        is_whole: which unknowns are whole numbers. nodes: the branchings after which it
        is given up, counted like the steps. is_inner: answers lie in the middle of all
        the best ones rather than in a corner. Large programs take less time so.
        """
        self.n_rows, self.size = rows.shape
        self._places = np.arange(self.size, dtype=np.int32)
        self._solver = _core._Highs()
        self._set("output_flag", False)
        self._set("threads", 1)
        self._set("simplex_iteration_limit", _STEPS + 10 * self.n_rows)
        if is_inner:
            self._set("solver", "ipm")
            self._set("ipm_iteration_limit", _INNER_STEPS)
            self._set("run_crossover", "off")
        elif is_whole is None:
            self._set("presolve", "off")
        if is_whole is not None:
            self._set("mip_rel_gap", 0.0)
        if nodes is not None:
            self._set("mip_max_nodes", nodes)
        kinds = np.zeros(self.size) if is_whole is None else is_whole
        formats = _core.MatrixFormat
        is_by_row = rows.format == "csr"
        # Raw arrays, for the solver takes an object's lists number by number.
        self._solver.passModel(
            self.size,
            self.n_rows,
            rows.nnz,
            int(formats.kRowwise if is_by_row else formats.kColwise),
            int(_core.ObjSense.kMinimize),
            0.0,
            np.zeros(self.size),
            np.ascontiguousarray(low, float),
            np.ascontiguousarray(high, float),
            np.ascontiguousarray(least, float),
            np.ascontiguousarray(most, float),
            rows.indptr[:-1].astype(np.int32),
            rows.indices.astype(np.int32),
            np.ascontiguousarray(rows.data, float),
            kinds.astype(np.int32),
        )

    def limit(self, low: Numbers, high: Numbers) -> None:
        """Change the bounds of all unknowns."""
        self._solver.changeColsBounds(self.size, self._places, low, high)

    def require(self, row: int, least: float, most: float) -> None:
        """Change what one row must lie between."""
        self._solver.changeRowBounds(row, least, most)

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
