"""Figures for people: a table for each workload, in Markdown that can be read as it is."""

HEADER = [
    "program",
    "best epoch, s",
    "to nnlib's",
    "median, s",
    "GFLOP/s",
    "of peak",
    "peak memory, MB",
    "10,000 images, s",
    "loss",
    "accuracy",
]


def report(summary: dict) -> str:
    """A heading, the table, and what follows from it."""
    sizes = [f"batches of {summary['batch']}"] if summary["batch"] else []
    sizes += [f"width {summary['width']}"] if summary["width"] else []
    heading = ", ".join([summary["workload"], *sizes, summary["precision"], summary["data"]])
    results = sorted(summary["results"].items(), key=lambda item: item[1]["epoch_seconds"])
    rows = [row(name, result) for name, result in results]
    return f"### {heading}\n\n{table([HEADER, *rows])}\n\n{sentences(summary)}\n"


def row(name: str, result: dict) -> list[str]:
    version = result["version"].partition("+")[0]
    memory, loss = result["peak_memory_kb"], result["loss"]
    return [
        name if name == "nnlib" else f"{name} {version}",
        f"{result['epoch_seconds']:.4g}",
        f"{result['ratio']:.2f}",
        f"{result['median_seconds']:.4g}",
        f"{result['flops'] / 1e9:.1f}",
        f"{100 * result['of_peak']:.0f} %",
        f"{memory / 1024:.0f}" if memory else "unknown",
        f"{result['inference_seconds']:.3g}",
        f"{loss:.4f}" if loss is not None else "not finite",
        f"{result['accuracy']:.4f}",
    ]


def table(rows: list[list[str]]) -> str:
    """Columns as wide as they must be; the first is text, the others are numbers."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [cell.rjust(width) if index else cell.ljust(width) for index, (cell, width) in enumerate(zip(row, widths))]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def sentences(summary: dict) -> str:
    ours = summary["results"]["nnlib"]
    told = []
    if fastest := summary["fastest_peer"]:
        peer = summary["results"][fastest]
        told.append(f"Fastest peer: {fastest}, whose epoch takes {peer['ratio']:.2f} times as long as nnlib's.")
    told.append(
        f"Peak: {summary['peak_flops'] / 1e9:.0f} GFLOP/s in {summary['precision']}, in a large square product."
    )
    if bound := summary.get("bound"):
        told.append(
            f"Bound: the products of an epoch take {bound['epoch_seconds']:.3g} s where each is computed by the "
            f"library that is fastest at it; nnlib's epoch of {ours['epoch_seconds']:.3g} s reaches "
            f"{100 * bound['reached_by_nnlib']:.0f} % of that."
        )
    return "\n".join(told)
