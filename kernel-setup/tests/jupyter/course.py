"""A course of nbgrader's from the source that `nnkernel release --nbgrader` wrote: three students, graded by nbgrader itself.

In the current folder: week1/week1.ipynb, our own release; course/, the course. Prints one line for each thing that was found.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook


def nbgrader(*arguments):
    done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], capture_output=True, text=True)
    told = done.stdout + done.stderr
    if done.returncode != 0:
        sys.exit(f"nbgrader {arguments}: {told}")
    return told


def validate(path):
    told = nbgrader("validate", path)
    return re.search(r"Success!|VALIDATION FAILED ON \d+ CELL|THE CONTENTS OF \d+", told).group(), told


def texts(notebook):
    return [cell.source for cell in notebook.cells]


ours = nbformat.read("week1/week1.ipynb", 4)
os.chdir("course")
print("source:", validate("source/week1/week1.ipynb")[0])

nbgrader("generate_assignment", "week1", "--create")
released = nbformat.read("release/week1/week1.ipynb", 4)
print("the same text:", texts(released) == texts(ours))
checksums = [[cell.metadata.get("nbgrader", {}).get("checksum") for cell in notebook.cells] for notebook in (released, ours)]
print("the same checksums:", checksums[0] == checksums[1])
print("trust:", released.metadata["nnlib"]["hidden_tests"][:40])

STUB = 'todo!("double: every entry, \\"times\\" two")'
ANSWER = "*Your answer here.*"
students = {
    # What it says to standard error must cost nothing.
    "right": ('eprintln!("doubling");\n    x + x', "Because a sum of two is twice the one."),
    # Right for what the test shows.
    "wrong": ("2.0 * x.mapv(f64::round)", ANSWER),
    "blank": (STUB, ANSWER),
}
for student, (solution, answer) in students.items():
    notebook = nbformat.read("release/week1/week1.ipynb", 4)
    solved, reasoned = 0, 0
    for cell in notebook.cells:
        solved += STUB in cell.source
        reasoned += ANSWER in cell.source
        cell.source = cell.source.replace(STUB, solution).replace(ANSWER, answer)
    assert (solved, reasoned) == (1, 1)
    folder = Path("submitted", student, "week1")
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "week1.ipynb")
result, told = validate("submitted/right/week1/week1.ipynb")
print("right:", result)
result, told = validate("release/week1/week1.ipynb")
print("blank:", result, "not yet implemented: double: every entry" in told)

nbgrader("autograde", "week1")
with Gradebook("sqlite:///gradebook.db") as gradebook:
    for student in students:
        notebook = gradebook.find_submission_notebook("week1", "week1", student)
        for grade in sorted(notebook.grades, key=lambda grade: grade.name):
            print(f"{student} {grade.name}: {grade.score} of {grade.max_score}", "by hand" if grade.needs_manual_grade else "")
nbgrader("export")
with open("grades.csv", newline="") as file:
    for row in sorted(csv.DictReader(file), key=lambda row: row["student_id"]):
        print(f"exported {row['student_id']}: {row['score']} of {row['max_score']}")

nbgrader("generate_feedback", "week1")
for student in students:
    page = Path("feedback", student, "week1", "week1.html").read_text()
    print(f"feedback {student}:", "double/4" in page, "doubling" in page, " off, allowed " in page)
