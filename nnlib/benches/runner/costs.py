"""What a training has to multiply, and how fast that can be done at all."""

from dataclasses import dataclass

# A square product, in which libraries come as near to what the processor can do as they ever do.
SQUARE = 2048


@dataclass(frozen=True)
class Cost:
    """The products of an epoch.

    The gradient with respect to the images is needed by nobody, and not counted.
    """

    precision: str
    # Training images in an epoch.
    images: int
    # Images of which only scores are computed, to measure the network.
    measured: int
    # Inputs and outputs of the dense layers, the first layer first.
    dense: list[tuple[int, int]]
    # Multiplications for an image of each convolution, the first first.
    convolutions: list[int]

    @property
    def multiplications(self) -> list[int]:
        """Those of each layer for an image, forward."""
        return [*self.convolutions, *(inputs * outputs for inputs, outputs in self.dense)]

    def operations_of(self, images: int) -> float:
        """Floating-point operations to train on so many images: scores, gradients of weights, and of inputs."""
        return 2.0 * images * (3 * sum(self.multiplications) - self.multiplications[0])

    @property
    def operations(self) -> float:
        """Those of an epoch."""
        return self.operations_of(self.images) + 2.0 * self.measured * sum(self.multiplications)

    def has_bound(self) -> bool:
        """Whether the products of its dense layers are nearly all that it takes.

        Not so in softmax regression: its products are narrow, and bound by memory; nnlib reads bytes in their place.
        """
        return not self.convolutions and len(self.dense) > 1

    def shapes(self, batch: int) -> list[str]:
        return [f"{batch}x{inputs}x{outputs}" for inputs, outputs in self.dense]


def cost(workload: str, width: int) -> Cost:
    """The cost of an epoch with `width` units in each hidden layer."""
    match workload:
        case "mlp" | "dropout-mlp":
            return Cost("f32", 60_000, 0, [(784, width), (width, width), (width, 10)], [])
        case "convnet":
            filters = [(1 * 3 * 3 * 32, 26 * 26), (32 * 3 * 3 * 64, 11 * 11), (64 * 3 * 3 * 64, 9 * 9)]
            return Cost("f32", 60_000, 0, [(1024, 100), (100, 10)], [weights * pixels for weights, pixels in filters])
        case "two-layer":
            return Cost("f64", 49_000, 2_000, [(3072, width), (width, 10)], [])
        case "three-layer":
            return Cost("f64", 49_000, 2_000, [(3072, width), (width, width), (width, 10)], [])
        case "batchnorm":
            return Cost("f64", 50_000, 11_000, [(784, width), (width, 10)], [])
        case "softmax":
            return Cost("f64", 60_000, 10_000, [(784, 10)], [])
    raise SystemExit(f"{workload}: no such workload")


# Those whose epochs may be cut off.
CUT_OFF = ["mlp", "convnet"]
WORKLOADS = ["mlp", "convnet", "dropout-mlp", "two-layer", "three-layer", "batchnorm", "softmax"]


def least(readings: list[dict]) -> dict:
    """The least seconds of each product of each shape, and who reached them."""
    best: dict = {}
    for name, seconds in readings:
        for shape, products in seconds.items():
            for product, took in products.items():
                known = best.setdefault(shape, {}).get(product)
                if known is None or took < known["seconds"]:
                    best[shape][product] = {"seconds": took, "by": name}
    return best


def peak(best: dict) -> float:
    """Operations a second in the square product."""
    return 2 * SQUARE**3 / min(product["seconds"] for product in best[square_shape()].values())


def square_shape() -> str:
    return f"{SQUARE}x{SQUARE}x{SQUARE}"


def bound(cost: Cost, batch: int, best: dict) -> float:
    """The seconds that an epoch's products take if each is computed by the library that is fastest at it.

    What lies between them is not counted, so that a training cannot be as fast.
    """
    step, forward = 0.0, 0.0
    for layer, shape in enumerate(cost.shapes(batch)):
        products = {name: product["seconds"] for name, product in best[shape].items()}
        forward += products["forward"]
        step += products["forward"] + products["dw"] + (products["dx"] if layer > 0 else 0.0)
    return (cost.images * step + cost.measured * forward) / batch
