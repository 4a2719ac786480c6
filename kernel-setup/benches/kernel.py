"""How soon the kernel answers, how long cells take, and what it holds: ours beside evcxr's own server.

Both are installed by `nnkernel install` into a folder of this program's own, with the same preload, and then driven in
turn through Jupyter's client, as a notebook would (`pip install jupyter_client nbformat psutil`):

    python kernel-setup/benches/kernel.py [--nnkernel target/debug/nnkernel] [--rounds 5] [--notebook NAME ...]

Cells are those of `cells/typical.rs`, by their kind, and of the model answers of assignments, at the budget of graders.
Each script runs twice in ours: with no cell kept from before, and after a restart, with all of them unchanged. Both times
without a spare kernel, which has figures of its own: what it costs, and how soon a kernel answers that takes it over.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import nbformat
import psutil
from jupyter_client.manager import KernelManager

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent.parent / "notebooks"
# A cell may take so long.
TIMEOUT = 600
# 10^8 multiply-adds, as somebody writes them who does not know of `dot`; in a block, for any notebook has names of its own.
TRIPLE_LOOP = """
{
    fn product(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
        let mut c = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                for k in 0..n {
                    c[i * n + j] += a[i * n + k] * b[k * n + j];
                }
            }
        }
        c
    }
    let n = 464;
    let factor: Vec<f64> = (0..n * n).map(|i| i as f64).collect();
    let started = std::time::Instant::now();
    let traced = product(&factor, &factor, n)[n + 1];
    println!("{}", started.elapsed().as_secs_f64());
}
"""


class Kernel:
    """A kernel that has been started, and answers."""

    def __init__(self, name, environment):
        self.manager = KernelManager(kernel_name=name)
        self.started = time.perf_counter()
        self.manager.start_kernel(env={**os.environ, **environment})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)
        self.process = psutil.Process(self.manager.provisioner.pid)

    def since_start(self):
        return time.perf_counter() - self.started

    def run(self, code):
        """Seconds until the cell has ended, and whether it ended well; what it has printed is kept."""
        self.printed = ""
        started = time.perf_counter()
        reply = self.client.execute_interactive(
            code, timeout=TIMEOUT, stop_on_error=False, output_hook=self.take_output
        )
        return time.perf_counter() - started, reply["content"]["status"] == "ok"

    def take_output(self, message):
        if message["msg_type"] == "stream":
            self.printed += message["content"]["text"]

    def tree(self):
        return [self.process, *self.process.children(recursive=True)]

    def held(self):
        """MiB of the kernel and all below it; what they share is counted once."""
        return sum(process.memory_full_info().pss for process in self.tree()) / 2**20

    def cpu(self):
        """Processor seconds of the kernel, and of the compilers that it has started and that have ended."""
        total = 0
        for process in self.tree():
            # The processes that run cells lead groups of their own.
            if process.pid == self.process.pid or os.getpgid(process.pid) == os.getpgid(self.process.pid):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        return total

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)


def typical_cells():
    """Kinds and code of the cells that students write."""
    pieces = re.split(r"^// %% (.*)\n", (HERE / "cells" / "typical.rs").read_text(), flags=re.MULTILINE)
    return [(kind, code.strip()) for kind, code in zip(pieces[1::2], pieces[2::2])]


def cells_of(name):
    notebook = nbformat.read(NOTEBOOKS / name / f"{name}-solution.ipynb", as_version=4)
    return [("cell", cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def run_script(cells, kernel_name, environment):
    """Figures of one run, and the seconds that each cell took."""
    kernel = Kernel(kernel_name, environment)
    figures, times = {"answers kernel_info, s": kernel.since_start()}, []
    for index, (kind, code) in enumerate(cells):
        seconds, ended_well = kernel.run(code)
        if ended_well != (kind not in ("error", "panic")):
            sys.exit(f"{kernel_name}: cell {index + 1} ({kind}) {'ended well' if ended_well else 'failed'}:\n{code}")
        times.append((kind, seconds))
        if index == 1:
            figures["start to first result, s"] = kernel.since_start()
            before = kernel.cpu()
    figures["all cells, s"] = sum(seconds for _, seconds in times)
    figures["processor outside cells, s"] = kernel.cpu() - before
    time.sleep(1)
    figures["idle, MiB"] = kernel.held()
    kernel.run(TRIPLE_LOOP)
    figures["triple loop, 10^8 multiply-adds, s"] = float(kernel.printed)
    kernel.stop()
    return figures, times


def percentile_95(values):
    return statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def report(title, columns, rows):
    """A table: for each row its name and a figure a column, the last that of stock; and what stock's is to the others'."""
    print(f"\n| {title} | " + " | ".join(columns) + " | " + " | ".join(f"stock / {c}" for c in columns[:-1]) + " |")
    print("|---|" + "--:|" * (2 * len(columns) - 1))
    for name, values in rows:
        ratios = [f"{values[-1] / value:.1f}" for value in values[:-1]]
        print(f"| {name} | " + " | ".join([f"{value:.3g}" for value in values] + ratios) + " |")
    sys.stdout.flush()


def compare(title, cells, rounds):
    columns = ("ours", "ours again", "stock")
    figures = defaultdict(lambda: defaultdict(list))
    times = defaultdict(lambda: defaultdict(list))
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as kept:
            for column in columns:
                environment = {"NNKERNEL_CELLS": kept, "NNLIB_BUDGET": "grade", "NNKERNEL_SPARE": "off"}
                name = "stock" if column == "stock" else "nnkernel"
                taken, seconds = run_script(cells, name, environment)
                print(f"{title}, round {number + 1} of {rounds}, {column}: {taken}", file=sys.stderr)
                for figure, value in taken.items():
                    figures[figure][column].append(value)
                for kind, value in seconds:
                    for of in (kind, "any"):
                        times[of][column].append(value)
    report(
        f"{title}: median of {rounds}",
        columns,
        [(name, [statistics.median(values[column]) for column in columns]) for name, values in figures.items()],
    )
    rows = []
    for kind, values in times.items():
        rows.append((f"{kind}, median, s", [statistics.median(values[column]) for column in columns]))
        rows.append((f"{kind}, 95th percentile, s", [percentile_95(values[column]) for column in columns]))
    report(f"{title}: cells", columns, rows)


def spares():
    """Spare kernels that wait, or serve in the place of another process."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if {"spare", "--detached"} <= set(process.info["cmdline"] or ()):
            found += [process, *process.children(recursive=True)]
    return found


