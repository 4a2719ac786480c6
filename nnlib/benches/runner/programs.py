"""The programs that train: ours, and the peers that are installed."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BENCHES = Path(__file__).resolve().parents[1]
ROOT = BENCHES.parents[1]

ON_IMAGES = ("mlp", "convnet", "dropout-mlp")
# The workloads of each peer, and the variants of its program; the first is what its name alone stands for.
PEERS = {
    "numpy": (("mlp", "two-layer", "three-layer", "batchnorm", "softmax"), ("default",)),
    "torch": (ON_IMAGES, ("default", "compile")),
    "jax": (ON_IMAGES, ("default", "scan")),
    "keras": (ON_IMAGES, ("jax", "torch")),
}


class Failure(Exception):
    """A program that ended in failure: how it was called, and what it said last."""


@dataclass(frozen=True)
class Peer:
    """A program in `peers/`, in one of its variants."""

    library: str
    variant: str

    @property
    def name(self) -> str:
        return self.library if self.variant == PEERS[self.library][1][0] else f"{self.library}:{self.variant}"

    @property
    def has_gemm(self) -> bool:
        return self.library in ("numpy", "torch", "jax")

    def has(self, workload: str) -> bool:
        return workload in PEERS[self.library][0]

    def missing(self) -> list[str]:
        """What it needs and is not installed."""
        backend = [self.variant] if self.library == "keras" else []
        needed = dict.fromkeys(["numpy", self.library, *backend])
        return [name for name in needed if importlib.util.find_spec(name) is None]

    def run(self, *arguments: object) -> dict:
        return run(sys.executable, BENCHES / "peers" / f"{self.library}_peer.py", *arguments)

    def train(self, start: dict, *arguments: object) -> dict:
        return self.run(start["file"], "--variant", self.variant, *arguments)

    def gemm(self, precision: str, shapes: list[str]) -> dict:
        return self.run("gemm", precision, *shapes)["seconds"]


@dataclass(frozen=True)
class Ours:
    """The program `training`, and where it looks for data sets."""

    program: Path
    data: Path | None
    name: str = "nnlib"
    has_gemm: bool = True

    def options(self, start: dict) -> list[object]:
        """The options that `start` was written with."""
        sizes = [("--batch", start["batch"]), ("--width", start["width"]), ("--data", self.data)]
        return [part for name, value in sizes if value for part in (name, value)]

    def train(self, start: dict, *arguments: object) -> dict:
        return run(self.program, start["workload"], *self.options(start), *arguments)

    def export(self, folder: Path, workload: str, batch: int = 0, width: int = 0) -> dict:
        """Writes what the peers start from."""
        options = self.options({"batch": batch, "width": width})
        return run(self.program, "export", workload, "--to", folder, *options)

    def gemm(self, precision: str, shapes: list[str]) -> dict:
        return run(self.program, "gemm", precision, *shapes)["seconds"]


def peer(name: str) -> Peer:
    """The peer called `torch`, or `torch:compile`."""
    library, _, variant = name.partition(":")
    variants = PEERS.get(library, ((), ()))[1]
    if not variants or (variant and variant not in variants):
        known = [Peer(library, variant).name for library, (_, variants) in PEERS.items() for variant in variants]
        raise SystemExit(f"{name}: no such peer; there are {', '.join(known)}")
    return Peer(library, variant or variants[0])


def installed(names: list[str]) -> list[Peer]:
    """The peers of these names that can run; says which cannot."""
    peers = []
    for each in map(peer, names):
        if missing := each.missing():
            say(f"{each.name} is left out: {' and '.join(missing)} not installed")
        else:
            peers.append(each)
    return peers


def build() -> Path:
    """Builds ours as notebooks have it: nnlib at opt-level 3, which is the profile `dev`."""
    command = ["cargo", "build", "--quiet", "-p", "nnlib-benches", "--message-format", "json-render-diagnostics"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        raise Failure("cargo build failed")
    executables = [json.loads(line).get("executable") for line in built.stdout.splitlines()]
    return next(Path(path) for path in executables if path)


def run(*command: object) -> dict:
    """What a program prints: one line of JSON."""
    ended = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    lines = ended.stdout.splitlines()
    if lines and (ended.returncode == 0 or '"agrees"' in lines[-1]):
        return json.loads(lines[-1])
    said = ended.stderr.splitlines()[-5:] or [f"ended with status {ended.returncode}"]
    raise Failure("\n".join([f"$ {' '.join(map(str, command))}", *said]))


def say(text: str) -> None:
    print(text, flush=True)
