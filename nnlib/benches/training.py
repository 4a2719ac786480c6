"""How fast nnlib trains, beside NumPy, PyTorch, JAX and Keras, on this machine.

    pip install -r nnlib/benches/peers/requirements.txt
    python nnlib/benches/training.py                                        # everything; an hour or so
    python nnlib/benches/training.py --workloads mlp,convnet --rounds 3 --peers numpy,torch,jax,keras:torch
    python nnlib/benches/training.py --data ~/data --json out.json --markdown out.md
    python nnlib/benches/training.py --workloads mlp --steps 100 --rounds 1  # a first look
    python nnlib/benches/training.py --workloads batchnorm --width 500
    python nnlib/benches/training.py --check                                # do the peers compute what nnlib does?
    python nnlib/benches/training.py --growth growth.png                    # against batch and width, beside PyTorch

Each program runs in a process of its own, and they take turns, so that all meet the same machine. See README.md for
what is measured. Exit status: 0, or 1 where nnlib's program fails or a check does.
"""

import argparse
import json
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from runner import growth, programs, rounds, tables
from runner.costs import CUT_OFF, WORKLOADS
from runner.programs import Failure, Ours, say


def arguments() -> argparse.Namespace:
    def names(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", type=names, help=f"some of {','.join(WORKLOADS)}; by default all")
    parser.add_argument("--rounds", type=int, default=3, help="how often each program is started (3)")
    parser.add_argument("--epochs", type=int, help="epochs a round (3, and 8 iterations of softmax)")
    parser.add_argument("--batch", type=int, default=0, help="images a step, where it is not to be the usual")
    parser.add_argument("--width", type=int, default=0, help="units of each hidden layer, likewise")
    parser.add_argument("--steps", type=int, help=f"{' and '.join(CUT_OFF)}: cut epochs off after so many steps")
    parser.add_argument(
        "--peers",
        type=names,
        default=list(programs.PEERS),
        help="numpy,torch,jax,keras, or variants of them: torch:compile, jax:scan, keras:torch",
    )
    parser.add_argument("--data", type=Path, help="where `mnist/` and CIFAR-10 lie (NNLIB_DATA)")
    parser.add_argument("--program", type=Path, help="nnlib's program, if it is built already")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file")
    parser.add_argument("--growth", type=Path, help="draw the time of an epoch against batch and width")
    parser.add_argument("--check", action="store_true", help="only compare the first losses of each peer with nnlib's")
    options = parser.parse_args()
    if unknown := set(options.workloads or []) - set(WORKLOADS):
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    if options.growth and find_spec("matplotlib") is None:
        parser.error("--growth: matplotlib is not installed")
    return options


def run(options: argparse.Namespace, folder: Path) -> bool:
    ours = Ours(options.program.resolve() if options.program else programs.build(), options.data)
    peers = programs.installed(options.peers)
    if options.check:
        return rounds.check(options.workloads or WORKLOADS, ours, peers, folder)
    found = {"machine": rounds.machine(), "workloads": {}}
    rounds.warn_of_load(found["machine"]["load_before"])
    if options.growth:
        torch = programs.installed(["torch"])
        found["growth"] = growth.measure(ours, torch[0] if torch else None, options.rounds, folder)
        growth.draw(found["growth"], options.growth)
    reports = []
    if options.workloads is None:
        # A picture that is asked for is all that is asked for.
        options.workloads = [] if options.growth else WORKLOADS
    for workload in options.workloads:
        start = ours.export(folder, workload, options.batch, options.width)
        told = rounds.run_workload(start, ours, peers, options.rounds, passed_on(options, workload))
        found["workloads"][workload] = told
        reports.append(tables.report(told))
        say(f"\n{reports[-1]}")
        # After each: a long run that is cut off leaves what it has.
        write(options, found, reports)
    write(options, found, reports)
    return True


def passed_on(options: argparse.Namespace, workload: str) -> list[object]:
    """What each program is told about epochs."""
    epochs = ["--epochs", options.epochs] if options.epochs else []
    return epochs + (["--steps", options.steps] if options.steps and workload in CUT_OFF else [])


def write(options: argparse.Namespace, found: dict, reports: list[str]) -> None:
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text("\n".join(reports))


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        try:
            fine = run(options, Path(folder))
        except Failure as failure:
            say(str(failure))
            fine = False
    sys.exit(not fine)


if __name__ == "__main__":
    main()
