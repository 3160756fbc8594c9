"""RNN, GRU and LSTM over time against keras.layers and torch.nn, side by side in one run.

    python benchmarks/layers.py                      # the whole table, some ten minutes
    python benchmarks/layers.py --cells lstm --sizes 0 --seconds 3
    pip install torch==2.13.0                        # the peer; without it, its column stays empty

One turn of every contestant, over and over, each time another one first, so that a busy machine
slows them all; medians, and ratios of medians. What is timed:

forward   outputs of all time steps, from the inputs, the weights as they are
step      the same, the mean of the squared outputs as loss, and the gradients of all weights

Ours and Keras's run under tf.function; Keras's is the best of three: as it comes, unrolled, and
with jit_compile. torch.nn.GRU resets after the product, so it does a little less than the others.
The floor is the time that the products alone need at the machine's own rate for large products.
First call and peak memory come from a process each: seconds until the first step's result; resident
memory at its highest while steps run, over what it was before the layer was made.
"""

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SIZES = ((32, 35, 28, 256), (256, 64, 64, 128), (64, 100, 128, 512))  # batch, time, features, units
CELLS = {"rnn": 1, "gru": 3, "lstm": 4}  # products of one step, each (features + units, units)
KERAS = ("keras", "keras unroll", "keras jit")


def ours_or_keras(name, cell, size):
    """(forward, step) of a Keras layer under tf.function; both return once the result is there."""
    import keras
    import tensorflow as tf

    batch, steps, features, units = size
    if name == "ours":
        import course_lib

        kind = {"rnn": course_lib.RNN, "gru": course_lib.GRU, "lstm": course_lib.LSTM}[cell]
        options = {}
    else:
        kind = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
        kind = kind[cell]
        options = {"reset_after": False} if cell == "gru" else {}
        options["unroll"] = name == "keras unroll"
    layer = kind(units, return_sequences=True, **options)
    x = tf.random.stateless_normal((batch, steps, features), seed=(0, 0))
    layer.build(x.shape)
    weights = [weight.value for weight in layer.trainable_variables]
    compiled = tf.function(jit_compile=True if name == "keras jit" else None)

    @compiled
    def forward():
        return layer(x)

    @compiled
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(layer(x)))
        return tape.gradient(loss, weights)

    return (lambda: forward()[0, 0, 0].numpy()), (lambda: [g.numpy() for g in step()])


def torch_layer(cell, size):
    """(forward, step) of a torch.nn layer on two threads."""
    import torch

    torch.set_num_threads(os.cpu_count())
    batch, steps, features, units = size
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    layer = kind(features, units, batch_first=True)
    x = torch.randn(batch, steps, features)

    def forward():
        with torch.no_grad():
            return layer(x)[0]

    def step():
        layer.zero_grad()
        layer(x)[0].square().mean().backward()

    return forward, step


def contestant(name, cell, size):
    return torch_layer(cell, size) if name == "torch" else ours_or_keras(name, cell, size)


def interleaved(functions, seconds, least=5):
    """{name: median milliseconds}, one turn of each after the other for about `seconds`."""
    taken = {name: [] for name in functions}
    order = list(functions)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken[order[0]]) < least:
        for name in order:
            start = time.perf_counter()
            functions[name]()
            taken[name].append(1e3 * (time.perf_counter() - start))
        order.append(order.pop(0))
    return {name: statistics.median(times) for name, times in taken.items()}


def large_product_rate(size=2048):
    """FLOP/s of one large square product in float32: what the machine can do."""
    import tensorflow as tf

    matrix = tf.random.stateless_normal((size, size), seed=(0, 0))
    best = math.inf
    for _ in range(12):
        start = time.perf_counter()
        tf.matmul(matrix, matrix)[0, 0].numpy()
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best


def floors(cell, size, rate):
    """(forward, step) milliseconds of the products alone. Back: Δ Uᵀ, and the weights' gradients;
    nobody asked for the gradient of x."""
    batch, steps, features, units = size
    column = 2 * batch * steps * units * CELLS[cell]  # FLOP for one row of the kernels
    forward = column * (features + units)
    return 1e3 * forward / rate, 1e3 * (2 * forward + column * units) / rate


def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6


def alone(name, cell, size):
    """{"seconds", "step", "megabytes"} in this process: the first step, the median of the next in
    milliseconds, and peak memory."""
    if name == "torch":
        import torch  # noqa: F401
    else:
        import tensorflow as tf

        tf.function(lambda x: tf.tanh(x @ x), jit_compile=True)(tf.ones((9, 9)))  # XLA is up
    before = megabytes()
    _, step = contestant(name, cell, size)
    start = time.perf_counter()
    step()
    seconds = time.perf_counter() - start
    if os.path.exists("/proc/self/clear_refs"):  # Linux: forget the compiler's own peak
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    median = interleaved({"step": step}, seconds=1)["step"]
    with open("/proc/self/status") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024 / 1e6
    return {"seconds": seconds, "step": median, "megabytes": peak - before}


def in_a_process(name, cell, size):
    command = [sys.executable, __file__, "--alone", name, cell, ",".join(map(str, size))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def row(cell, size, peers, seconds, rate, alone_too):
    names = ("ours", *KERAS, *peers)
    pairs = {}
    for name in names:
        pairs[name] = contestant(name, cell, size)
        for function in pairs[name]:
            function()
            function()
    print(f"\n{cell}, (batch, time, features, units) = {size}", flush=True)
    for i, kind in enumerate(("forward", "step")):
        times = interleaved({name: pairs[name][i] for name in names}, seconds)
        keras = min(times[name] for name in KERAS)
        floor = floors(cell, size, rate)[i]
        line = "  ".join(f"{name} {times[name]:.1f}" for name in names)
        ratio = f"ours / keras {times['ours'] / keras:.2f}"
        if "torch" in times:
            ratio += f"  ours / torch {times['ours'] / times['torch']:.2f}"
        ratio += f"  floor / ours {floor / times['ours']:.2f}"
        print(f"  {kind:8}{line}  floor {floor:.1f}  |  {ratio}", flush=True)
    if alone_too:
        for name in names:
            seen = in_a_process(name, cell, size)
            print(
                f"  {name:13} first step {seen['seconds']:5.2f} s, "
                f"peak memory {seen['megabytes']:6.0f} MB",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--sizes", nargs="+", type=int, choices=(0, 1, 2), default=[0, 1, 2])
    parser.add_argument("--seconds", type=float, default=10, help="for each line of times")
    parser.add_argument("--times-only", action="store_true", help="no processes for memory")
    parser.add_argument("--alone", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        name, cell, size = given.alone
        print(json.dumps(alone(name, cell, tuple(map(int, size.split(","))))))
        return
    try:
        import torch

        peers = ("torch",)
        print(f"torch {torch.__version__}")
    except ImportError:
        peers = ()
        print("torch is not installed: its column is left out (pip install torch==2.13.0)")
    rate = large_product_rate()
    print(f"{os.cpu_count()} cores, large products {rate / 1e9:.0f} GFLOP/s; milliseconds, medians")
    for size in given.sizes:
        for cell in given.cells:
            row(cell, SIZES[size], peers, given.seconds, rate, not given.times_only)


if __name__ == "__main__":
    main()
