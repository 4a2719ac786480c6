"""Trainings in turn."""

import os
import platform
import statistics
from pathlib import Path

from .costs import bound, cost, least, peak, square_shape
from .programs import Failure, Ours, Peer, say


def machine() -> dict:
    """What the figures were measured on."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "load_before": os.getloadavg()[0],
    }


def warn_of_load(load: float) -> None:
    if load > 0.3:
        say(f"The machine is busy (load {load:.1f}): its figures will say little, and PyTorch's least of all.")


def run_workload(start: dict, ours: Ours, peers: list[Peer], rounds: int, extra: list[object]) -> dict:
    """Trains with all programs in turn, and multiplies. A peer that fails is left out from there on."""
    workload = start["workload"]
    net = cost(workload, start["width"])
    shapes = [square_shape(), *(net.shapes(start["batch"]) if net.has_bound() else [])]
    programs = [ours, *(peer for peer in peers if peer.has(workload))]
    multipliers = [ours, *{peer.library: peer for peer in peers if peer.has_gemm}.values()]
    told: dict[str, list[dict]] = {program.name: [] for program in programs}
    products = []
    for number in range(rounds):
        # The order rotates: nobody always comes first, or after the same neighbour.
        first = number % len(programs)
        for program in programs[first:] + programs[:first]:
            try:
                line = program.train(start, *extra)
            except Failure as failure:
                if isinstance(program, Ours):
                    raise
                say(f"{workload}: {program.name} is left out, it failed:\n{failure}")
                programs.remove(program)
                continue
            told[program.name].append(line)
            seconds = min(line["epoch_seconds"])
            say(f"{workload}, round {number + 1} of {rounds}: {program.name} {seconds:.4g} s an epoch")
        products += multiply(multipliers, net.precision, shapes)
    return summary(start, told, least(products))


def multiply(programs: list[Ours | Peer], precision: str, shapes: list[str]) -> list[tuple[str, dict]]:
    """The seconds of all products, library by library."""
    readings = []
    for program in programs:
        try:
            readings.append((program.name, program.gemm(precision, shapes)))
        except Failure as failure:
            if isinstance(program, Ours):
                raise
            say(f"the products of {program.name} are left out, they failed:\n{failure}")
    return readings


def summary(start: dict, told: dict[str, list[dict]], products: dict) -> dict:
    """The best of all rounds, and what it is worth."""
    net, fastest_product = cost(start["workload"], start["width"]), peak(products)
    results = {name: best_of(lines, net.operations, fastest_product) for name, lines in told.items() if lines}
    ours = results["nnlib"]
    for result in results.values():
        result["ratio"] = result["epoch_seconds"] / ours["epoch_seconds"]
    peers = [name for name in results if name != "nnlib"]
    told_all = {
        **{key: start[key] for key in ("workload", "data", "batch", "width")},
        "precision": net.precision,
        "results": results,
        "fastest_peer": min(peers, key=lambda name: results[name]["epoch_seconds"], default=None),
        "peak_flops": fastest_product,
        "products": products,
        "rounds": told,
    }
    if net.has_bound():
        seconds = bound(net, start["batch"], products)
        told_all["bound"] = {"epoch_seconds": seconds, "reached_by_nnlib": seconds / ours["epoch_seconds"]}
    return told_all


def best_of(lines: list[dict], operations: float, fastest_product: float) -> dict:
    epochs = [seconds for line in lines for seconds in line["epoch_seconds"]]
    best = min(epochs)
    last = lines[-1]
    memory = [line["peak_memory_kb"] for line in lines if line["peak_memory_kb"]]
    return {
        "version": last["version"],
        "epoch_seconds": best,
        "median_seconds": statistics.median(epochs),
        "flops": operations / best,
        "of_peak": operations / best / fastest_product,
        "peak_memory_kb": max(memory, default=None),
        "inference_seconds": min(line["inference_seconds"] for line in lines),
        "loss": last["loss"],
        "accuracy": last["accuracy"],
    }


def check(workloads: list[str], ours: Ours, peers: list[Peer], folder: Path) -> bool:
    """Whether all peers compute the losses that ours does, from the same weights."""
    compared, agree = 0, True
    for workload in workloads:
        start = ours.export(folder, workload)
        for peer in (peer for peer in peers if peer.has(workload)):
            compared += 1
            try:
                line = peer.train(start, "--check")
            except Failure as failure:
                agree = False
                say(f"{workload}: {peer.name} FAILED:\n{failure}")
                continue
            agree &= line["agrees"]
            verdict = "agrees" if line["agrees"] else f"DIFFERS: {line['losses']}, nnlib {line['nnlib']}"
            say(f"{workload}: {peer.name} {verdict}")
    if not compared:
        say("no peer to compare with")
    return agree and compared > 0
