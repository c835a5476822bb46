"""The loss and its gradient, term by term, against an implementation of their own in PyTorch, from the formulas of
core/objective.h, on the same weights and samples (which loss_reference makes now)."""

import json
import os
import subprocess
import tempfile
import unittest

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
TYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64}


def read(path):
    """(arrays, metadata) of a file in the safetensors layout."""
    with open(path, "rb") as file:
        raw = file.read()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + size])
    metadata = header.pop("__metadata__")
    arrays = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = np.frombuffer(raw[8 + size + begin:8 + size + end], TYPES[entry["dtype"]]).reshape(entry["shape"])
        arrays[name] = torch.tensor(array.astype(np.float64))
    return arrays, metadata


class Reference:
    def __init__(self, arrays, settings):
        self.a = arrays
        self.head, self.action = settings["head"], settings["form"] == "action"
        self.sigma, self.sigma_end = float(settings["sigma"]), float(settings["sigma_end"])
        self.growth_rate = float(settings["lambda"])
        self.q = float(settings["power"]) / (float(settings["power"]) - 1)
        self.scale = float(settings["scale"])
        self.polynomial = [float(c) for c in settings["time_weight"].split()]
        self.parameters = [arrays["layers.%d.%s" % (layer, kind)].requires_grad_()
                           for layer in range(3) for kind in ("weight", "bias")]

    def potential(self, tau, y):
        h = torch.cat([tau[:, None], y], 1)
        for layer in range(3):
            h = torch.nn.functional.linear(h, *self.parameters[2 * layer:2 * layer + 2])
            h = h * torch.sigmoid(h) if layer < 2 else h
        if self.head == "value":
            return h[:, 0]
        if self.head == "inner_product":
            return (h[:, :-1] * y).sum(1) + h[:, -1]
        return ((y - h)**2).sum(1) / 2

    def w(self, tau):
        return sum(c * tau**i for i, c in enumerate(self.polynomial))

    def w_slope(self, tau):
        return sum(i * c * tau**(i - 1) for i, c in enumerate(self.polynomial) if i > 0) + 0 * tau

    def interior(self):
        tau, y = self.a["tau"].requires_grad_(), self.a["y"].requires_grad_()
        s = self.potential(tau, y)
        s_tau, p = torch.autograd.grad(s.sum(), [tau, y], create_graph=True)
        laplacian = sum(torch.autograd.grad(p[:, d].sum(), y, create_graph=True)[0][:, d] for d in range(y.shape[1]))
        energy = self.scale**(1 - self.q) * p.norm(dim=1)**self.q / self.q
        sigma = self.sigma + (self.sigma_end - self.sigma) * tau
        growth = self.growth_rate
        if self.action:
            inner = s_tau + energy + sigma**2 / 2 * laplacian + growth / 2 * s**2
            term = self.w(tau) * inner + self.w_slope(tau) * s
        else:
            beta2 = self.a.get("bridge_variance", torch.zeros_like(tau))
            inner = energy - (p * self.a["velocity"]).sum(1) + (sigma**2 - beta2) / 2 * laplacian + growth / 2 * s**2
            term = self.w(tau) * (inner - self.a["growth"] * s)
        return self.a["mass"] * term

    def loss(self):
        loss = (self.a["weight"] * self.interior()).mean()
        if not self.action:
            return loss
        ends = [torch.full_like(self.a["tau"], t).detach() for t in (0.0, 1.0)]
        start_mass, end_mass = self.a["masses"]
        return (loss + self.w(torch.tensor(0.0)) * start_mass * self.potential(ends[0], self.a["start"]).mean() -
                self.w(torch.tensor(1.0)) * end_mass * self.potential(ends[1], self.a["end"]).mean())


class LossReference(unittest.TestCase):
    def test_loss_terms_and_gradient_agree(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([os.path.join(os.environ["ACTIONMATCH_BIN"], "loss_reference"), folder], check=True)
            names = sorted(os.listdir(folder))
            self.assertEqual(len(names), 18)
            for name in names:
                with self.subTest(case=name):
                    reference = Reference(*read(os.path.join(folder, name)))
                    loss = reference.loss()
                    gradient = torch.cat([
                        g.flatten() if g is not None else torch.zeros_like(p).flatten()
                        for p, g in zip(reference.parameters,
                                        torch.autograd.grad(loss, reference.parameters, allow_unused=True))])
                    # Time weights and noise reach the product as float32.
                    for key, ours in (("loss", loss.detach()[None]), ("interior", reference.interior().detach()),
                                      ("gradient", gradient)):
                        theirs = reference.a[key]
                        error = (ours - theirs).norm() / theirs.norm()
                        self.assertLess(error, 2e-6, "%s: %s" % (name, key))


if __name__ == "__main__":
    unittest.main()
