"""The PyTorch side of `./kit bench steps`: the same workloads, eager, timed when the kit says so.

    python3 steps.py WORKLOAD THREADS

Prints one JSON line when ready; then for each line "N" on standard input runs N steps and prints one JSON line with the
milliseconds of each and the peak resident memory. Ends when standard input does.
"""
import json
import resource
import sys
import time

import torch


def op_add():
    """10,000 additions of two vectors of 16 floats, without a graph."""
    left, right = torch.randn(16), torch.randn(16)

    def step():
        for _ in range(10_000):
            left + right

    return step


def op_linear():
    """A linear map of [1024, 256] to [1024, 1024] and its backward to input, weight and bias."""
    x = torch.randn(1024, 256, requires_grad=True)
    weight = torch.randn(1024, 256, requires_grad=True)
    bias = torch.randn(1024, requires_grad=True)
    gradient = torch.randn(1024, 1024)

    def step():
        x.grad = weight.grad = bias.grad = None
        torch.nn.functional.linear(x, weight, bias).backward(gradient)

    return step


WORKLOADS = {"op-add": op_add, "op-linear": op_linear}


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    step = WORKLOADS[name]()
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            step()
            times.append((time.perf_counter() - start) * 1000)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"ms": times, "peak_bytes": peak}), flush=True)


if __name__ == "__main__":
    main()
