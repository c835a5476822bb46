"""A real actionmatchd on real sockets, for tests. Needs only Debian's python3, numpy, grpcio and protobuf."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import grpc
import numpy as np

from google.rpc import error_details_pb2, status_pb2

from actionmatch.v1 import (dataset_pb2, dataset_pb2_grpc, errors_pb2, field_pb2, field_pb2_grpc, job_pb2, job_pb2_grpc,
                            metrics_pb2, solver_pb2, tensor_pb2, train_spec_pb2, trajectory_pb2, trajectory_pb2_grpc)

BIN = os.environ["ACTIONMATCH_BIN"]
SOURCE = os.environ["ACTIONMATCH_SOURCE"]
DATA = os.path.join(SOURCE, "..", "shared", "data")
ENDED = (job_pb2.Job.STATE_SUCCEEDED, job_pb2.Job.STATE_FAILED, job_pb2.Job.STATE_CANCELLED)
PATIENCE = 300  # seconds until something that must happen is taken not to
INVALID = grpc.StatusCode.INVALID_ARGUMENT
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
EXISTS = grpc.StatusCode.ALREADY_EXISTS
NOT_FOUND = grpc.StatusCode.NOT_FOUND
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
# Codes that gRPC gives by itself: to messages that are too large, to late calls, to servers that are gone.
OF_GRPC = (EXHAUSTED, grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)
RNG = np.random.default_rng(0)


def points(n=10, d=3, kind=np.float64):
    return RNG.standard_normal((n, d)).astype(kind)


def until(condition, what):
    """Polls until the condition holds, and returns its value."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("waited in vain for " + what)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tensor(array):
    array = np.asarray(array)
    single = array.dtype == np.float32
    return tensor_pb2.Tensor(
        data_type=tensor_pb2.DATA_TYPE_FLOAT32 if single else tensor_pb2.DATA_TYPE_FLOAT64,
        shape=array.shape,
        data=np.ascontiguousarray(array, dtype="<f4" if single else "<f8").tobytes())


def array(message):
    kind = "<f4" if message.data_type == tensor_pb2.DATA_TYPE_FLOAT32 else "<f8"
    return np.frombuffer(message.data, dtype=kind).reshape(tuple(message.shape))


def batch(number, points, time=None, **more):
    result = dataset_pb2.SnapshotBatch(number=number, points=tensor(points), **more)
    if time is not None:
        result.time = time
    return result


