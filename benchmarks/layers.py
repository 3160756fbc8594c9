"""RNN, GRU and LSTM over time against keras.layers and torch.nn, side by side in one run.

    python benchmarks/layers.py                      # the whole table, some fifteen minutes
    python benchmarks/layers.py --cells lstm --sizes 0 --seconds 3 --times-only
    python benchmarks/layers.py --quick --json       # tiny shapes: does it run?
    pip install torch==2.13.0                        # the peer; without it, its column stays empty

Contestants take turns, each time another one first, so that a busy machine slows them all; medians,
and ratios of medians. What is timed, in milliseconds:

forward   outputs of all time steps, from the inputs; nobody asks for a gradient
step      the same, the mean of the squared outputs as loss, and the gradients of all weights

Ours and Keras's run under tf.function; Keras's best is that of three: as it comes, unrolled, and
with jit_compile. torch.nn.GRU resets after the product, so it does a little less than the others.
The floor is the time that the products alone need at the machine's own rate for large products.

Then one process for each contestant: `first step` is the seconds until the first step's result,
tracing and compilation included; `memory` is the highest resident memory while further steps run,
over what it was before the layer was made (Linux), in megabytes.
"""

import argparse
import ctypes
import json
import math
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SIZES = ((32, 35, 28, 256), (256, 64, 64, 128), (64, 100, 128, 512))  # batch, time, features, units
QUICK = (16, 3, 4, 8)
CELLS = {"rnn": 1, "gru": 3, "lstm": 4}  # products of one step, each (features + units, units)
KERAS = ("keras", "keras unroll", "keras jit")


def in_tensorflow(name, cell, size):
    """(forward, step) of a layer under tf.function; both return once the result is there."""
    import keras
    import tensorflow as tf

    import course_lib

    tf.get_logger().setLevel("ERROR")  # one function for each contestant looks to it like retracing
    batch, steps, features, units = size
    if name == "ours":
        layer = {"rnn": course_lib.RNN, "gru": course_lib.GRU, "lstm": course_lib.LSTM}[cell]
        options = {}
    else:
        layer = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
        layer = layer[cell]
        options = {"unroll": name == "keras unroll"} | (
            {"reset_after": False} if cell == "gru" else {}
        )
    layer = layer(units, return_sequences=True, **options)
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


def in_torch(cell, size):
    """(forward, step) of a torch.nn layer on as many threads as there are cores."""
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
    return in_torch(cell, size) if name == "torch" else in_tensorflow(name, cell, size)


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
            time.sleep(0.03)  # torch's threads spin on for a while: not at the next one's expense
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
    """{"forward", "step"}: milliseconds of the products alone. Back: Δ Uᵀ, and the gradients of the
    weights; nobody asked for the gradient of x."""
    batch, steps, features, units = size
    column = 2 * batch * steps * units * CELLS[cell]  # FLOP for one row of the kernels
    forward = column * (features + units)
    return {"forward": 1e3 * forward / rate, "step": 1e3 * (2 * forward + column * units) / rate}


def resident(field):
    """Megabytes of this process: VmRSS now, VmHWM at the highest (Linux; elsewhere nan)."""
    if not os.path.exists("/proc/self/status"):
        return math.nan
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) / 1024


def forget_the_compiler():
    """What it has freed goes back to the system, and its peak is no longer the highest (Linux)."""
    if os.path.exists("/proc/self/clear_refs"):
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)(0)
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")


def alone(name, cell, size, seconds=1.0):
    """{"first", "step", "memory"} in this process, which must be fresh: seconds of the first step,
    milliseconds of the median of those after it, megabytes."""
    if name == "torch":
        import torch  # noqa: F401
    else:
        import tensorflow as tf

        tf.function(lambda x: tf.tanh(x @ x), jit_compile=True)(tf.ones((9, 9)))  # XLA is up
    before = resident("VmRSS")
    _, step = contestant(name, cell, size)
    start = time.perf_counter()
    step()
    first = time.perf_counter() - start
    forget_the_compiler()
    median = interleaved({"step": step}, seconds)["step"]
    return {"first": first, "step": median, "memory": resident("VmHWM") - before}


def in_a_process(name, cell, size):
    command = [sys.executable, __file__, "--alone", name, cell, json.dumps(size)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name}, {cell}, {size} failed in a process of its own:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def row(cell, size, names, seconds, rate):
    """{"forward": {name: milliseconds}, "step": ...}, each with its floor."""
    pairs = {name: dict(zip(("forward", "step"), contestant(name, cell, size), strict=True))
             for name in names}  # fmt: skip
    for both in pairs.values():
        for function in (*both.values(), *both.values()):  # twice: the first call compiles
            function()
    return {
        kind: interleaved({name: pairs[name][kind] for name in names}, seconds)
        | {"floor": floors(cell, size, rate)[kind]}
        for kind in ("forward", "step")
    }


def shown(found, names):
    """A row as the lines of a table."""
    yield f"\n{found['cell']}, (batch, time, features, units) = {tuple(found['size'])}"
    columns = (*names, "floor")
    yield f"{'':12}" + "".join(f"{name:>14}" for name in columns) + "    ours /:  keras  torch"
    for kind in ("forward", "step", "first", "memory"):
        numbers = found.get(kind, {})
        if not numbers:
            continue
        cells = (f"{numbers[name]:14.2f}" if name in numbers else f"{'':14}" for name in columns)
        keras = numbers["ours"] / min(numbers[name] for name in KERAS)
        torch = f"{numbers['ours'] / numbers['torch']:7.2f}" if "torch" in numbers else "      –"
        yield f"{kind:12}" + "".join(cells) + f"{keras:18.2f}{torch}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--sizes", nargs="+", type=int, choices=(0, 1, 2), default=[0, 1, 2])
    parser.add_argument("--seconds", type=float, default=10, help="for each line of times")
    parser.add_argument("--times-only", action="store_true", help="no processes for memory")
    parser.add_argument("--quick", action="store_true", help=f"only {QUICK}: does it run?")
    parser.add_argument("--json", action="store_true", help="JSON instead of tables")
    parser.add_argument("--alone", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        name, cell, size = given.alone
        print(json.dumps(alone(name, cell, json.loads(size))))
        return
    names = ["ours", *KERAS]
    try:
        import torch  # noqa: F401

        names.append("torch")
    except ImportError:
        print("SKIPPED: torch is not installed (pip install torch==2.13.0)", file=sys.stderr)
    rate = large_product_rate()
    about = {"cores": os.cpu_count(), "GFLOP/s of large products": round(rate / 1e9)}
    rows = []
    if not given.json:
        print(about)
    for size in [QUICK] if given.quick else [SIZES[k] for k in given.sizes]:
        for cell in given.cells:
            found = {"cell": cell, "size": size}
            found |= row(cell, size, names, 0 if given.quick else given.seconds, rate)
            if not (given.quick or given.times_only):
                seen = {name: in_a_process(name, cell, size) for name in names}
                for key in ("first", "memory"):
                    found[key] = {name: seen[name][key] for name in names}
            rows.append(found)
            if not given.json:
                print(*shown(found, names), sep="\n", flush=True)
    if given.json:
        print(json.dumps(about | {"rows": rows}))


if __name__ == "__main__":
    main()
