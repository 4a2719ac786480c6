"""The networks in JAX on the processor. Run as common.py says.

A step is one compiled function, to which parameters and optimizer are donated. The variant `scan` compiles the loop
over the batches of an epoch as well.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import common
import jax
import jax.numpy as jnp
import numpy as np
from common import TEST_BATCH, Options, Orders, Start
from jax import lax

# Dropout draws many numbers; the default generator is made to be split, not to be fast.
jax.config.update("jax_default_prng_impl", "rbg")


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    log_probabilities = jax.nn.log_softmax(logits)
    return -jnp.take_along_axis(log_probabilities, labels[:, None], axis=1).mean()


class Net:
    """A network for shuffled images, its optimizer, and the loop over the batches."""

    sample: tuple[int, ...] = (784,)

    def __init__(self, start: Start, options: Options):
        self.options, self.batch, self.orders = options, start.batch, Orders(start, options)
        train, test = start.unit_images(np.float32)
        self.train, self.test = (jnp.asarray(x.reshape(-1, *self.sample)) for x in (train, test))
        self.labels = jnp.asarray(start.train_labels, jnp.int32)
        parameters = [(jnp.asarray(w), jnp.asarray(b)) for w, b in self.laid_out(start.layers(np.float32))]
        self.state = (parameters, self.memory(parameters))
        self.key, self.num_steps = jax.random.key(0), 0
        self.step_jit = jax.jit(self.take_step, donate_argnums=0)
        self.epoch_jit = jax.jit(self.take_steps, donate_argnums=0)
        self.classify_jit = jax.jit(lambda parameters, x: self.logits(parameters, x, None).argmax(1))

    def laid_out(self, layers: list) -> list:
        """Weights as this network takes them."""
        return layers

    def memory(self, parameters: list):
        """What the optimizer remembers at first."""
        return ()

    def logits(self, parameters: list, x: jax.Array, key: jax.Array | None) -> jax.Array:
        raise NotImplementedError

    def update(self, parameters: list, gradients: list, memory):
        """The next parameters, and what is remembered."""
        raise NotImplementedError

    def take_step(
        self, state, images: jax.Array, labels: jax.Array, key: jax.Array, rows: jax.Array, number: jax.Array
    ):
        """The step with this `number`, which dropout draws by."""
        parameters, memory = state
        x, y, key = images[rows], labels[rows], jax.random.fold_in(key, number)

        def loss_of(parameters: list) -> jax.Array:
            return cross_entropy(self.logits(parameters, x, key), y)

        loss, gradients = jax.value_and_grad(loss_of)(parameters)
        return self.update(parameters, gradients, memory), loss

    def take_steps(
        self, state, images: jax.Array, labels: jax.Array, key: jax.Array, rows: jax.Array, numbers: jax.Array
    ):
        """A step for each row of `rows`."""

        def step(state, each):
            return self.take_step(state, images, labels, key, *each)

        return lax.scan(step, state, (rows, numbers))

    def step(self, rows: np.ndarray) -> jax.Array:
        # NumPy's numbers: one of Python's would be compiled into the step.
        arguments = (self.train, self.labels, self.key, rows.astype(np.int32), np.int32(self.num_steps))
        self.state, loss = self.step_jit(self.state, *arguments)
        self.num_steps += 1
        return loss

    def train_epoch(self) -> float:
        order = self.orders.next()
        whole = len(order) // self.batch * self.batch if self.options.variant == "scan" else 0
        losses = []
        if whole:
            rows = order[:whole].reshape(-1, self.batch).astype(np.int32)
            numbers = np.arange(self.num_steps, self.num_steps + len(rows), dtype=np.int32)
            self.state, some = self.epoch_jit(self.state, self.train, self.labels, self.key, rows, numbers)
            self.num_steps += len(rows)
            losses.extend(np.asarray(some))
        losses.extend(self.step(order[first : first + self.batch]) for first in range(whole, len(order), self.batch))
        # Steps run in the background: an epoch is over when its last parameters are there.
        jax.block_until_ready(self.state)
        return float(np.mean(losses))

    def classify_test(self) -> np.ndarray:
        some = range(0, len(self.test), TEST_BATCH)
        classes = [self.classify_jit(self.state[0], self.test[first : first + TEST_BATCH]) for first in some]
        return np.concatenate(classes)


class Mlp(Net):
    RATE = 0.1

    def logits(self, parameters, x, key):
        for w, b in parameters[:-1]:
            x = jax.nn.relu(x @ w + b)
        w, b = parameters[-1]
        return x @ w + b

    def update(self, parameters, gradients, memory):
        return jax.tree.map(lambda w, dw: w - self.RATE * dw, parameters, gradients), memory


class Convnet(Net):
    """Channels last, as XLA prefers them."""

    RATE, MOMENTUM = 0.01, 0.9
    sample = (28, 28, 1)

    def laid_out(self, layers):
        *convolutions, (w, b), last = layers
        convolutions = [(filters.transpose(2, 3, 1, 0), biases) for filters, biases in convolutions]
        # The dense layer after them reads pixel by pixel here, and channel by channel in nnlib.
        w = w.reshape(64, 4, 4, -1).transpose(1, 2, 0, 3).reshape(w.shape)
        return [*convolutions, (w, b), last]

    def memory(self, parameters):
        return jax.tree.map(jnp.zeros_like, parameters)

    def logits(self, parameters, x, key):
        def convolve(x, layer):
            w, b = layer
            out = lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            return jax.nn.relu(out + b)

        first, second, third, (w4, b4), (w5, b5) = parameters
        max_pool = max_pool_by_window if key is None else max_pool_by_shape
        x = max_pool(convolve(x, first))
        x = max_pool(convolve(convolve(x, second), third))
        x = x.reshape(len(x), -1)
        return jax.nn.relu(x @ w4 + b4) @ w5 + b5

    def update(self, parameters, gradients, memory):
        memory = jax.tree.map(lambda v, dw: self.MOMENTUM * v + dw, memory, gradients)
        return jax.tree.map(lambda w, v: w - self.RATE * v, parameters, memory), memory


def max_pool_by_shape(x: jax.Array) -> jax.Array:
    """The largest of each 2x2 pixels, with the faster gradient on a processor."""
    n, h, w, c = x.shape
    return x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))


def max_pool_by_window(x: jax.Array) -> jax.Array:
    """The same, faster where no gradient is asked for."""
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


class DropoutMlp(Net):
    """With Adam as Keras has it."""

    RATE, BETA_1, BETA_2, EPSILON, DROPOUT = 0.001, 0.9, 0.999, 1e-7, 0.2

    def memory(self, parameters):
        return jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), jnp.array(0)

    def logits(self, parameters, x, key):
        for layer, (w, b) in enumerate(parameters[:-1]):
            x = jax.nn.relu(x @ w + b)
            if key is not None and not self.options.check:
                kept = jax.random.bernoulli(jax.random.fold_in(key, layer), 1 - self.DROPOUT, x.shape)
                x = jnp.where(kept, x / (1 - self.DROPOUT), 0)
        w, b = parameters[-1]
        return x @ w + b

    def update(self, parameters, gradients, memory):
        first, second, step = memory
        step += 1
        first = jax.tree.map(lambda m, g: m + (1 - self.BETA_1) * (g - m), first, gradients)
        second = jax.tree.map(lambda v, g: v + (1 - self.BETA_2) * (g * g - v), second, gradients)
        alpha = self.RATE * jnp.sqrt(1 - self.BETA_2**step) / (1 - self.BETA_1**step)

        def move(w, m, v):
            return w - alpha * m / (jnp.sqrt(v) + self.EPSILON)

        return jax.tree.map(move, parameters, first, second), (first, second, step)


def gemm(precision: str, shape: tuple[int, int, int]) -> dict[str, float]:
    """Seconds of the products of a dense layer: N samples, D inputs, M outputs. Each call is waited for."""
    n, d, m = shape
    dtype = precision.replace("f", "float")
    with jax.enable_x64(precision == "f64"):
        keys = jax.random.split(jax.random.key(0), 3)
        x, w, dout = (jax.random.uniform(key, size, dtype) for key, size in zip(keys, ((n, d), (d, m), (n, m))))
        forward, dw, dx = jax.jit(lambda x, w: x @ w), jax.jit(lambda x, g: x.T @ g), jax.jit(lambda g, w: g @ w.T)
        return {
            "forward": common.seconds_of(lambda: forward(x, w).block_until_ready()),
            "dw": common.seconds_of(lambda: dw(x, dout).block_until_ready()),
            "dx": common.seconds_of(lambda: dx(dout, w).block_until_ready()),
        }


WORKLOADS = {"mlp": Mlp, "convnet": Convnet, "dropout-mlp": DropoutMlp}

if __name__ == "__main__":
    common.run("jax", jax.__version__, WORKLOADS, ["default", "scan"], gemm)