class Server:
    """Starts on construction. Use as a context manager, or call stop()."""

    def __init__(self, data_dir=None, arguments=(), environment=None, metrics_listen="127.0.0.1:0"):
        self._own = tempfile.TemporaryDirectory() if data_dir is None else None
        self.data_dir = data_dir or os.path.join(self._own.name, "data")
        self.arguments = ["--metrics-listen", metrics_listen] + list(arguments)
        self.environment = environment or {}
        self.log = tempfile.NamedTemporaryFile(mode="w+", prefix="actionmatchd-", suffix=".log")
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [os.path.join(BIN, "actionmatchd"), "serve", "--data-dir", self.data_dir, "--listen", "127.0.0.1:0",
            *self.arguments],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, **self.environment})
        line = self.process.stdout.readline()
        match = re.fullmatch(r"actionmatchd ready listen=(\S+) metrics=(\S+)\n", line)
        if not match:
            raise AssertionError("the server did not start: %r\n%s" % (line, self.logs()))
        self.address, self.metrics_address = match.groups()
        self.channel = grpc.insecure_channel(
            self.address, options=[("grpc.max_receive_message_length", 64 << 20),
                                   ("grpc.max_send_message_length", 64 << 20)])
        self.datasets = dataset_pb2_grpc.DatasetServiceStub(self.channel)
        self.jobs = job_pb2_grpc.JobServiceStub(self.channel)
        self.fields = field_pb2_grpc.FieldServiceStub(self.channel)
        self.trajectories = trajectory_pb2_grpc.TrajectoryServiceStub(self.channel)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            sys.stderr.write(self.logs())
        self.stop()

    def logs(self):
        with open(self.log.name) as file:
            return file.read()

    def http(self, path):
        """(status, text) of a page of the metrics port."""
        try:
            with urllib.request.urlopen("http://%s%s" % (self.metrics_address, path)) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name):
        """The value of one line of /metrics, or None."""
        for line in self.http("/metrics")[1].splitlines():
            key, _, value = line.rpartition(" ")
            if key == name:
                return float(value)
        return None

    def in_progress(self, method):
        """How many calls of a method the server has and has not ended."""
        return self.metric('actionmatch_calls_in_progress{method="%s"}' % method) or 0

    def ended(self, method, *codes):
        """How many calls of a method ended with one of these status codes."""
        return sum(self.metric('actionmatch_calls_total{code="%s",method="%s"}' % (code, method)) or 0 for code in codes)

    def worker_pids(self):
        pids = []
        for task in os.listdir("/proc/%d/task" % self.process.pid):
            with open("/proc/%d/task/%s/children" % (self.process.pid, task)) as file:
                pids += [int(pid) for pid in file.read().split()]
        return pids

    def kill(self):
        """kill -9, as a crash would."""
        self.channel.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def terminate(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.channel.close()
        self.process.stdout.close()
        return code

    def stop(self):
        if self.process.poll() is None:
            self.terminate()
        self.channel.close()
        self.process.stdout.close()
        self.log.close()
        if self._own is not None:
            self._own.cleanup()

    def cli(self, *arguments):
        """Standard output of an actionmatch command that must succeed."""
        code, out, error = run_cli("--server", self.address, *arguments)
        if code != 0:
            raise AssertionError("actionmatch %s: exit code %d\n%s" % (" ".join(arguments), code, error))
        return out

    def cli_json(self, *arguments):
        """The objects that a command prints with --json."""
        return [json.loads(line) for line in self.cli("--json", *arguments).splitlines()]

    # Shorthands of the API.

    def create(self, name, **more):
        return self.datasets.CreateDataset(
            dataset_pb2.CreateDatasetRequest(dataset=dataset_pb2.Dataset(name="datasets/" + name, **more)))

    def append(self, name, batches):
        """Streams batches; returns the acknowledgements."""
        requests = (dataset_pb2.AppendSnapshotsRequest(dataset="datasets/" + name, batch=b) for b in batches)
        return list(self.datasets.AppendSnapshots(requests))

    def put(self, name, snapshots):
        """A dataset from {time: points}."""
        self.create(name)
        self.append(name, [batch(k + 1, x, t) for k, (t, x) in enumerate(sorted(snapshots.items()))])
        return self.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/" + name))

    def simulate(self, name, **branching):
        return self.datasets.SimulateDataset(dataset_pb2.SimulateDatasetRequest(
            name="datasets/" + name,
            simulation=dataset_pb2.Simulation(branching=dataset_pb2.BranchingSimulation(**branching))))

    def submit(self, dataset, name="", train=None, **more):
        return self.jobs.CreateJob(job_pb2.CreateJobRequest(job=job_pb2.Job(
            name="jobs/" + name if name else "", dataset="datasets/" + dataset, train=train or train_spec_pb2.TrainSpec(),
            **more)))

    def job(self, name):
        return self.jobs.GetJob(job_pb2.GetJobRequest(name=name))

    def wait(self, name):
        """Watches a job to its end; returns the messages."""
        return list(self.jobs.WatchJob(job_pb2.WatchJobRequest(name=name)))

    def field(self, name):
        return self.fields.GetField(field_pb2.GetFieldRequest(name=name))

    def train(self, dataset, name, spec=None):
        """Trains to the end; returns the field."""
        job = self.submit(dataset, name, spec)
        last = self.wait(job.name)[-1].job
        if last.state != job_pb2.Job.STATE_SUCCEEDED:
            raise AssertionError("%s: %s" % (job.name, last))
        return self.field(job.fields[0])

    def sample(self, field, times, points=None, dataset=None, **more):
        """(times [F], points [F, N, D], log_weights [F, N])."""
        request = trajectory_pb2.SampleTrajectoriesRequest(field=field, times=times, **more)
        if points is not None:
            request.points.CopyFrom(tensor(points))
        if dataset is not None:
            request.dataset.dataset, request.dataset.time = "datasets/" + dataset[0], dataset[1]
        frames = [[] for _ in times]
        weights = [[] for _ in times]
        for block in self.trajectories.SampleTrajectories(request):
            assert block.first_row == sum(len(x) for x in frames[block.frame])
            frames[block.frame].append(array(block.points))
            weights[block.frame].append(array(block.log_weights))
        return np.stack([np.concatenate(f) for f in frames]), np.stack([np.concatenate(w) for w in weights])


def run_cli(*arguments, environment=None):
    """(exit code, standard output, standard error) of the actionmatch CLI."""
    done = subprocess.run([os.path.join(BIN, "actionmatch"), *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout, done.stderr


def spec(steps=200, **settings):
    """A small spec: spec(300, path_kind="KIND_OT", hidden=[32])."""
    result = train_spec_pb2.TrainSpec()
    result.training.steps = steps
    result.hold_out.refit = settings.pop("refit", False)
    result.potential.hidden.extend(settings.pop("hidden", [32, 32]))
    result.training.batch_size = settings.pop("batch_size", 64)
    result.training.ema_decay = settings.pop("ema_decay", 0.99)
    result.training.checkpoint_interval = settings.pop("checkpoint_interval", 50)
    result.training.evaluation_interval = settings.pop("evaluation_interval", 50)
    for path, value in settings.items():
        part, _, name = path.partition("_")
        part = {"holdout": "hold_out"}.get(part, part)
        setattr(getattr(result, part), name, value)
    return result


class Details:
    """What an error's trailing metadata tells: reason, metadata, violations {field: description}, retry (seconds, or None).
    `reason` is None if there is no google.rpc.ErrorInfo of ours."""

    def __init__(self, error):
        self.trailing = dict(error.trailing_metadata() or ())
        self.status = status_pb2.Status.FromString(self.trailing.get("grpc-status-details-bin", b""))
        self.reason, self.metadata, self.violations, self.retry = None, {}, {}, None
        for detail in self.status.details:
            info, request, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
            if detail.Unpack(info) and info.domain == "actionmatch":
                self.reason, self.metadata = info.reason, dict(info.metadata)
            elif detail.Unpack(request):
                self.violations = {v.field: v.description for v in request.field_violations}
            elif detail.Unpack(retry):
                self.retry = retry.retry_delay.ToNanoseconds() / 1e9


class Refusals:
    """Mix-in for unittest.TestCase."""

    def assert_refused(self, code, *words):
        """A context in which a call must fail with this code and a message that has all the words. The value of the
        context has `details` afterwards."""
        return _Refused(self, code, words)


class _Refused:
    def __init__(self, test, code, words):
        self.test, self.code, self.words = test, code, words
        self.details = None

    def __enter__(self):
        return self

    def check_details(self, error):
        """Every error of a handler says why; gRPC's own errors, which come without a request id, do not."""
        self.details = Details(error)
        if "x-request-id" not in self.details.trailing:
            self.test.assertIn(error.code(), OF_GRPC, error.details())
            return
        self.test.assertEqual((self.details.status.code, self.details.status.message), (error.code().value[0], error.details()))
        self.test.assertIn("ERROR_REASON_%s" % self.details.reason, errors_pb2.ErrorReason.keys(), error.details())

    def __exit__(self, kind, error, trace):
        self.test.assertIsInstance(error, grpc.RpcError, "the call was not refused")
        self.test.assertEqual(error.code(), self.code, error.details())
        for word in self.words:
            self.test.assertIn(word, error.details())
        self.check_details(error)
        return True


class ServiceTest(unittest.TestCase, Refusals):
    """Tests that share one server."""

    ARGUMENTS = ["--log-level", "warning"]
    ENVIRONMENT = {}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(arguments=cls.ARGUMENTS, environment=cls.ENVIRONMENT)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def assert_late_calls_stop(self, method, call):
        # The server hears of the end from its own clock or from the client's, whichever comes first.
        late = ("CANCELLED", "DEADLINE_EXCEEDED")
        before = self.server.ended(method, *late)
        timeout = 0.05
        # A call may be late before it reaches the server: then the next one gets more time.
        while self.server.ended(method, *late) == before:
            with self.assert_refused(grpc.StatusCode.DEADLINE_EXCEEDED):
                call(timeout)
            until(lambda: self.server.in_progress(method) == 0, "the end of a late call")
            timeout *= 2


class TrainedTest(ServiceTest):
    """They also share a dataset, `cells`, and a field trained on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.simulate("cells", points=100)
        with_test = spec(1000)
        with_test.hold_out.test_fraction = 0.3
        cls.field = cls.server.train("cells", "cells", with_test)


def main():
    unittest.main(verbosity=2)
