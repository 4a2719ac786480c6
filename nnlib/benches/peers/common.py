"""What the peers share: where they start from, the clock, and the line that they print.

A peer is a program that trains a network of `training export`, from the same weights and on the same images:

    python numpy_peer.py FOLDER/mlp-32-1024.json [--epochs 3] [--steps N] [--variant NAME]
    python numpy_peer.py FOLDER/mlp-32-1024.json --check
    python numpy_peer.py gemm f32 32x784x1024 ...

`--check` takes the first steps on the same batches as nnlib has taken them, and compares the losses.
"""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

# How far a loss may be from nnlib's, relative to it where it is above 1.
TOLERANCE = 1e-3
# The workloads whose epochs may be cut off.
CUT_OFF = ("mlp", "convnet")
# How often inference is timed; the first time may be slower.
INFERENCES = 3
# Images that are classified at a time.
TEST_BATCH = 1000


class Training(Protocol):
    """A network, its optimizer and its images."""

    def train_epoch(self) -> float:
        """Trains for an epoch; returns the mean loss of its steps."""

    def step(self, rows: np.ndarray) -> float:
        """One step on the training images with these numbers; returns the loss before it."""

    def classify_test(self) -> np.ndarray:
        """The class of each test image."""


@dataclass
class Options:
    """What a training is told besides where it starts."""

    variant: str
    # How many steps an epoch has, if not all.
    steps: int | None
    # Whether the losses are to be compared: then there is no dropout.
    check: bool


class Start:
    """Where a training starts: what `training export` wrote."""

    def __init__(self, path: Path):
        told = json.loads(path.read_text())
        self.workload: str = told["workload"]
        self.data: str = told["data"]
        self.batch: int = told["batch"]
        self.width: int = told["width"]
        self.folder = path.parent / told["images"]
        arrays = np.load(path.parent / told["start"])
        self.losses = arrays["losses"]
        batches = arrays["batches"].astype(np.int64)
        # None in softmax regression, each step of which takes all images.
        self.batches = list(batches) if len(batches) else [None] * len(self.losses)
        self.parameters = {name: arrays[name] for name in arrays.files if name not in ("losses", "batches")}

    @property
    def epochs(self) -> int:
        """How many are usual; an epoch of softmax regression is a single step."""
        return 8 if self.workload == "softmax" else 3

    def layers(self, dtype: type) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights and biases, from the first layer to the last."""
        count = sum(name.startswith("w") for name in self.parameters)
        pairs = ((self.parameters[f"w{layer}"], self.parameters[f"b{layer}"]) for layer in range(1, count + 1))
        return [(w.astype(dtype), b.astype(dtype)) for w, b in pairs]

    @cached_property
    def train_images(self) -> np.ndarray:
        """Bytes, an image a row."""
        return np.load(self.folder / "train_images.npy")

    @cached_property
    def train_labels(self) -> np.ndarray:
        return np.load(self.folder / "train_labels.npy").astype(np.int64)

    @cached_property
    def test_images(self) -> np.ndarray:
        return np.load(self.folder / "test_images.npy")

    @cached_property
    def test_labels(self) -> np.ndarray:
        return np.load(self.folder / "test_labels.npy").astype(np.int64)

    def unit_images(self, dtype: type) -> tuple[np.ndarray, np.ndarray]:
        """Training and test images as numbers from 0 to 1."""
        return tuple(images.astype(dtype) / dtype(255) for images in (self.train_images, self.test_images))


class Orders:
    """A new random order of the training images for each epoch, cut off after `steps` steps if it is to be short."""

    def __init__(self, start: Start, options: Options):
        self.rng = np.random.default_rng(0)
        self.count = len(start.train_labels)
        self.kept = min(self.count, start.batch * (options.steps or self.count))
        self.num_steps = math.ceil(self.kept / start.batch)
        self.part_of_epoch = self.num_steps / math.ceil(self.count / start.batch)

    def next(self) -> np.ndarray:
        return self.rng.permutation(self.count)[: self.kept]


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory_kb() -> int | None:
    """The most memory that this process has had resident; only Linux tells."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)


