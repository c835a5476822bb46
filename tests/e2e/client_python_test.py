"""The main job from Python: stream batches, train, watch, evaluate, score, sample. And client/README.md's example, as it is."""

import contextlib
import io
import os
import re
import unittest

import grpc
import numpy as np
from harness import SOURCE, Server, main

from actionmatch.v1 import (dataset_pb2, dataset_pb2_grpc, field_pb2, field_pb2_grpc, job_pb2, job_pb2_grpc, tensor_pb2,
                            train_spec_pb2, trajectory_pb2, trajectory_pb2_grpc)


def tensor(a):
    return tensor_pb2.Tensor(data_type=tensor_pb2.DATA_TYPE_FLOAT64, shape=a.shape, data=a.astype("<f8").tobytes())


def array(t):
    return np.frombuffer(t.data, "<f8").reshape(t.shape)


class PythonClient(unittest.TestCase):
    def test_the_main_job(self):
        with Server(arguments=["--log-level", "warning"]) as server:
            channel = grpc.insecure_channel(server.address)
            datasets = dataset_pb2_grpc.DatasetServiceStub(channel)
            jobs = job_pb2_grpc.JobServiceStub(channel)
            fields = field_pb2_grpc.FieldServiceStub(channel)
            trajectories = trajectory_pb2_grpc.TrajectoryServiceStub(channel)

            # A cloud that drifts by (2, -1) in one unit of time.
            rng = np.random.default_rng(0)
            drift = np.array([2.0, -1.0])
            times = [0.0, 0.5, 1.0]
            datasets.CreateDataset(dataset_pb2.CreateDatasetRequest(dataset=dataset_pb2.Dataset(name="datasets/drift")))
            batches = [
                dataset_pb2.AppendSnapshotsRequest(dataset="datasets/drift", batch=dataset_pb2.SnapshotBatch(
                    number=k + 1, time=t, points=tensor(0.3 * rng.standard_normal((300, 2)) + t * drift)))
                for k, t in enumerate(times)]
            for acknowledgement in datasets.AppendSnapshots(iter(batches)):
                last = acknowledgement.acknowledged_batch
            self.assertEqual(last, 3)

            spec = train_spec_pb2.TrainSpec()
            spec.training.steps = 600
            spec.training.ema_decay = 0.99
            spec.potential.hidden.extend([64, 64])
            job = jobs.CreateJob(job_pb2.CreateJobRequest(job=job_pb2.Job(dataset="datasets/drift", train=spec)))
            for message in jobs.WatchJob(job_pb2.WatchJobRequest(name=job.name)):
                state = message.job.state
            self.assertEqual(state, job_pb2.Job.STATE_SUCCEEDED)

            field = job.fields[0]
            where = 0.3 * rng.standard_normal((50, 2)) + 0.5 * drift
            velocity = array(fields.Evaluate(field_pb2.EvaluateRequest(field=field, points=tensor(where), time=0.5)).velocity)
            np.testing.assert_allclose(velocity.mean(0), drift, atol=0.3)

            scores = fields.ScoreField(field_pb2.ScoreFieldRequest(field=field, dataset="datasets/drift"))
            for score in scores.from_previous:
                self.assertLess(score.w1, 0.5 * score.copy_w1)

            start = 0.3 * rng.standard_normal((100, 2))
            request = trajectory_pb2.SampleTrajectoriesRequest(field=field, points=tensor(start), times=[1.0])
            end = np.concatenate([array(block.points) for block in trajectories.SampleTrajectories(request)])
            np.testing.assert_allclose((end - start).mean(0), drift, atol=0.2)

            fields.DeleteField(field_pb2.DeleteFieldRequest(name=field))
            jobs.DeleteJob(job_pb2.DeleteJobRequest(name=job.name))
            datasets.DeleteDataset(dataset_pb2.DeleteDatasetRequest(name="datasets/drift"))
            with self.assertRaises(grpc.RpcError) as gone:
                fields.GetField(field_pb2.GetFieldRequest(name=field))
            self.assertEqual(gone.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_the_readmes_example_runs_and_drifts(self):
        with open(os.path.join(SOURCE, "client", "README.md")) as file:
            example, = re.findall(r"(?s)```python\n(.*?)```", file.read())
        with Server(arguments=["--log-level", "warning"]) as server:
            # As it is there, but for the address and for a training that is short.
            for old, new in (("127.0.0.1:7447", server.address),
                             ("TrainSpec()", 'TrainSpec(training={"steps": 200, "ema_decay": 0.99, "learning_rate": 0.01}, '
                                             'potential={"hidden": [32, 32]}, hold_out={"refit": False})')):
                self.assertEqual(example.count(old), 1, old)
                example = example.replace(old, new)
            names = {}
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(example, "client/README.md", "exec"), names)
            names["channel"].close()
        self.assertIn("durable up to batch 3\n", out.getvalue())
        self.assertIn("STATE_SUCCEEDED", out.getvalue())
        self.assertEqual(names["block"].time, 1.0)
        np.testing.assert_allclose(names["array"](names["block"].points), [[2, -1]], atol=0.6)


if __name__ == "__main__":
    main()
