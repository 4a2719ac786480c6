"""How the time of an epoch grows with the batch and with the width, as a picture."""

from pathlib import Path

from .costs import cost
from .programs import Ours, Peer, say

BATCHES = [2**power for power in range(3, 11)]
WIDTHS = [2**power for power in range(6, 13)]
# What stays as it is while the other grows.
BATCH, WIDTH = 32, 1024
# Operations that are timed at once: a second or so on a small machine.
OPERATIONS = 1e11
LEAST_STEPS = 10


def measure(ours: Ours, torch: Peer | None, rounds: int, folder: Path) -> dict:
    """Seconds of an epoch by program, for each batch at the usual width, and each width at the usual batch."""
    points = [(batch, WIDTH) for batch in BATCHES] + [(BATCH, width) for width in WIDTHS]
    seconds = {point: epoch_seconds(ours, torch, rounds, folder, *point) for point in dict.fromkeys(points)}
    return {
        "batches": [{"batch": batch, **seconds[batch, WIDTH]} for batch in BATCHES],
        "widths": [{"width": width, **seconds[BATCH, width]} for width in WIDTHS],
    }


def epoch_seconds(
    ours: Ours, torch: Peer | None, rounds: int, folder: Path, batch: int, width: int
) -> dict[str, float]:
    start = ours.export(folder, "mlp", batch, width)
    steps = max(LEAST_STEPS, int(OPERATIONS / cost("mlp", width).operations_of(batch)))
    programs = [ours, torch] if torch else [ours]
    best: dict[str, float] = {}
    for number in range(rounds):
        for program in programs[:: -1 if number % 2 else 1]:
            took = min(program.train(start, "--steps", steps)["epoch_seconds"])
            best[program.name] = min(took, best.get(program.name, took))
    say(f"batch {batch}, width {width}: " + ", ".join(f"{name} {took:.3g} s" for name, took in best.items()))
    # Up to 160 MB, and read by nobody any more.
    (folder / start["start"]).unlink()
    return best


def draw(points: dict, path: Path) -> None:
    """Two panels, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter, StrMethodFormatter

    labels = {"nnlib": ("nnlib", "#b3261e", "o"), "torch": ("PyTorch", "#2f5fb3", "s")}
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
    panels = [
        (axes[0], "batches", "batch", "images a batch", f"hidden layers of {WIDTH} units"),
        (axes[1], "widths", "width", "units of each hidden layer", f"batches of {BATCH}"),
    ]
    for axis, key, name, label, title in panels:
        for program, (text, color, marker) in labels.items():
            if program in points[key][0]:
                x, y = [point[name] for point in points[key]], [point[program] for point in points[key]]
                axis.loglog(x, y, color=color, marker=marker, markersize=5, label=text)
        axis.set_title(title, fontsize=11)
        axis.set_xlabel(label)
        axis.xaxis.set_major_locator(FixedLocator([point[name] for point in points[key]]))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(ScalarFormatter())
        axis.grid(True, which="both", color="#e4e4e4", linewidth=0.6)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("seconds an epoch of 60,000 images")
    axes[0].yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes[0].legend(frameon=False)
    figure.suptitle("Training a perceptron 784-H-H-10 by gradient descent, f32", fontsize=12)
    figure.savefig(path, dpi=150)
