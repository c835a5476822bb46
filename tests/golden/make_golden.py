"""Writes golden files with the programs of a release, for golden_test.py of every later one to read.

    ACTIONMATCH_BIN=build/release/bin ACTIONMATCH_SOURCE=$PWD PYTHONPATH=build/release/python:tests/e2e \\
      /usr/bin/python3 tests/golden/make_golden.py tests/golden/FORMAT

FORMAT/data is a data folder as a kill -9 left it: datasets, fields of ten jobs that cover the settings, and a job under
way with its checkpoint. FORMAT/fields has the same fields as exported files. FORMAT/answers.npz is what the fields
answered. FORMAT/golden.json has hashes, and the processor that all of it was computed on.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import sys
import tempfile

import numpy as np

from harness import Server, array, field_pb2, job_pb2, spec, tensor, train_spec_pb2, until

STEPS_UNDER_WAY = 60
QUANTITIES = ("value", "velocity", "time_derivative", "growth", "divergence")


def processor():
    """What the bits of a training depend on besides the sources."""
    with open("/proc/cpuinfo") as file:
        lines = file.read().splitlines()
    model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    family = ["%s %s" % tuple(part.strip() for part in line.split(":")) for line in lines
              if line.startswith(("cpu family", "model\t"))][:2]
    flags = next(line for line in lines if line.startswith("flags")).split()
    return {"model": ", ".join([model] + family),
            "instructions": sorted(f for f in flags if f.startswith(("avx", "fma", "amx"))),
            "OPENBLAS_CORETYPE": os.environ.get("OPENBLAS_CORETYPE", "")}


def small(**settings):
    """A spec of few steps and few weights."""
    settings = {"hidden": [12, 12], "batch_size": 16, "ema_decay": 0.9, "checkpoint_interval": 20,
                "evaluation_interval": 20, "training_warmup_steps": 5, **settings}
    messages = {"path": train_spec_pb2.PathSpec, "potential": train_spec_pb2.PotentialSpec,
                "training": train_spec_pb2.TrainingSpec}
    for name, value in settings.items():
        if isinstance(value, str):
            settings[name] = getattr(messages[name.split("_")[0]], value)
    return spec(settings.pop("steps", 40), **settings)


def jobs():
    """{name: (dataset, spec)}: every head, path, form, growth, noise, cost, ensemble, engine and hold-out."""
    result = {
        "value-linear-action": ("cells", small(potential_head="HEAD_VALUE", path_kind="KIND_LINEAR",
                                               training_form="FORM_ACTION")),
        "inner-ot": ("cells", small(path_kind="KIND_OT", path_bridge_noise=0.1)),
        "quadratic-ot-tanh": ("cells", small(potential_head="HEAD_QUADRATIC", potential_activation="ACTIVATION_TANH",
                                             potential_time_features=2)),
        "observed-quadrature": ("dense", small(path_kind="KIND_OBSERVED", training_times="TIMES_GAUSS_LEGENDRE",
                                               training_quadrature_nodes=2, batch_size=6)),
        "growth-uot": ("cells", small(dynamics_lambda=1, path_kind="KIND_UOT")),
        "noise-brownian": ("cells", small(dynamics_sigma=0.4, path_kind="KIND_OT")),
        "noise-laplacian-autograd": ("cells", small(path_kind="KIND_LINEAR", training_form="FORM_ACTION",
                                                    training_engine="ENGINE_AUTOGRAD", dynamics_sigma=0.2,
                                                    dynamics_sigma_end=0.5, training_laplacian_probes=2)),
        "cost-adaptive": ("cells", small(path_kind="KIND_OT", training_times="TIMES_ADAPTIVE",
                                         potential_activation="ACTIVATION_SOFTPLUS")),
        "ensemble": ("cells", small(hidden=[8])),
        "held-out-refit": ("cells", small(refit=True, holdout_validation_fraction=0.2, holdout_test_fraction=0.2)),
    }
    result["cost-adaptive"][1].dynamics.cost.power = 1.5
    result["cost-adaptive"][1].dynamics.time_weight.extend([1, 0.5])
    result["ensemble"][1].members = 2
    result["ensemble"][1].seed = 7
    return result


def under_way():
    return small(steps=STEPS_UNDER_WAY, hidden=[24, 24])


def datasets(server):
    server.simulate("cells", points=40, dimension=3)
    rng = np.random.default_rng(5)
    server.put("dense", {k / 4: rng.standard_normal((12, 2)) + [k / 8, 0] for k in range(21)})
    # Float32 points with weights, of a time unit and axis names, whitened.
    server.create("described", axis_names=["PC1", "PC2"], time_unit="days", labels={"from": "golden"})
    from harness import batch
    server.append("described", [batch(1, rng.standard_normal((15, 2)).astype(np.float32), 0.0,
                                      weights=tensor(rng.uniform(1, 2, 15))),
                                batch(2, rng.standard_normal((15, 2)).astype(np.float32) + 1, 1.0,
                                      weights=tensor(rng.uniform(1, 2, 15)))])


def questions(field):
    """Points and times in the data's range to ask a field about."""
    rng = np.random.default_rng(11)
    points = rng.standard_normal((9, field.dimension))
    times = field.start_time + (field.end_time - field.start_time) * np.linspace(0.05, 0.95, 9)
    return points, times


