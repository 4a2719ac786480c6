"""What a checkpoint costs a cell: the time from the order to run a compiled cell to the answer that it has ended.

The same cells, in C, are run by `nnkernel`'s runtime, which leaves a checkpoint before each, and by evcxr's own, which does
not; the two take turns. Both speak the same protocol on their standard streams.

    python kernel-setup/benches/checkpoint.py [--nnkernel target/debug/nnkernel] [--rounds 50]
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

SOURCE = r"""
#include <stdlib.h>
#include <string.h>
static char *held;
void *grow(void *variables) {
    size_t size = (size_t)MEBIBYTES << 20;
    held = malloc(size);
    memset(held, 1, size);
    return variables;
}
void *nothing(void *variables) { return variables; }
"""


class Runtime:
    """A process that runs cells, as evcxr starts it."""

    def __init__(self, program, folder, has_checkpoints):
        environment = {**os.environ, "EVCXR_IS_RUNTIME": "1"}
        if has_checkpoints:
            environment["NNKERNEL_RUNTIME_WORKDIR"] = str(folder)
        self.process = subprocess.Popen(
            [program], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def run(self, library, function):
        """Milliseconds."""
        started = time.perf_counter()
        self.process.stdin.write(f"LOAD_AND_RUN {library} {function}\n")
        answer = self.process.stdout.readline()
        took = time.perf_counter() - started
        assert answer == "EVCXR_EXECUTION_COMPLETE\n", answer
        return 1000 * took

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nnkernel", default="target/debug/nnkernel", type=Path)
    parser.add_argument("--rounds", default=50, type=int)
    options = parser.parse_args()
    print("resident  with checkpoints  without   difference  (median milliseconds a cell, 90th percentile)")
    for mebibytes in (16, 128, 1024):
        with tempfile.TemporaryDirectory() as folder:
            source, library = Path(folder, "cell.c"), Path(folder, "cell.so")
            source.write_text(SOURCE)
            subprocess.run(["cc", "-shared", "-fPIC", f"-DMEBIBYTES={mebibytes}", "-o", library, source], check=True)
            runtimes = [Runtime(options.nnkernel.resolve(), folder, checkpoints) for checkpoints in (True, False)]
            times = [[], []]
            for runtime in runtimes:
                runtime.run(library, "grow")
            for _ in range(options.rounds):
                for runtime, taken in zip(runtimes, times):
                    taken.append(runtime.run(library, "nothing"))
                    # As between the cells of a notebook: what is still to be tidied up is not the next cell's.
                    time.sleep(0.05)
            for runtime in runtimes:
                runtime.end()
        ours, theirs = (statistics.median(taken) for taken in times)
        late = [statistics.quantiles(taken, n=10)[-1] for taken in times]
        print(f"{mebibytes:5} MiB  {ours:8.2f} ({late[0]:.2f})   {theirs:5.2f} ({late[1]:.2f})  {ours - theirs:8.2f}")


if __name__ == "__main__":
    main()
