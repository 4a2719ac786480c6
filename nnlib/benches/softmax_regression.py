"""Full-batch softmax regression at the size of MNIST, in NumPy and in nnlib, in turn on the same machine.

    pip install numpy
    python nnlib/benches/softmax_regression.py            # from the checkout's root

An iteration is a gradient on 60000 x 784 values in float64, a step, and cost and accuracy on 10000 x 784. NumPy's half
is the course's script; nnlib's is the benchmark `softmax_regression`. Prints seconds an iteration, the ratio of the
medians, and the peak memory of each program.
"""

import json
import pathlib
import resource
import statistics
import subprocess
import time

import numpy as np

ROUNDS, ITERATIONS = 3, 8
ROOT = pathlib.Path(__file__).resolve().parents[2]
N_TRAIN, N_TEST, D, M = 60000, 10000, 784, 10


def one_hot(labels):
    return np.eye(M)[labels]


def loss(z, y):
    return np.sum(y * np.log(np.sum(np.exp(z), axis=1, keepdims=True)) - y * z, axis=1)


def iterate(w, b):
    z = x_train @ w.T + b
    z = z - np.max(z, axis=1, keepdims=True)
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    dz = (p - y_train) / N_TRAIN
    cost = np.sum(loss(z, y_train)) / N_TRAIN
    accuracy = np.mean(np.argmax(p, axis=1) == labels_train)
    b, w = b - 0.5 * np.sum(dz, axis=0), w - 0.5 * dz.T @ x_train
    z = x_test @ w.T + b
    z = z - np.max(z, axis=1, keepdims=True)
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    test_cost = np.sum(loss(z, y_test)) / N_TEST
    test_accuracy = np.mean(np.argmax(p, axis=1) == labels_test)
    return w, b, (cost, accuracy, test_cost, test_accuracy)


def numpy_round():
    w, b = rng.normal(scale=0.02, size=(M, D)), np.zeros((1, M))
    w, b, _ = iterate(w, b)
    start = time.perf_counter()
    for _ in range(ITERATIONS):
        w, b, _ = iterate(w, b)
    return (time.perf_counter() - start) / ITERATIONS


def nnlib_round():
    command = ["cargo", "bench", "--quiet", "--profile", "dev", "-p", "nnlib-benches"]
    command += ["--", "--warm-up-time", "1", "--measurement-time", "4"]
    told = subprocess.run(command, cwd=ROOT, check=True, text=True, capture_output=True).stdout
    memory = next((line for line in told.splitlines() if line.startswith("peak memory")), "peak memory: unknown")
    target = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=ROOT))
    name = "softmax_regression_full_batch_iteration"
    path = pathlib.Path(target["target_directory"]) / "criterion" / name / "new" / "estimates.json"
    return json.loads(path.read_text())["median"]["point_estimate"] / 1e9, memory


rng = np.random.RandomState(0)
x_train, labels_train = rng.rand(N_TRAIN, D), rng.randint(M, size=N_TRAIN)
x_test, labels_test = rng.rand(N_TEST, D), rng.randint(M, size=N_TEST)
y_train, y_test = one_hot(labels_train), one_hot(labels_test)

subprocess.run(
    ["cargo", "bench", "--quiet", "--profile", "dev", "-p", "nnlib-benches", "--no-run"],
    cwd=ROOT,
    check=True,
)
times = {"numpy": [], "nnlib": []}
for number in range(ROUNDS):
    times["numpy"].append(numpy_round())
    seconds, memory = nnlib_round()
    times["nnlib"].append(seconds)
    print(f"round {number + 1}: numpy {times['numpy'][-1]:.4f} s, nnlib {times['nnlib'][-1]:.4f} s an iteration", flush=True)
numpy, nnlib = (statistics.median(times[name]) for name in ("numpy", "nnlib"))
print(f"median: numpy {np.__version__} {numpy:.4f} s, nnlib {nnlib:.4f} s; nnlib is {numpy / nnlib:.2f} times as fast")
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(f"numpy: peak memory: {own} kB; nnlib: {memory}")
