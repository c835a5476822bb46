"""Action Matching in PyTorch and POT by the recipe of a job's default spec, as one would write it as a script: to time
a whole job against. Exact plans between neighbouring snapshots, the conditional form, AdamW with warm-up and cosine
decay, clipping, moving average; validation rows pushed by RK4 and measured by exact transport at every interval; then
all rows once more. Run by speed.py: torch_job.py SPEC.json REFIT_STEPS FILE.csv prints the seconds it took.
"""

import json
import sys
import time

import numpy as np
import ot
import torch
from flow_matching import exact_plan


class Training:
    def __init__(self, snapshots, spec):
        self.spec = spec["training"]
        hidden = [int(h) for h in spec["potential"]["hidden"]]
        pooled = np.concatenate(snapshots)
        self.mean, self.scale = pooled.mean(0), np.sqrt(((pooled - pooled.mean(0))**2).mean())
        self.x = [torch.tensor((s - self.mean) / self.scale, dtype=torch.float32) for s in snapshots]
        self.intervals, self.dimension = len(snapshots) - 1, snapshots[0].shape[1]
        widths = [self.dimension + 1] + hidden + [self.dimension + 1]
        layers = []
        for a, b in zip(widths, widths[1:]):
            layers += [torch.nn.Linear(a, b), torch.nn.SiLU()]
        self.net = torch.nn.Sequential(*layers[:-1])
        self.average = [p.detach().clone() for p in self.net.parameters()]
        self.plans = [exact_plan(a, b) for a, b in zip(snapshots, snapshots[1:])]

    def potential(self, tau, y):
        n = self.net(torch.cat([tau, y], 1))
        return (n[:, :-1] * y).sum(1) + n[:, -1]

    def velocity(self, tau, y, **more):
        y = y.detach().requires_grad_()
        return torch.autograd.grad(self.potential(tau, y).sum(), y, **more)[0]

    def run(self, steps, validation=None):
        rate, batch = float(self.spec["learningRate"]), int(self.spec["batchSize"])
        warmup, interval = int(self.spec["warmupSteps"]), int(self.spec["evaluationInterval"])
        parameters = list(self.net.parameters())
        optimizer = torch.optim.AdamW(parameters, rate, weight_decay=float(self.spec["weightDecay"]))
        rng = np.random.default_rng(0)
        for step in range(steps):
            taus, points, drifts = [], [], []
            for k, (i, j, mass) in enumerate(self.plans):
                pair = rng.choice(len(i), batch, p=mass)
                a, b, u = self.x[k][i[pair]], self.x[k + 1][j[pair]], torch.rand(batch, 1)
                taus.append((k + u) / self.intervals)
                points.append((1 - u) * a + u * b)
                drifts.append((b - a) * self.intervals)
            p = self.velocity(torch.cat(taus), torch.cat(points), create_graph=True)
            loss = (0.5 * p.square() - p * torch.cat(drifts)).sum(1).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, float(self.spec["clipNorm"]))
            decay = 0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * min(1.0, (step - warmup) / max(1, steps - warmup))))
            optimizer.param_groups[0]["lr"] = rate * ((step + 1) / warmup if step < warmup else decay)
            optimizer.step()
            share = 1 - min(float(self.spec["emaDecay"]), (step + 1) / (step + 10))
            with torch.no_grad():
                for e, q in zip(self.average, parameters):
                    e.lerp_(q, share)
            if validation is not None and ((step + 1) % interval == 0 or step + 1 == steps):
                self.validate(validation)

    def validate(self, snapshots, steps=10):
        kept = [p.detach().clone() for p in self.net.parameters()]
        self.load(self.average)
        for k, (a, b) in enumerate(zip(snapshots, snapshots[1:])):
            y, h = torch.tensor((a - self.mean) / self.scale, dtype=torch.float32), 1 / (self.intervals * steps)
            at = lambda tau, y: self.velocity(torch.full((len(y), 1), tau), y)
            for s in range(steps):
                tau = k / self.intervals + s * h
                v1 = at(tau, y)
                v2 = at(tau + h / 2, y + h / 2 * v1)
                v3 = at(tau + h / 2, y + h / 2 * v2)
                y = y + h / 6 * (v1 + 2 * v2 + 2 * v3 + at(tau + h, y + h * v3))
            landed = y.detach().numpy().astype(float) * self.scale + self.mean
            for metric in ("euclidean", "sqeuclidean"):
                ot.emd2(np.full(len(a), 1 / len(a)), np.full(len(b), 1 / len(b)), ot.dist(landed, b, metric),
                        numItermax=10**7)
        self.load(kept)

    def load(self, values):
        with torch.no_grad():
            for p, value in zip(self.net.parameters(), values):
                p.copy_(value)


def main():
    with open(sys.argv[1]) as file:
        spec = json.load(file)
    refit_steps = int(sys.argv[2])
    data = np.loadtxt(sys.argv[3], delimiter=",", skiprows=1)
    torch.set_num_threads(int(sys.argv[4]))
    torch.manual_seed(0)
    begin = time.perf_counter()
    rows = [data[data[:, 0] == t, 1:] for t in np.unique(data[:, 0])]
    rng = np.random.default_rng(0)
    held = [rng.random(len(x)) < float(spec["holdOut"]["validationFraction"]) for x in rows]
    Training([x[~h] for x, h in zip(rows, held)], spec).run(
        int(spec["training"]["steps"]), [x[h] for x, h in zip(rows, held)])
    if refit_steps > 0:
        Training(rows, spec).run(refit_steps)
    print("%.3f" % (time.perf_counter() - begin))


if __name__ == "__main__":
    main()