def seconds_of(product: Callable[[], object]) -> float:
    """The least time that `product` takes, of many readings over 0.3 s, each of at least 2 ms."""

    def reading(count: int) -> float:
        started = time.perf_counter()
        for _ in range(count):
            product()
        return time.perf_counter() - started

    reading(1)
    count = max(1, int(2e-3 / reading(1)))
    least, end = math.inf, time.perf_counter() + 0.3
    while time.perf_counter() < end:
        least = min(least, reading(count) / count)
    return least


def measure(training: Training, start: Start, options: Options, epochs: int) -> dict:
    """Trains, classifies the test images, and reports."""
    part = Orders(start, options).part_of_epoch if options.steps else 1.0
    epoch_seconds, loss = [], math.nan
    for _ in range(epochs):
        started = time.perf_counter()
        loss = training.train_epoch()
        epoch_seconds.append((time.perf_counter() - started) / part)
    inference_seconds = math.inf
    for _ in range(INFERENCES):
        started = time.perf_counter()
        predicted = training.classify_test()
        inference_seconds = min(inference_seconds, time.perf_counter() - started)
    return {
        "data": start.data,
        "batch": start.batch,
        "width": start.width,
        "epoch_seconds": epoch_seconds,
        "loss": loss if math.isfinite(loss) else None,
        "accuracy": float(np.mean(predicted == start.test_labels)),
        "inference_seconds": inference_seconds,
        "peak_memory_kb": peak_memory_kb(),
        "cores": cores(),
    }


def compare(training: Training, start: Start) -> dict:
    """Takes the first steps, and says whether the losses are nnlib's."""
    losses = [float(training.step(rows)) for rows in start.batches]
    agrees = all(abs(a - b) <= TOLERANCE * max(1, abs(b)) for a, b in zip(losses, start.losses, strict=True))
    return {"agrees": agrees, "losses": losses, "nnlib": start.losses.tolist()}


def run(
    program: str,
    version: str,
    workloads: dict[str, Callable[[Start, Options], Training]],
    variants: list[str],
    gemm: Callable[[str, tuple[int, int, int]], dict[str, float]] | None = None,
) -> None:
    """The peer `program`, from its command line to the line that it prints. Its first variant is the default."""
    if gemm and sys.argv[1:2] == ["gemm"]:
        precision, shapes = sys.argv[2], sys.argv[3:]
        seconds = {shape: gemm(precision, tuple(map(int, shape.split("x")))) for shape in shapes}
        print(json.dumps({"program": program, "seconds": seconds}))
        return
    parser = argparse.ArgumentParser(description=f"Trains a network with {program}; prints a line of JSON.")
    parser.add_argument("start", type=Path, help="a file that `training export` wrote, such as mlp-32-1024.json")
    parser.add_argument("--epochs", type=int, help="3, or 8 iterations of softmax")
    parser.add_argument("--steps", type=int, help="mlp, convnet: cut epochs off, and scale their seconds")
    parser.add_argument("--variant", choices=variants, default=variants[0])
    parser.add_argument("--check", action="store_true", help="compare the losses of the first steps with nnlib's")
    arguments = parser.parse_args()
    start = Start(arguments.start)
    if start.workload not in workloads:
        parser.error(f"{program} has no {start.workload}, only {', '.join(workloads)}")
    if arguments.steps and start.workload not in CUT_OFF:
        parser.error(f"--steps: {start.workload} has no use for it")
    options = Options(arguments.variant, arguments.steps, arguments.check)
    training = workloads[start.workload](start, options)
    told = {"workload": start.workload, "program": program, "version": version, "variant": options.variant}
    if options.check:
        told |= compare(training, start)
    else:
        told |= measure(training, start, options, arguments.epochs or start.epochs)
    print(json.dumps(told))
    sys.exit(not told.get("agrees", True))
