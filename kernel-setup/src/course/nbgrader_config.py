# Written by nnkernel release --nbgrader, which writes it anew as long as this line stays.
"""What nbgrader has to know of notebooks in Rust."""

import os
import re

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions

c = get_config()  # noqa: F821

# nbgrader puts the same stub for every solution. In the source notebooks, each BEGIN SOLUTION is followed by its own.
STUB = 'todo!("a solution")'


class ClearRustSolutions(ClearSolutions):
    """nbgrader's own, and then the solution's own stub in place of the one for all."""

    def preprocess_cell(self, cell, resources, cell_index):
        marker = re.escape(self.begin_solution_delimeter)
        own = re.findall(rf"{marker} (todo!\(.*\))$", cell.source, re.MULTILINE)
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        for stub in own:
            cell.source = cell.source.replace(STUB, stub, 1)
        return cell, resources


c.GenerateAssignment.preprocessors = [
    ClearRustSolutions if preprocessor is ClearSolutions else preprocessor
    for preprocessor in GenerateAssignment.preprocessors.default()
]
c.ClearSolutions.code_stub = {"rust": STUB}
c.ClearSolutions.text_stub = "@TEXT_STUB@"
c.ClearSolutions.begin_solution_delimeter = "BEGIN SOLUTION"
c.ClearSolutions.end_solution_delimeter = "END SOLUTION"
c.ClearHiddenTests.begin_test_delimeter = "BEGIN HIDDEN TESTS"
c.ClearHiddenTests.end_test_delimeter = "END HIDDEN TESTS"

# Cells are compiled, so the first takes longer than Python's. In seconds.
c.Execute.startup_timeout = 120
c.Execute.timeout = 120
c.Execute.iopub_timeout = 60

# Models train as briefly as the bounds of the tests are measured for, on the embedded data.
os.environ["NNLIB_BUDGET"] = "grade"
os.environ.pop("NNLIB_DATA", None)
os.environ.pop("NNLIB_FULL", None)
