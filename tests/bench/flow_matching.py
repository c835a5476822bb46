"""OT-CFM (Tong et al., arXiv 2302.00482) in PyTorch and POT, to compare with: the same snapshots, network, steps, batch,
seeds and schedule as a job's spec, with Adam at the rate of 0.001 that suits it better; velocities regressed on the lines of
exact transport plans between mini-batches of all points (so: full plans)."""

import numpy as np
import ot
import torch


def exact_plan(a, b):
    """An exact transport plan from points a to points b as its pairs: (rows of a, rows of b, probabilities)."""
    plan = ot.emd(np.full(len(a), 1 / len(a)), np.full(len(b), 1 / len(b)), ot.dist(a, b), numItermax=10**7)
    i, j = np.nonzero(plan)
    return i, j, plan[i, j] / plan[i, j].sum()


def train(snapshots, seed, hidden, steps, batch):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    pooled = np.concatenate(snapshots)
    mean, scale = pooled.mean(0), np.sqrt(((pooled - pooled.mean(0))**2).mean())
    x = [(s - mean) / scale for s in snapshots]
    intervals, dimension = len(x) - 1, x[0].shape[1]
    plans = [exact_plan(a, b) for a, b in zip(x, x[1:])]
    layers = []
    for n, m in zip([dimension + 1] + hidden, hidden):
        layers += [torch.nn.Linear(n, m), torch.nn.SiLU()]
    net = torch.nn.Sequential(*layers, torch.nn.Linear(hidden[-1], dimension))
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, 1e-5)
    average = [p.detach().clone() for p in net.parameters()]
    for step in range(steps):
        points, targets = [], []
        for k, (i, j, mass) in enumerate(plans):
            pair = rng.choice(len(i), batch, p=mass)
            a, b, u = x[k][i[pair]], x[k + 1][j[pair]], rng.random((batch, 1))
            points.append(np.hstack([(k + u) / intervals, (1 - u) * a + u * b]))
            targets.append((b - a) * intervals)
        predicted = net(torch.tensor(np.concatenate(points), dtype=torch.float32))
        loss = ((predicted - torch.tensor(np.concatenate(targets), dtype=torch.float32))**2).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        decay = min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            for e, p in zip(average, net.parameters()):
                e.mul_(decay).add_(p, alpha=1 - decay)
    with torch.no_grad():
        for e, p in zip(average, net.parameters()):
            p.copy_(e)

    def push(points, k, steps=100):
        """From snapshot k's time to the next one's, by Heun's method."""
        y = torch.tensor((points - mean) / scale, dtype=torch.float32)
        h = 1 / (intervals * steps)

        def velocity(tau, y):
            return net(torch.cat([torch.full((len(y), 1), tau), y], 1))

        with torch.no_grad():
            for step in range(steps):
                tau = k / intervals + step * h
                first = velocity(tau, y)
                y = y + h / 2 * (first + velocity(tau + h, y + h * first))
        return y.numpy().astype(float) * scale + mean

    return push


def distances(a, b):
    uniform = np.full(len(a), 1 / len(a)), np.full(len(b), 1 / len(b))
    w1 = ot.emd2(*uniform, ot.dist(a, b, "euclidean"), numItermax=10**7)
    w2 = np.sqrt(ot.emd2(*uniform, ot.dist(a, b), numItermax=10**7))
    return w1, w2


def score(train_snapshots, test_snapshots, seeds, spec):
    """[seed, time, (W1, W2)]: each test snapshot pushed from the one before it. spec: of a job, as JSON."""
    torch.set_num_threads(2)
    hidden = [int(h) for h in spec["potential"]["hidden"]]
    scores = []
    for seed in seeds:
        push = train(train_snapshots, seed, hidden, int(spec["training"]["steps"]), int(spec["training"]["batchSize"]))
        scores.append([distances(push(a, k), b) for k, (a, b) in enumerate(zip(test_snapshots, test_snapshots[1:]))])
    return np.array(scores)
