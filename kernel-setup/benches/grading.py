"""How many submissions a grader gets through: `nnkernel grade` beside the same notebooks in evcxr's own kernel, by nbclient.

Submissions of an assignment are made from right and wrong answers (tests/fixtures/grading), with other names and another layout in each,
graded cold and once more, and a few of them are run one after the other through the stock kernel, at the same budget:

    python kernel-setup/benches/grading.py [--nnkernel target/release/nnkernel] [--assignment softmax-regression] [--count 100] [--stock 3]

needs `pip install nbclient ipykernel`. Every third submission has one to three mistakes. The machine should do nothing else.
"""

import argparse
import json
import os
import random
import re
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TIMEOUT = 600


def answers(path):
    """Texts of answers by the cell that they are for."""
    found = {}
    pieces = re.split(r"^// %% (.*)\n", path.read_text(), flags=re.MULTILINE)
    for header, text in zip(pieces[1::2], pieces[2::2]):
        if "slow=" not in header:
            grade_id = re.search(r'grade_id="([^"]*)"', header).group(1)
            found.setdefault(grade_id, []).append(text.strip())
    return found


def submission(released, right, wrong, rng):
    """A notebook as a student might hand it in."""
    notebook = json.loads(released)
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    mistaken = set(rng.sample(sorted(wrong), rng.randint(1, 3))) if rng.random() < 1 / 3 else set()
    for grade_id, texts in right.items():
        text = rng.choice(wrong[grade_id] if grade_id in mistaken else texts)
        # Nobody else's bytes: a comment of its own, another layout.
        lines = text.split("\n")
        place = rng.randint(0, len(lines))
        comment = [f"// {rng.getrandbits(40):x}"] + [""] * rng.randint(0, 2)
        if lines[place - 1 : place] and lines[place - 1].rstrip().endswith((";", "{", "}")):
            lines[place:place] = comment
        else:
            lines[:0] = comment
        cells[grade_id]["source"] = "\n".join(lines)
    return json.dumps(notebook), bool(mistaken)


def run(command, environment):
    started = time.perf_counter()
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command}: {done.stderr}")
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nnkernel", type=Path, default=ROOT / "target/release/nnkernel")
    parser.add_argument("--assignment", default="softmax-regression")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--stock", type=int, default=3, help="how many go through the stock kernel")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    nnkernel, name = options.nnkernel.resolve(), options.assignment
    fixtures = HERE.parent / "tests/fixtures/grading" / name
    right, wrong = answers(fixtures / "alternatives.rs"), answers(fixtures / "mistakes.rs")
    released = (ROOT / "notebooks" / name / f"{name}.ipynb").read_text()
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        handed_in, with_mistakes = folder / "in", 0
        handed_in.mkdir()
        for number in range(options.count):
            text, is_wrong = submission(released, right, {key: wrong[key] for key in wrong if key in right}, rng)
            (handed_in / f"student{number:03}.ipynb").write_text(text)
            with_mistakes += is_wrong
        # What is compiled once for all gradings is no part of this one.
        first = folder / "first"
        first.mkdir()
        (first / "first.ipynb").write_text((handed_in / "student000.ipynb").read_text())
        run([nnkernel, "grade", name, first, "-o", folder / "warm"], {})
        command = [nnkernel, "grade", name, handed_in, "-o", folder / "marks", "--jobs", str(options.jobs), "--seed", "5"]
        cold, again = run(command, {}), run(command, {})
        report = json.loads((folder / "marks/report.json").read_text())
        parts = {key: sum(times[key] for times in report["times"].values()) for key in ("start", "compile", "run", "total")}
        statuses = {}
        for student in report["students"]:
            for question in student["questions"]:
                statuses[question["status"]] = statuses.get(question["status"], 0) + 1
        count = options.count
        print(f"{count} submissions of {name}, {with_mistakes} with mistakes, {options.jobs} at a time")
        print(f"cold: {cold:.1f} s, {60 * count / cold:.1f} a minute; once more, nothing changed: {again:.1f} s")
        print(f"of a processor, each: compiling {parts['compile'] / count:.2f} s, running {parts['run'] / count:.2f} s")
        print(f"by the clock, each: {parts['total'] / count:.2f} s, of which reading, aligning and verdicts: {parts['start'] / count:.2f} s")
        print(f"questions: {dict(sorted(statuses.items()))}")
        if options.stock:
            stock = run_stock(nnkernel, handed_in, options.stock, folder)
            print(f"stock kernel by nbclient, {options.stock} one after the other: {stock:.1f} s each; ratio {stock * count / cold:.1f}")


def run_stock(nnkernel, handed_in, count, folder):
    """Seconds that a submission takes in evcxr's own kernel."""
    import nbformat
    from nbclient import NotebookClient

    prefix = folder / "stock"
    subprocess.run([nnkernel, "install", "--stock", "--no-build", "--prefix", prefix, "--name", "stock"], check=True, capture_output=True)
    os.environ["JUPYTER_PATH"] = str(prefix / "share/jupyter")
    os.environ["NNLIB_BUDGET"] = "grade"
    notebooks = [path for path in sorted(handed_in.iterdir())[: count + 1]]
    times = []
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        started = time.perf_counter()
        NotebookClient(notebook, kernel_name="stock", timeout=TIMEOUT, startup_timeout=TIMEOUT, allow_errors=True).execute()
        times.append(time.perf_counter() - started)
    # The first compiles nnlib for this kernel.
    return sum(times[1:]) / count


if __name__ == "__main__":
    main()
