"""The networks in Keras on the processor, with `fit`. Run as common.py says.

The variant is the backend.
"""

import os
import sys

BACKENDS = ["jax", "torch"]
# Keras asks for it when it is imported; the command line is read after that.
os.environ["KERAS_BACKEND"] = next((name for name in BACKENDS if name in sys.argv), BACKENDS[0])
os.environ["JAX_PLATFORMS"] = "cpu"

import common
import keras
import numpy as np
from common import TEST_BATCH, Options, Orders, Start
from keras import layers


class Net:
    """A compiled model, and its images."""

    sample: tuple[int, ...] = (784,)

    def __init__(self, start: Start, options: Options):
        keras.utils.set_random_seed(0)
        self.batch = start.batch
        kept = Orders(start, options).kept
        self.train, self.test = (x.reshape(-1, *self.sample) for x in start.unit_images(np.float32))
        self.train, self.labels = self.train[:kept], start.train_labels[:kept]
        self.model = keras.Sequential([layers.Input(self.sample), *self.stack(start.width, options)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        # Several steps at a time spare JAX's what is between them; PyTorch's allows no more than one.
        steps = 10 if options.variant == "jax" else 1
        self.model.compile(self.optimizer(), loss, metrics=["accuracy"], steps_per_execution=steps)
        arrays = self.laid_out(start.layers(np.float32))
        self.model.set_weights([array for pair in arrays for array in pair])

    def stack(self, width: int, options: Options) -> list[layers.Layer]:
        raise NotImplementedError

    def optimizer(self) -> keras.optimizers.Optimizer:
        raise NotImplementedError

    def laid_out(self, arrays: list) -> list:
        """Weights as Keras takes them."""
        return arrays

    def step(self, rows: np.ndarray) -> float:
        self.model.reset_metrics()
        return float(self.model.train_on_batch(self.train[rows], self.labels[rows])[0])

    def train_epoch(self) -> float:
        history = self.model.fit(self.train, self.labels, batch_size=self.batch, epochs=1, verbose=0)
        return float(history.history["loss"][0])

    def classify_test(self) -> np.ndarray:
        return self.model.predict(self.test, batch_size=TEST_BATCH, verbose=0).argmax(axis=1)


class Mlp(Net):
    def stack(self, width, options):
        return [layers.Dense(width, "relu"), layers.Dense(width, "relu"), layers.Dense(10)]

    def optimizer(self):
        return keras.optimizers.SGD(0.1)


class Convnet(Net):
    sample = (28, 28, 1)

    def stack(self, width, options):
        return [
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100, "relu"),
            layers.Dense(10),
        ]

    def optimizer(self):
        return keras.optimizers.SGD(0.01, momentum=0.9)

    def laid_out(self, arrays):
        *convolutions, (w, b), last = arrays
        convolutions = [(filters.transpose(2, 3, 1, 0), biases) for filters, biases in convolutions]
        # The dense layer after them reads pixel by pixel here, and channel by channel in nnlib.
        w = w.reshape(64, 4, 4, -1).transpose(1, 2, 0, 3).reshape(w.shape)
        return [*convolutions, (w, b), last]


class DropoutMlp(Net):
    def stack(self, width, options):
        rate = 0.0 if options.check else 0.2
        hidden = [layers.Dense(width, "relu"), layers.Dropout(rate), layers.Dense(width, "relu"), layers.Dropout(rate)]
        return [*hidden, layers.Dense(10)]

    def optimizer(self):
        return keras.optimizers.Adam(0.001)


WORKLOADS = {"mlp": Mlp, "convnet": Convnet, "dropout-mlp": DropoutMlp}

if __name__ == "__main__":
    common.run("keras", keras.__version__, WORKLOADS, BACKENDS)
