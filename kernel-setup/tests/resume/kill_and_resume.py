"""A grader that is killed again and again, and what is left of it.

A class of the small assignment in tests/fixtures/grading is graded once to its end. Then it is graded into new folders, and `nnkernel grade`
is killed (SIGKILL, it alone) at moments drawn uniformly from the time that the whole takes, and started again, at once or when all that it
had started is gone, until it comes to its end. Moments at which nothing is missing but the tables and pages are rare; so there are --late
further kills of gradings that have all marks, and nothing else. After each kill:

- whatever JSON file is there is whole, and no process that the killed grader started is there after --patience seconds;
- marks that were on the disk stay as they are: the next grader gives none of them again.

At the end of each grading:

- the table, all marks, the report and all pages are those of the grading that was not disturbed, but for the times that they tell;
- the folder holds the same files, no process is left, no control group, and nothing in the folder for temporary files or in the cache.

Linux, and a machine on which `nnkernel doctor --sandbox` finds all protections. Exit status: 0 all of that holds, 1 something does not,
2 it cannot be tried.
"""

import argparse
import ctypes
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
FIXTURES = HERE.parent / "fixtures/grading"
EXAMPLES = """examples:
  python kernel-setup/tests/resume/kill_and_resume.py
                                  50 kills of target/debug/nnkernel, and 12 late ones; nnlib is compiled first, in a cache that is gone
                                  at the end
  python kernel-setup/tests/resume/kill_and_resume.py --kills 5 --late 2 --cache target/tmp/resume-cache
                                  a few, with a cache that is kept for the next time (and used by nobody else meanwhile)
  python kernel-setup/tests/resume/kill_and_resume.py --draws 7 --jobs 1
                                  other moments; one notebook at a time
"""

PR_SET_CHILD_SUBREAPER = 36

DOUBLE = "fn double(x: &Vector) -> Vector {\n    %s\n}"
QUADRUPLE = "fn quadruple(x: &Vector) -> Vector {\n    %s\n}"
RIGHT = {
    "double": DOUBLE % "x.mapv(|value| value + value)",
    "quadruple": QUADRUPLE % "let twice = double(x);\n    double(&twice)",
    "scale": "let scale: f64 = 3.01;",
}
# What each student has written in the place of a right answer.
CLASS = {
    "right": {},
    "right-sum": {"double": DOUBLE % "x + x", "quadruple": QUADRUPLE % "4.0 * x"},
    "right-loop": {"double": DOUBLE % "let mut y = x.clone();\n    for value in y.iter_mut() {\n        *value *= 2.0;\n    }\n    y"},
    "right-and-loud": {"double": DOUBLE % 'for line in 0..200 {\n        println!("<b>{line}</b>");\n    }\n    2.0 * x'},
    "blank": None,
    "only-first": {"quadruple": None, "scale": None},
    "triple": {"double": DOUBLE % "3.0 * x", "scale": "let scale: f64 = 4.0;"},
    "square": {"double": DOUBLE % "x * x", "quadruple": QUADRUPLE % "let twice = double(x);\n    &twice + &twice"},
    "short-only": {"double": DOUBLE % "if x.len() > 9 { x.clone() } else { 2.0 * x }"},
    "second-wrong": {"quadruple": QUADRUPLE % "3.0 * x"},
    "no-rust": {"double": DOUBLE % "let y: usize = x;\n    y"},
    "no-syntax": {"quadruple": "fn quadruple(x: &Vector) -> Vector {{{\n    x"},
    "panics": {"double": DOUBLE % 'panic!("{}", x.len())'},
    "endless": {"double": DOUBLE % "loop {}"},
    "deep": {"double": DOUBLE % "-double(&-double(x))", "scale": "let scale: f64 = f64::NAN;"},
    "exits": {"double": DOUBLE % "std::process::exit(0)"},
    "unsafe": {"quadruple": QUADRUPLE % "unsafe { std::hint::unreachable_unchecked() }"},
    "greedy": {"double": DOUBLE % "let all = vec![1.5_f64; 1 << 32];\n    x * all[x.len()]"},
}
# What is no notebook.
BROKEN = {"no-notebook": "hello", "half-a-notebook": '{"cells": [{"cell_type": "code", '}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--nnkernel", type=Path, default=ROOT / "target/debug/nnkernel", help="the program (target/debug/nnkernel)")
    parser.add_argument("--kills", type=int, default=50, help="how many graders are killed (50)")
    parser.add_argument("--late", type=int, default=12, help="how many more are killed when all marks are there (12)")
    parser.add_argument("--draws", type=int, default=1, help="what the moments are drawn from (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many notebooks at a time; without it, one for each core")
    parser.add_argument("--timeout", type=int, default=3, help="seconds for a cell (3): what is right must never need as many")
    parser.add_argument("--patience", type=float, default=10.0, help="seconds until all processes of a killed grader must be gone (10)")
    parser.add_argument("--cache", type=Path, help="the cache of nnkernel's; without it, a new one, and minutes until nnlib is compiled")
    options = parser.parse_args()
    if min(options.kills, options.late) < 0 or options.jobs < 1:
        parser.error("expected numbers of kills, and at least one job")
    nnkernel = options.nnkernel.resolve()
    if not nnkernel.is_file():
        parser.error(f"there is no {nnkernel}: cargo build, or --nnkernel")
    if sys.platform != "linux" or subprocess.run([nnkernel, "doctor", "--sandbox"], capture_output=True).returncode != 0:
        print("not tried: this machine has no sandbox (nnkernel doctor --sandbox)", file=sys.stderr)
        return 2
    # Whatever loses its parent below this process becomes its child: nothing that a grader has started can hide.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="nnkernel-resume-") as folder:
        trial = Trial(options, nnkernel, Path(folder))
        try:
            return trial.run()
        finally:
            trial.end()


