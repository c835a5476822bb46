"""The exact field of HydrogenSimulation, and the kernel distance of the paper's experiment (arXiv 2210.06662)."""

import numpy as np

RADIUS = 4 * np.pi
DURATION = 14000.0


def velocity(x, time):
    """grad arg psi at points [N, 3], per unit of the dataset's time [0, 1]: written out from psi itself, by its own way."""
    r = np.linalg.norm(x, axis=1)
    a3 = 4 / (81 * np.sqrt(30)) * RADIUS**-3.5 * np.sqrt(15 / (8 * np.pi))
    a2 = 1 / (2 * np.sqrt(6)) * RADIUS**-2.5 * np.sqrt(3 / (4 * np.pi))
    energy = [-1 / (2 * RADIUS**2 * n**2) for n in (3, 2)]
    phase = [np.exp(-1j * e * DURATION * time) for e in energy]
    wave = x[:, 0] - 1j * x[:, 1]
    one = a3 * wave * x[:, 2] * np.exp(-r / (3 * RADIUS)) * phase[0]
    two = a2 * x[:, 2] * np.exp(-r / (2 * RADIUS)) * phase[1]
    gradient = []
    for d in range(3):
        unit = x[:, d] / r
        inner = (1 / wave if d == 0 else -1j / wave if d == 1 else 1 / x[:, 2])
        outer = 1 / x[:, 2] if d == 2 else 0
        gradient.append(one * (inner - unit / (3 * RADIUS)) + two * (outer - unit / (2 * RADIUS)))
    return DURATION * np.imag(np.stack(gradient, 1) / (one + two)[:, None])


def mmd2(a, b):
    """Unbiased MMD^2 with the sum of three kernels exp(-1e-4 r^2), and its standard error over points."""
    def kernel(p, q):
        squares = (p**2).sum(1)[:, None] + (q**2).sum(1)[None] - 2 * p @ q.T
        return 3 * np.exp(-1e-4 * np.maximum(squares, 0))

    n, m = len(a), len(b)
    aa, bb, ab = kernel(a, a), kernel(b, b), kernel(a, b)
    np.fill_diagonal(aa, 0)
    np.fill_diagonal(bb, 0)
    value = aa.sum() / (n * (n - 1)) + bb.sum() / (m * (m - 1)) - 2 * ab.mean()
    # A degenerate U-statistic under equality: the variance of its h-terms over pairs (Gretton et al., JMLR 2012, eq. 8).
    size = min(n, m)
    h = aa[:size, :size] + bb[:size, :size] - ab[:size, :size] - ab[:size, :size].T
    np.fill_diagonal(h, 0)
    variance = 2 / (size * (size - 1)) * (h**2).sum() / (size * (size - 1))
    return value, np.sqrt(variance)