def wait_until(condition):
    """Seconds until then."""
    started = time.perf_counter()
    while not condition():
        if time.perf_counter() - started > TIMEOUT:
            sys.exit("a spare kernel did not come, or did not go")
        time.sleep(0.05)
    return time.perf_counter() - started


def spare_figures(cells):
    """Of a kernel that has a spare started, that spare, and the kernel which takes it over."""
    environment = {"NNKERNEL_SPARE": "on", "NNKERNEL_CELLS": ""}
    first = Kernel("nnkernel", environment)
    for _, code in cells[:2]:
        first.run(code)
    figures = {"a spare is ready after its kernel had nothing to do for, s": wait_until(spare_is_ready)}
    waiting = spares()

    def processor():
        times = [process.cpu_times() for process in waiting]
        return sum(time.user + time.system for time in times)

    figures["a spare that waits, MiB"] = sum(process.memory_full_info().pss for process in waiting) / 2**20
    before = processor()
    time.sleep(20)
    figures["a spare that waits, processor seconds in 20 s"] = processor() - before
    second = Kernel("nnkernel", environment)
    figures["answers kernel_info, s"] = second.since_start()
    for _, code in cells[:2]:
        second.run(code)
    figures["start to first result, s"] = second.since_start()
    # It has one started for the next kernel in turn.
    wait_until(spare_is_ready)
    second.stop()
    first.stop()
    figures["all gone after the last kernel, s"] = wait_until(lambda: not spares())
    return figures


def spare_is_ready():
    cache = Path(os.environ.get("NNKERNEL_CACHE") or Path.home() / ".cache" / "nnkernel")
    return any(path.is_socket() for path in cache.glob("spares-*/*"))


def measure_spares(cells, rounds):
    taken = []
    for number in range(rounds):
        taken.append(spare_figures(cells))
        print(f"spare, round {number + 1} of {rounds}: {taken[-1]}", file=sys.stderr)
    print(f"\n| with a spare: median of {rounds} | |\n|---|--:|")
    for name in taken[0]:
        print(f"| {name} | {statistics.median(figures[name] for figures in taken):.3g} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nnkernel", default="target/debug/nnkernel", type=Path)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--notebook", action="append", default=[], help="also the cells of this assignment")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as prefix:
        program = options.nnkernel.resolve()
        for name in (["nnkernel"], ["stock", "--stock"]):
            command = [program, "install", "--prefix", prefix, "--no-build", "--name", *name]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        os.environ["JUPYTER_PATH"] = f"{prefix}/share/jupyter"
        compare("typical cells", typical_cells(), options.rounds)
        if sys.platform == "linux":
            measure_spares(typical_cells(), options.rounds)
        for name in options.notebook:
            compare(name, cells_of(name), options.rounds)


if __name__ == "__main__":
    main()