class Trial:
    def __init__(self, options, nnkernel, folder):
        self.options, self.nnkernel, self.folder = options, nnkernel, folder
        self.cache = (options.cache or folder / "cache").resolve()
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.rng = random.Random(options.draws)
        self.faults = []
        self.grader, self.graders = None, set()
        # For each kill, how many seconds passed until all was gone that the grader had started, and how many marks there were.
        self.lingered, self.marks_at_kills = {}, []

    def fault(self, text):
        print(f"  FAULT: {text}", flush=True)
        self.faults.append(text)

    def run(self):
        count = self.hand_in()
        print("grading one submission, so that all is compiled that is compiled once", flush=True)
        self.grade_whole(self.folder / "first", self.folder / "one")
        started = time.monotonic()
        code = self.grade_whole(self.folder / "whole", self.folder / "in")
        whole = time.monotonic() - started
        expected, files = read_all(self.folder / "whole"), set(names(self.folder / "whole"))
        statuses = sorted({question["status"] for student in expected["report.json"]["students"] for question in student["questions"]})
        if statuses.count("grader-fault") or len(expected["report.json"]["students"]) != count:
            print(f"not tried: the grading that nobody disturbed is not whole ({', '.join(statuses)})", file=sys.stderr)
            return 2
        print(f"undisturbed: {count} submissions in {whole:.1f} s, exit status {code}; {', '.join(statuses)}", flush=True)
        started = time.monotonic()
        self.grade_whole(self.folder / "whole", self.folder / "in")
        again = time.monotonic() - started
        print(f"once more, nothing changed: {again:.1f} s", flush=True)
        cached = set(names(self.cache))

        gradings = 0
        for is_late, most in ((False, self.options.kills), (True, self.options.late)):
            kills = 0
            while kills < most:
                gradings += 1
                out = self.folder / f"out{gradings}"
                if is_late:
                    self.copy_marks(out)
                started = time.monotonic()
                moments = self.grade_and_kill(out, again if is_late else whole, most - kills, code)
                kills += len(moments)
                if not moments and not is_late:
                    # The machine has less to do than before.
                    whole = min(whole, time.monotonic() - started)
                where = ", ".join(f"{moment:.1f} s ({marks})" for moment, marks in moments)
                print(f"grading {gradings}: {len(moments)} kills: {f'after {where}' if moments else 'it was faster'}", flush=True)
                self.compare(expected, files, out)
                self.look_for_leftovers(cached)
                shutil.rmtree(out)
        places = {
            "before the first mark": sum(marks == 0 for marks in self.marks_at_kills),
            "between": sum(0 < marks < count for marks in self.marks_at_kills),
            "after the last": sum(marks == count for marks in self.marks_at_kills),
        }
        places = ", ".join(f"{number} {place}" for place, number in places.items())
        print(f"{len(self.marks_at_kills)} kills in {gradings} gradings: {places}")
        print(f"marks that were there at a kill: {sum(self.marks_at_kills)}")
        if self.lingered:
            median, most = statistics.median(self.lingered.values()), max(self.lingered.values())
            print(f"the last process of a killed grader was gone after {1000 * median:.0f} ms in the median, {1000 * most:.0f} ms at most")
        print(f"{len(self.faults)} faults" if self.faults else "no mark lost, doubled, changed or given again; nothing left behind")
        return int(bool(self.faults))

    def hand_in(self):
        """Releases the assignment, and makes a class of it; how many there are."""
        assignment = self.folder / "week1"
        assignment.mkdir()
        shutil.copy(FIXTURES / "week1.rs", assignment)
        shutil.copy(FIXTURES / "week1.toml", assignment / "assignment.toml")
        subprocess.run([self.nnkernel, "release", assignment, "-o", self.folder], env=self.environment(), check=True, capture_output=True)
        released = (self.folder / "week1.ipynb").read_text()
        handed_in = self.folder / "in"
        handed_in.mkdir()
        for student, answers in CLASS.items():
            notebook = json.loads(released)
            written = {} if answers is None else {**RIGHT, **answers}
            for cell in notebook["cells"]:
                answer = written.get(cell["metadata"].get("nbgrader", {}).get("grade_id"))
                if answer is not None:
                    cell["source"] = answer
            (handed_in / f"{student}.ipynb").write_text(json.dumps(notebook))
        for student, text in BROKEN.items():
            (handed_in / f"{student}.ipynb").write_text(text)
        (self.folder / "one").mkdir()
        shutil.copy(handed_in / "right.ipynb", self.folder / "one")
        return len(CLASS) + len(BROKEN)

    def environment(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NNLIB_")}
        return {**environment, "NNKERNEL_CACHE": str(self.cache), "TMPDIR": str(self.temporary)}

    def start(self, out, handed_in):
        command = [self.nnkernel, "grade", self.folder / "week1", handed_in, "-o", out, "--seed", "11"]
        command += ["--timeout", str(self.options.timeout), "--jobs", str(self.options.jobs)]
        log = open(self.folder / "log", "wb")
        grader = subprocess.Popen(command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.graders.add(grader.pid)
        return grader

    def told(self):
        return (self.folder / "log").read_text(errors="replace")

    def end(self):
        """However this program ends, its grader ends with it."""
        if self.grader and self.grader.poll() is None:
            self.grader.kill()
            self.grader.wait()

    def grade_whole(self, out, handed_in):
        self.grader = self.start(out, handed_in)
        code = self.grader.wait()
        if code not in (0, 1):
            raise SystemExit(f"nnkernel grade: {self.told()}")
        return code

    def copy_marks(self, out):
        """What there is when the last mark has been given."""
        whole = self.folder / "whole"
        for path in [whole / "run.json", *whole.glob("students/*/marked.json")]:
            copy = out / path.relative_to(whole)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)

    def grade_and_kill(self, out, whole, most, code):
        """Grades until that is done, with at most so many kills: after how many seconds each came, and how many marks there were then."""
        moments, on_disk, orphans = [], {}, Orphans(self)
        while True:
            grader = self.grader = self.start(out, self.folder / "in")
            started = time.monotonic()
            moment = self.rng.uniform(0, whole) if len(moments) < most else None
            while grader.poll() is None and (moment is None or time.monotonic() - started < moment):
                orphans.look()
                time.sleep(0.005)
            has_ended = grader.poll() is not None
            if not has_ended:
                children = descendants()
                grader.kill()
                grader.wait()
                # One more may have been started in between.
                orphans.add({process for process in children | descendants() if process[0] != grader.pid})
            now = marks_on_disk(out)
            for student, text in on_disk.items():
                if now.get(student) != text:
                    self.fault(f"{student} was graded, and again after the kill")
            if has_ended:
                orphans.wait()
                if grader.returncode != code:
                    self.fault(f"exit status {grader.returncode}, expected {code}: {self.told()}")
                return moments
            on_disk = now
            self.marks_at_kills.append(len(now))
            moments.append((moment, len(now)))
            for path in sorted(out.rglob("*.json")) if out.exists() else []:
                try:
                    json.loads(path.read_bytes())
                except ValueError as error:
                    self.fault(f"{path.relative_to(out)} is not whole after a kill: {error}")
            # Who starts it again may be faster than its processes end.
            if self.rng.random() < 0.5:
                orphans.wait()

    def compare(self, expected, files, out):
        found = read_all(out)
        for name in sorted(expected.keys() | found.keys()):
            if expected.get(name) != found.get(name):
                self.fault(f"{name} is not what it is without kills: {difference(expected.get(name), found.get(name))}")
        for name in sorted(set(names(out)) ^ files):
            self.fault(f"{name} is {'missing' if name in files else 'left behind'} in the folder of the grading")

    def look_for_leftovers(self, cached):
        left = descendants()
        if left:
            self.fault(f"processes are left: {', '.join(describe(pid) for pid, _ in left)}")
        for name in names(self.temporary):
            self.fault(f"{name} is left in the folder for temporary files")
            path = self.temporary / name
            path.unlink() if path.is_file() else shutil.rmtree(path, ignore_errors=True)
        for name in sorted(set(names(self.cache)) - cached):
            self.fault(f"{name} is left in the cache")
            cached.add(name)
        for group in Path("/sys/fs/cgroup").rglob("nnkernel-*"):
            owner = re.fullmatch(r"nnkernel-(\d+)-\d+-\d+", group.name)
            if owner and int(owner.group(1)) in self.graders:
                self.fault(f"the control group {group} is left")


class Orphans:
    """What killed graders had started, and has not ended yet."""

    def __init__(self, trial):
        self.trial, self.processes = trial, {}

    def add(self, processes):
        killed = time.monotonic()
        self.trial.lingered[killed] = 0.0
        self.processes.update({process: killed for process in processes if process not in self.processes})
        self.look()

    def look(self):
        """Forgets those that are gone."""
        if not self.processes:
            return
        reap(self.processes)
        for process, killed in list(self.processes.items()):
            after = time.monotonic() - killed
            if not is_alive(*process):
                self.trial.lingered[killed] = after
                del self.processes[process]
            elif after > self.trial.options.patience:
                self.trial.fault(f"{describe(process[0])} is there {after:.1f} s after its grader was killed")
                del self.processes[process]

    def wait(self):
        while self.processes:
            self.look()
            time.sleep(0.005)


def reap(processes):
    """Takes notice of the ends of these children, and of nobody else's."""
    for pid, _ in processes:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            # It is somebody else's child.
            pass


def stat(pid):
    """The fields of a process's line from the third on; the second, in parentheses, may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_alive(pid, started):
    fields = stat(pid)
    return fields is not None and fields[19] == started and fields[0] != "Z"


def describe(pid):
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        words = "gone"
    return f"process {pid} ({words[:80]})"


def descendants():
    """All processes below this one that have not ended: their numbers, and when they were started."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := stat(entry)):
            parents[int(entry)] = (int(fields[1]), fields[19], fields[0])
    found, next_ones = set(), {os.getpid()}
    while next_ones:
        next_ones = {pid for pid, (parent, _, _) in parents.items() if parent in next_ones}
        found |= {(pid, parents[pid][1]) for pid in next_ones if parents[pid][2] != "Z"}
    return found


def names(folder):
    """All files and folders below, but what is built in a cache: nobody builds there any more."""
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not Path(path, name, "complete").is_file()]
        yield from (str(Path(path, name).relative_to(folder)) for name in folders + files)