def answers(server, field):
    """{name: array}: all that a field says of the questions, and where it carries them."""
    points, times = questions(field)
    wanted = ["QUANTITY_" + q.upper() for q in QUANTITIES]
    reply = server.fields.Evaluate(field_pb2.EvaluateRequest(
        field=field.name, points=tensor(points), times=tensor(times), quantities=wanted))
    found = {q: array(getattr(reply, q)) for q in QUANTITIES}
    moved, weights = server.sample(field.name, [float(times[4]), field.end_time], points=points,
                                   start_time=field.start_time)
    return {**found, "trajectories": moved, "log_weights": weights}


def weights_hash(data):
    """SHA-256 over the parameters of an exported field, in the order of their names."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    digest = hashlib.sha256()
    for name in sorted(n for n in header if n.startswith("member.")):
        first, last = header[name]["data_offsets"]
        digest.update(name.encode())
        digest.update(data[8 + length + first:8 + length + last])
    return digest.hexdigest()


def export(server, name):
    return b"".join(r.chunk for r in server.fields.ExportField(field_pb2.ExportFieldRequest(name=name)))


def pause(server):
    """Starts the job `under-way` and returns once it has a checkpoint and its worker stands still."""
    import signal
    longer = under_way()
    server.submit("cells", "under-way", longer)
    folder = os.path.join(server.data_dir, "jobs", server.job("jobs/under-way").uid)
    until(lambda: os.path.isdir(folder) and any(f.endswith(".safetensors") for f in os.listdir(folder)),
          "a checkpoint")
    for pid in server.worker_pids():
        os.kill(pid, signal.SIGSTOP)
    job = server.job("jobs/under-way")
    return job.state == job_pb2.Job.STATE_RUNNING and any(f.endswith(".safetensors") for f in os.listdir(folder))


def main(out):
    folder = tempfile.mkdtemp()
    data = os.path.join(folder, "data")
    golden = {"processor": processor(), "fields": {}, "datasets": {}}
    all_answers = {}
    files = {}
    with Server(data) as server:
        datasets(server)
        for name, (dataset, wanted) in jobs().items():
            server.train(dataset, name, wanted)
        server.train("cells", "whole", under_way())
        for name in list(jobs()) + ["whole"]:
            field = server.field("fields/" + name)
            files[name] = export(server, field.name)
            golden["fields"][name] = {"file_hash": field.file_hash, "weights_hash": weights_hash(files[name])}
            for key, value in answers(server, field).items():
                all_answers["%s.%s" % (name, key)] = value
        for dataset in ("cells", "dense", "described"):
            shown = server.cli_json("dataset", "show", dataset)[0]
            golden["datasets"][dataset] = {"content_hash": shown["contentHash"], "uid": shown["uid"]}
        pids = []
        if not pause(server):
            raise SystemExit("the job ended before it could be stopped: run this again")
        pids = server.worker_pids()
        server.kill()
        for pid in pids:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
    # The write-ahead log goes into the database, and nothing else changes.
    with sqlite3.connect(os.path.join(data, "actionmatch.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(data, os.path.join(out, "data"))
    os.makedirs(os.path.join(out, "fields"))
    for name, content in files.items():
        with open(os.path.join(out, "fields", name + ".safetensors"), "wb") as file:
            file.write(content)
    np.savez_compressed(os.path.join(out, "answers.npz"), **all_answers)
    with open(os.path.join(out, "golden.json"), "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
