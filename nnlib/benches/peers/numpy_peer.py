"""The networks in NumPy: gradients written out, arrays updated in place, no product that is not needed.

What is computed is the course's; how is what somebody does who wants it fast. Run as common.py says.
"""

import common
import numpy as np
from common import TEST_BATCH, Options, Orders, Start


def chunks(count: int, size: int) -> list[slice]:
    return [slice(first, first + size) for first in range(0, count, size)]


def softmax_loss(scores: np.ndarray, labels: np.ndarray) -> float:
    """The mean cross-entropy of `scores`, which become its gradient."""
    rows = np.arange(len(labels))
    scores -= scores.max(axis=1, keepdims=True)
    right = scores[rows, labels]
    np.exp(scores, out=scores)
    sums = scores.sum(axis=1, keepdims=True)
    loss = float(np.mean(np.log(sums[:, 0]) - right))
    scores /= sums
    scores[rows, labels] -= 1
    scores /= len(labels)
    return loss


class DenseNet:
    """Affine layers with rectifiers between them, by gradient descent."""

    def __init__(self, layers: list[tuple[np.ndarray, np.ndarray]], batch: int, rate: float):
        self.layers, self.rate = layers, rate
        dtype = layers[0][0].dtype
        # Written anew by each step: outputs of the layers, the gradients of their inputs, and those of the weights.
        self.outputs = [np.empty((batch, len(b)), dtype) for _, b in layers]
        self.dinputs = [np.empty((batch, len(w)), dtype) for w, _ in layers]
        self.dweights = [np.empty_like(w) for w, _ in layers]

    def step(self, x: np.ndarray, labels: np.ndarray) -> float:
        """One step on a batch; returns the loss before it."""
        count = len(labels)
        inputs = [x]
        for (w, b), out in zip(self.layers, self.outputs):
            out = out[:count]
            np.matmul(inputs[-1], w, out=out)
            out += b
            if len(inputs) < len(self.layers):
                np.maximum(out, 0, out=out)
            inputs.append(out)
        dout = inputs.pop()
        loss = softmax_loss(dout, labels)
        # All gradients are proportional to this one: it takes the rate to them.
        dout *= self.rate
        for layer in reversed(range(len(self.layers))):
            w, b = self.layers[layer]
            dw, x = self.dweights[layer], inputs[layer]
            np.matmul(x.T, dout, out=dw)
            db = dout.sum(axis=0)
            if layer > 0:
                dx = self.dinputs[layer][:count]
                np.matmul(dout, w.T, out=dx)
                dx *= x > 0
                dout = dx
            w -= dw
            b -= db
        return loss

    def scores(self, x: np.ndarray) -> np.ndarray:
        for w, b in self.layers[:-1]:
            x = np.maximum(x @ w + b, 0)
        w, b = self.layers[-1]
        return x @ w + b


class Mlp:
    """Three layers in `float32`, on shuffled batches."""

    def __init__(self, start: Start, options: Options):
        self.train, self.test = start.unit_images(np.float32)
        self.labels, self.batch = start.train_labels, start.batch
        self.orders = Orders(start, options)
        self.x = np.empty((start.batch, self.train.shape[1]), np.float32)
        self.net = DenseNet(start.layers(np.float32), start.batch, 0.1)

    def step(self, rows: np.ndarray) -> float:
        # With the default mode, `take` would write to a buffer first.
        x = np.take(self.train, rows, axis=0, out=self.x[: len(rows)], mode="clip")
        return self.net.step(x, self.labels[rows])

    def train_epoch(self) -> float:
        order = self.orders.next()
        return float(np.mean([self.step(order[some]) for some in chunks(len(order), self.batch)]))

    def classify_test(self) -> np.ndarray:
        some = chunks(len(self.test), TEST_BATCH)
        return np.concatenate([self.net.scores(self.test[rows]).argmax(axis=1) for rows in some])