def marks_on_disk(out):
    """The text of each student's marks, with the times that grading took: of a submission that is graded again, it is another."""
    return {path.parent.name: path.read_bytes() for path in out.glob("students/*/marked.json")}


def read_all(out):
    """What a grading tells, without the times that it took."""
    told = {}
    for path in out.rglob("*"):
        if path.is_dir() or path.name == ".nnkernel-lock":
            continue
        name = str(path.relative_to(out))
        if path.suffix != ".json":
            # The teacher's page ends with the slowest.
            told[name] = path.read_text().partition("<h2>Slowest</h2>")[0]
            continue
        told[name] = json.loads(path.read_text())
        for key in ("times", "execution_time"):
            told[name].pop(key, None)
        told[name].get("marked", {}).pop("times", None)
    return told


def difference(expected, found):
    """The first that there is."""
    if expected is None or found is None:
        return "it is missing" if found is None else "there was none"
    texts = [value if isinstance(value, str) else json.dumps(value, indent=1) for value in (expected, found)]
    for line, (left, right) in enumerate(zip(*(text.splitlines() for text in texts)), 1):
        if left != right:
            return f"line {line} is {right.strip()[:200]!r}, expected {left.strip()[:200]!r}"
    return f"{len(texts[1])} characters, expected {len(texts[0])}"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
