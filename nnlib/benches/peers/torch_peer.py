"""The networks in PyTorch on the processor, in the way that its tuning guide recommends. Run as common.py says.

Images lie in memory as one tensor, batches are taken with `index_select`, and the optimizer is a fused one. The variant
`compile` has the network compiled by `torch.compile`, which needs a C++ compiler.
"""

import common
import numpy as np
import torch
from common import TEST_BATCH, Options, Orders, Start
from torch import nn
from torch.nn import functional

torch.set_num_threads(common.cores())


class Net:
    """A network for shuffled images, its optimizer, and the loop over the batches."""

    def __init__(self, start: Start, options: Options, model: nn.Module, sample: tuple[int, ...]):
        self.train, self.test = (torch.from_numpy(x).reshape(-1, *sample) for x in start.unit_images(np.float32))
        self.labels = torch.from_numpy(start.train_labels)
        self.batch, self.orders = start.batch, Orders(start, options)
        load(model, start)
        if len(sample) == 3:
            # What the convolutions of oneDNN prefer.
            model = model.to(memory_format=torch.channels_last)
            self.train, self.test = (x.contiguous(memory_format=torch.channels_last) for x in (self.train, self.test))
        self.optimizer = self.new_optimizer(model.parameters())
        self.model = torch.compile(model) if options.variant == "compile" else model

    def new_optimizer(self, parameters) -> torch.optim.Optimizer:
        raise NotImplementedError

    def take_step(self, rows: torch.Tensor) -> torch.Tensor:
        x, labels = self.train.index_select(0, rows), self.labels.index_select(0, rows)
        self.optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(self.model(x), labels)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def step(self, rows: np.ndarray) -> float:
        return float(self.take_step(torch.from_numpy(rows)))

    def train_epoch(self) -> float:
        self.model.train()
        rows = torch.from_numpy(self.orders.next()).split(self.batch)
        return float(torch.stack([self.take_step(some) for some in rows]).mean())

    def classify_test(self) -> np.ndarray:
        self.model.eval()
        with torch.inference_mode():
            return torch.cat([self.model(x).argmax(1) for x in self.test.split(TEST_BATCH)]).numpy()


def load(model: nn.Module, start: Start) -> None:
    """The weights of dense layers are `(M, D)` here; filters are `(F, C, HH, WW)` in both."""
    layers = [layer for layer in model if isinstance(layer, nn.Linear | nn.Conv2d)]
    with torch.no_grad():
        for layer, (w, b) in zip(layers, start.layers(np.float32), strict=True):
            layer.weight.copy_(torch.from_numpy(w.T if w.ndim == 2 else w))
            layer.bias.copy_(torch.from_numpy(b))


class Mlp(Net):
    def __init__(self, start: Start, options: Options):
        units = start.width
        layers = [nn.Linear(784, units), nn.ReLU(), nn.Linear(units, units), nn.ReLU(), nn.Linear(units, 10)]
        super().__init__(start, options, nn.Sequential(*layers), (784,))

    def new_optimizer(self, parameters):
        return torch.optim.SGD(parameters, lr=0.1, fused=True)


class Convnet(Net):
    def __init__(self, start: Start, options: Options):
        model = nn.Sequential(
            nn.Conv2d(1, 32, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(64 * 4 * 4, 100),
            nn.ReLU(),
            nn.Linear(100, 10),
        )
        super().__init__(start, options, model, (1, 28, 28))

    def new_optimizer(self, parameters):
        return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, fused=True)


class DropoutMlp(Net):
    def __init__(self, start: Start, options: Options):
        units, rate = start.width, 0.0 if options.check else 0.2
        # Keras and nnlib add epsilon before they correct the second moment, PyTorch after it: in the first steps theirs
        # counts for more.
        self.epsilon = 2e-6 if options.check else 1e-7
        model = nn.Sequential(
            nn.Linear(784, units),
            nn.ReLU(),
            nn.Dropout(rate),
            nn.Linear(units, units),
            nn.ReLU(),
            nn.Dropout(rate),
            nn.Linear(units, 10),
        )
        super().__init__(start, options, model, (784,))

    def new_optimizer(self, parameters):
        return torch.optim.Adam(parameters, lr=0.001, eps=self.epsilon, fused=True)


def gemm(precision: str, shape: tuple[int, int, int]) -> dict[str, float]:
    """Seconds of the products of a dense layer: N samples, D inputs, M outputs."""
    n, d, m = shape
    dtype = {"f32": torch.float32, "f64": torch.float64}[precision]
    x, w, dout = (torch.rand(size, dtype=dtype) for size in ((n, d), (d, m), (n, m)))
    out, dw, dx = torch.empty_like(dout), torch.empty_like(w), torch.empty_like(x)
    with torch.inference_mode():
        return {
            "forward": common.seconds_of(lambda: torch.mm(x, w, out=out)),
            "dw": common.seconds_of(lambda: torch.mm(x.T, dout, out=dw)),
            "dx": common.seconds_of(lambda: torch.mm(dout, w.T, out=dx)),
        }


WORKLOADS = {"mlp": Mlp, "convnet": Convnet, "dropout-mlp": DropoutMlp}

if __name__ == "__main__":
    common.run("torch", torch.__version__, WORKLOADS, ["default", "compile"], gemm)
