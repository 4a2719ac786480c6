"""How soon the kernel answers, how long cells take, and how much memory it holds: ours beside evcxr's own server.

Both are this project's binary with the same preload, started in turn by Jupyter's client (`pip install jupyter_client psutil`).

    python kernel-setup/benches/kernel.py [--nnkernel target/debug/nnkernel] [--rounds 3] [--cells 20]
"""

import argparse
import statistics
import time
from pathlib import Path

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

CELLS = {
    "trivial statement": "let a{i} = {i};",
    "value": "1 + {i}",
    "function": "fn f{i}(x: f64) -> f64 {{ x + {i}.0 }}",
    "arrays": "let m{i} = Array2::<f64>::from_elem((100, 100), {i}.0);\nm{i}.dot(&m{i}).sum()",
}


def start(program, is_stock):
    manager = KernelManager()
    stock = ["--stock"] if is_stock else []
    manager._kernel_spec = KernelSpec(
        argv=[str(program), "kernel", *stock, "--connection-file", "{connection_file}"], language="rust"
    )
    started = time.perf_counter()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=300)
    return manager, client, time.perf_counter() - started


def run(client, code):
    started = time.perf_counter()
    client.execute_interactive(code, timeout=300, output_hook=lambda message: None)
    return time.perf_counter() - started


def held(manager):
    """MiB of the kernel and all below it; what they share is counted once."""
    kernel = psutil.Process(manager.provisioner.pid)
    processes = [kernel, *kernel.children(recursive=True)]
    return sum(process.memory_full_info().pss for process in processes) / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nnkernel", default="target/debug/nnkernel", type=Path)
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--cells", default=20, type=int)
    options = parser.parse_args()
    figures = {}
    for _ in range(options.rounds):
        for is_stock in (False, True):
            manager, client, ready = start(options.nnkernel.resolve(), is_stock)
            taken = {"answers kernel_info, s": ready, "first cell, s": run(client, "use nnlib::prelude::*;")}
            taken["first variable, s"] = run(client, "let first = Array2::<f64>::zeros((2, 2));")
            time.sleep(2)
            taken["idle, MiB"] = held(manager)
            for name, code in CELLS.items():
                times = [run(client, code.format(i=i)) for i in range(options.cells)]
                taken[f"{name}, s"] = statistics.median(times)
            client.stop_channels()
            manager.shutdown_kernel(now=False)
            for name, value in taken.items():
                figures.setdefault(name, ([], []))[is_stock].append(value)
    print(f"{'median of ' + str(options.rounds) + ' kernels':28} {'ours':>9} {'stock':>9} {'ratio':>7}")
    for name, values in figures.items():
        ours, stock = (statistics.median(value) for value in values)
        print(f"{name:28} {ours:9.3f} {stock:9.3f} {ours / stock:7.2f}")


if __name__ == "__main__":
    main()
