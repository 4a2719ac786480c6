"""Writes the files that fuzzing starts from: of each kind, as small as they can be.

    pip install numpy==2.4.6
    python make_seeds.py
"""

import gzip
import pickle
import struct
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests/fixtures/cifar10"))
from make_fixture import Python2  # noqa: E402

NAMES = [name.encode() for name in "abcdefghij"]
# Too few columns for a batch: that is noticed last, when all else is read.
ARRAY = np.arange(6, dtype=np.uint8).reshape(2, 3)


def python2(**entries):
    """`entries` as Python 2 pickles them."""
    pickler = Python2()

    def writer(value):
        if isinstance(value, np.ndarray):
            return lambda: pickler.array(value)
        if isinstance(value, list):
            return lambda: pickler.list(value, pickler.integer if isinstance(value[0], int) else pickler.string)
        return lambda: pickler.integer(value)

    return pickler.dict(**{key: writer(value) for key, value in entries.items()})


images = struct.pack(">4i6B", 0x803, 1, 2, 3, *range(6))
labels = struct.pack(">2i3B", 0x801, 3, 7, 8, 9)
line = "-122.230000,37.880000,41.000000,880.000000,129.000000,322.000000,126.000000,8.325200,452600.000000\r\n"
batch = {b"data": ARRAY, b"labels": [6, 9]}
seeds = {
    "idx/images": images,
    "idx/labels": labels,
    "idx/images.gz": gzip.compress(images, mtime=0),
    "idx/labels.gz": gzip.compress(labels, mtime=0),
    "cifar10_python/batch-2": python2(labels=[6, 9], data=ARRAY),
    "cifar10_python/three-axes": python2(labels=[6], data=ARRAY.reshape(1, 2, 3)),
    "cifar10_python/names": python2(num_cases_per_batch=10000, label_names=NAMES),
    "cifar10_binary/names": b"\n".join(NAMES) + b"\n\n",
    "cifar10_binary/picture": bytes(3073),
    "housing/lines": 2 * line.encode(),
}
def record(name, shape, values):
    """A record of `nnlib::probe`."""
    sizes = struct.pack(f"<2I{len(shape)}Q", len(name), len(shape), *shape)
    return b"PROB" + sizes + name + struct.pack(f"<{len(values)}d", *values)


seeds["probe_records/two"] = record(b"f/rate", [], [0.5]) + record(b"f/w", [2, 1], [1.0, float("nan")])
seeds["probe_records/empty"] = record(b"", [0, 3], [])
for protocol in 2, 3, 4:
    seeds[f"cifar10_python/batch-3-{protocol}"] = pickle.dumps(batch, protocol)

for path in (HERE.parent / "tests/fixtures/save").glob("*.*"):
    if path.suffix in (".npz", ".safetensors"):
        seeds[f"{path.suffix[1:]}/{path.name}"] = path.read_bytes()

for name, content in seeds.items():
    path = HERE / "seeds" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