class Solver:
    """The course's solver: batches are drawn with replacement, and after an epoch the accuracy is measured."""

    rate_decay = 1.0

    def __init__(self, start: Start, num_train: int, num_validation: int, scale: float):
        self.net: DenseNet | BatchNormNet
        self.batch = start.batch
        pixels = start.train_images.astype(np.float64)
        pixels /= scale
        self.train, self.validation = pixels[:num_train], pixels[num_train : num_train + num_validation]
        mean = self.train.mean(axis=0)
        pixels -= mean
        self.test = start.test_images / scale - mean
        self.labels = start.train_labels[:num_train]
        self.validation_labels = start.train_labels[num_train : num_train + num_validation]
        self.rng = np.random.RandomState(1)

    def step(self, rows: np.ndarray) -> float:
        return self.net.step(self.train[rows], self.labels[rows])

    def train_epoch(self) -> float:
        count = len(self.labels)
        losses = [self.step(self.rng.choice(count, self.batch)) for _ in range(count // self.batch)]
        some = self.rng.choice(count, 1000)
        self.accuracy(self.train[some], self.labels[some])
        self.accuracy(self.validation, self.validation_labels)
        self.net.rate *= self.rate_decay
        return float(np.mean(losses))

    def accuracy(self, x: np.ndarray, labels: np.ndarray) -> float:
        return float(np.mean(self.classify(x, 100) == labels))

    def classify(self, x: np.ndarray, size: int) -> np.ndarray:
        return np.concatenate([self.net.scores(x[some]).argmax(axis=1) for some in chunks(len(x), size)])

    def classify_test(self) -> np.ndarray:
        return self.classify(self.test, TEST_BATCH)


class ColourNet(Solver):
    """Two or three layers on CIFAR-10, whose pixels stay numbers up to 255."""

    rate_decay = 0.95

    def __init__(self, start: Start, options: Options):
        super().__init__(start, 49_000, 1_000, 1.0)
        self.net = DenseNet(start.layers(np.float64), start.batch, 1e-3)


class BatchNormNet:
    """Affine, batch normalization, rectifier, affine; by momentum, with a cost on large weights."""

    MOMENTUM, REG, AVERAGE, EPS = 0.9, 1e-4, 0.9, 1e-5

    def __init__(self, start: Start, rate: float):
        self.rate = rate
        self.parameters = {name: array.copy() for name, array in start.parameters.items()}
        self.velocities = {name: np.zeros_like(array) for name, array in self.parameters.items()}
        self.mean, self.variance = np.zeros(start.width), np.zeros(start.width)

    def step(self, x: np.ndarray, labels: np.ndarray) -> float:
        p = self.parameters
        normalized = x @ p["w1"]
        normalized += p["b1"]
        mean = normalized.mean(axis=0)
        normalized -= mean
        variance = np.einsum("nd,nd->d", normalized, normalized) / len(x)
        inverse_std = 1 / np.sqrt(variance + self.EPS)
        normalized *= inverse_std
        hidden = normalized * p["gamma1"]
        hidden += p["beta1"]
        np.maximum(hidden, 0, out=hidden)
        scores = hidden @ p["w2"]
        scores += p["b2"]
        self.mean = self.AVERAGE * self.mean + (1 - self.AVERAGE) * mean
        self.variance = self.AVERAGE * self.variance + (1 - self.AVERAGE) * variance

        loss = softmax_loss(scores, labels)
        gradients = {"w2": hidden.T @ scores, "b2": scores.sum(axis=0)}
        dhidden = scores @ p["w2"].T
        dhidden *= hidden > 0
        dgamma, dbeta = np.einsum("nd,nd->d", dhidden, normalized), dhidden.sum(axis=0)
        dhidden -= dbeta / len(x)
        normalized *= dgamma / len(x)
        dhidden -= normalized
        dhidden *= p["gamma1"] * inverse_std
        gradients |= {"w1": x.T @ dhidden, "b1": dhidden.sum(axis=0), "gamma1": dgamma, "beta1": dbeta}

        for name in ("w1", "w2"):
            w = p[name]
            loss += 0.5 * self.REG * float(np.vdot(w, w))
            gradients[name] += self.REG * w
        for name, gradient in gradients.items():
            velocity = self.velocities[name]
            velocity *= self.MOMENTUM
            gradient *= self.rate
            velocity -= gradient
            p[name] += velocity
        return loss

    def scores(self, x: np.ndarray) -> np.ndarray:
        p = self.parameters
        scale = p["gamma1"] / np.sqrt(self.variance + self.EPS)
        hidden = x @ p["w1"]
        hidden += p["b1"] - self.mean
        hidden *= scale
        hidden += p["beta1"]
        np.maximum(hidden, 0, out=hidden)
        return hidden @ p["w2"] + p["b2"]


class BatchNorm(Solver):
    """MNIST with a normalized hidden layer."""

    def __init__(self, start: Start, options: Options):
        super().__init__(start, 50_000, 10_000, 255.0)
        self.net = BatchNormNet(start, 1e-2)


class Softmax:
    """Softmax regression with all images at each step, measured on the test images after it."""

    RATE = 0.5

    def __init__(self, start: Start, options: Options):
        self.train, self.test = start.unit_images(np.float64)
        self.labels, self.test_labels = start.train_labels, start.test_labels
        ((self.w, self.b),) = start.layers(np.float64)

    def step(self, rows: None) -> float:
        scores = self.train @ self.w + self.b
        self.accuracy = np.mean(scores.argmax(axis=1) == self.labels)
        loss = softmax_loss(scores, self.labels)
        self.w -= self.RATE * (self.train.T @ scores)
        self.b -= self.RATE * scores.sum(axis=0)
        tested = self.test @ self.w + self.b
        self.test_accuracy = np.mean(tested.argmax(axis=1) == self.test_labels)
        self.test_loss = softmax_loss(tested, self.test_labels)
        return loss

    def train_epoch(self) -> float:
        return self.step(None)

    def classify_test(self) -> np.ndarray:
        return (self.test @ self.w + self.b).argmax(axis=1)


def gemm(precision: str, shape: tuple[int, int, int]) -> dict[str, float]:
    """Seconds of the products of a dense layer: N samples, D inputs, M outputs."""
    n, d, m = shape
    rng = np.random.default_rng(0)
    x, w, dout = (rng.random(size).astype(precision.replace("f", "float")) for size in ((n, d), (d, m), (n, m)))
    out, dw, dx = np.empty_like(dout), np.empty_like(w), np.empty_like(x)
    return {
        "forward": common.seconds_of(lambda: np.matmul(x, w, out=out)),
        "dw": common.seconds_of(lambda: np.matmul(x.T, dout, out=dw)),
        "dx": common.seconds_of(lambda: np.matmul(dout, w.T, out=dx)),
    }


WORKLOADS = {
    "mlp": Mlp,
    "two-layer": ColourNet,
    "three-layer": ColourNet,
    "batchnorm": BatchNorm,
    "softmax": Softmax,
}

if __name__ == "__main__":
    common.run("numpy", np.__version__, WORKLOADS, ["default"], gemm)
