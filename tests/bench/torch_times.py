"""The same model, step and push in PyTorch, timed: what people would use instead.

    torch_times.py step WIDTH LAYERS ROWS DIMENSION action|conditional THREADS
    torch_times.py push WIDTH LAYERS POINTS STEPS THREADS

Prints the median seconds of one. A step is gather, gradient (double backpropagation through s = |x - N|^2 / 2), clip,
Adam and moving average. A push is RK4 in chunks, with gradients by x alone.
"""

import sys
import time

import torch

CHUNK = 1024


def network(width, layers, dimension):
    torch.manual_seed(0)
    widths = [dimension + 1] + [width] * layers + [dimension]
    parts = []
    for a, b in zip(widths, widths[1:]):
        parts += [torch.nn.Linear(a, b), torch.nn.SiLU()]
    return torch.nn.Sequential(*parts[:-1])


def potential(net, t, x):
    return 0.5 * (x - net(torch.cat([t, x], 1))).square().sum(1)


def median_seconds(run, repeats, rounds=5):
    seconds = []
    for i in range(rounds + 1):
        begin = time.perf_counter()
        for _ in range(repeats):
            run()
        if i > 0:  # the first warms up
            seconds.append((time.perf_counter() - begin) / repeats)
    return sorted(seconds)[len(seconds) // 2]


def step_seconds(width, layers, rows, dimension, form):
    net = network(width, layers, dimension)
    parameters = list(net.parameters())
    average = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.Adam(parameters, 1e-4)
    points = torch.randn(2, 1000, dimension)

    def step():
        i, j = torch.randint(1000, (rows,)), torch.randint(1000, (rows,))
        t = torch.rand(rows, 1)
        if form == "action":
            later = torch.rand(rows, 1) < t
            x = torch.where(later, points[1][j], points[0][i]).requires_grad_()
            t.requires_grad_()
            d_t, p = torch.autograd.grad(potential(net, t, x).sum(), (t, x), create_graph=True)
            ends = points[:, torch.randint(1000, (rows,))].reshape(2 * rows, dimension)
            s = potential(net, torch.cat([torch.zeros(rows, 1), torch.ones(rows, 1)]), ends)
            loss = (d_t[:, 0] + 0.5 * p.square().sum(1)).mean() + s[:rows].mean() - s[rows:].mean()
        else:
            a, b = points[0][i], points[1][j]
            x = ((1 - t) * a + t * b).requires_grad_()
            (p,) = torch.autograd.grad(potential(net, t, x).sum(), x, create_graph=True)
            loss = (0.5 * p.square() - p * (b - a)).sum(1).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_mul_(average, 0.999)
            torch._foreach_add_(average, parameters, alpha=0.001)

    count = sum(p.numel() for p in parameters)
    return median_seconds(step, max(1, int(2e10 / (24 * rows * count))))


def push_seconds(width, layers, points, steps):
    net = network(width, layers, 3)
    for p in net.parameters():
        p.requires_grad_(False)
    start = torch.randn(points, 3)

    def velocity(t, x):
        x = x.detach().requires_grad_()
        return torch.autograd.grad(potential(net, torch.full((len(x), 1), t), x).sum(), x)[0]

    def push():
        h = 1 / steps
        for x in start.split(CHUNK):
            for i in range(steps):
                t = i * h
                a = velocity(t, x)
                b = velocity(t + h / 2, x + h / 2 * a)
                c = velocity(t + h / 2, x + h / 2 * b)
                d = velocity(t + h, x + h * c)
                x = x + h / 6 * (a + 2 * b + 2 * c + d)

    return median_seconds(push, 1)


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[-1]))
    if sys.argv[1] == "step":
        print("%.9f" % step_seconds(*map(int, sys.argv[2:6]), sys.argv[6]))
    else:
        print("%.9f" % push_seconds(*map(int, sys.argv[2:6])))
