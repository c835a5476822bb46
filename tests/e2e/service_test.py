"""The API over a real socket: what each call promises, and what it refuses."""

import os
import signal
import subprocess
import threading
import unittest

import grpc
import numpy as np
from harness import (BIN, Refusals, Server, array, batch, dataset_pb2, field_pb2, job_pb2, main, metrics_pb2, solver_pb2,
                     spec, tensor, tensor_pb2, trajectory_pb2, until)

INVALID = grpc.StatusCode.INVALID_ARGUMENT
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
EXISTS = grpc.StatusCode.ALREADY_EXISTS
NOT_FOUND = grpc.StatusCode.NOT_FOUND
RNG = np.random.default_rng(0)


def points(n=10, d=3, kind=np.float64):
    return RNG.standard_normal((n, d)).astype(kind)


class Base(unittest.TestCase, Refusals):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(arguments=["--log-level", "warning"])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()


class Datasets(Base):
    def test_content_hash_does_not_depend_on_batching_and_reading_gives_back_what_was_sent(self):
        x, t = points(60), np.repeat([0.0, 1.0, 2.0], 20)
        w = RNG.uniform(size=60)
        one = dataset_pb2.SnapshotBatch(number=1, points=tensor(x), times=tensor(t), weights=tensor(w))
        self.server.create("one")
        self.server.append("one", [one])
        self.server.create("many")
        many = [dataset_pb2.SnapshotBatch(number=k + 1, points=tensor(x[a:a + 7]), times=tensor(t[a:a + 7]),
                                          weights=tensor(w[a:a + 7])) for k, a in enumerate(range(0, 60, 7))]
        acknowledgements = self.server.append("many", many)
        self.assertEqual((acknowledgements[-1].acknowledged_batch, acknowledgements[-1].row_count), (9, 60))
        a, b = (self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/" + n)) for n in ("one", "many"))
        self.assertEqual(a.content_hash, b.content_hash)
        self.assertEqual([(s.time, s.count) for s in b.snapshots], [(0, 20), (1, 20), (2, 20)])
        self.assertEqual((b.dimension, b.row_count), (3, 60))
        read = [r.batch for r in self.server.datasets.ReadSnapshots(dataset_pb2.ReadSnapshotsRequest(dataset="datasets/many"))]
        self.assertEqual(read, many)

    def test_a_repeated_batch_changes_nothing_and_other_content_or_a_gap_is_refused(self):
        self.server.create("rules")
        first, second = batch(1, points(), 0.0), batch(2, points(), 1.0)
        self.server.append("rules", [first, second, first])
        before = self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/rules"))
        self.assertEqual(self.server.append("rules", [first, second])[-1].acknowledged_batch, 2)
        with self.assert_refused(EXISTS, "batch 1"):
            self.server.append("rules", [batch(1, points(), 0.0)])
        with self.assert_refused(PRECONDITION, "4", "next batch", "3"):
            self.server.append("rules", [batch(4, points(), 0.0)])
        after = self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/rules"))
        self.assertEqual(before, after)

    def test_bad_batches_are_refused_with_field_and_remedy_and_those_before_them_stay(self):
        self.server.create("bad", dimension=3)
        nan = points()
        nan[4, 1] = np.nan
        short = tensor(points())
        short.data = short.data[:-8]
        unknown = tensor(points())
        unknown.data_type = 77
        for wrong, words in (
            (batch(2, nan, 0.0), ["batch.points", "[4, 1]"]),
            (batch(2, points(d=4), 0.0), ["batch.points", "4", "3"]),
            (batch(2, points(), float("inf")), ["batch.time", "finite"]),
            (batch(2, points()), ["batch.time is required"]),
            (batch(2, points(kind=np.float32), 0.0), ["batch.points", "FLOAT32", "FLOAT64"]),
            (dataset_pb2.SnapshotBatch(number=2, points=short, time=0), ["batch.points", "bytes"]),
            (dataset_pb2.SnapshotBatch(number=2, points=unknown, time=0), ["batch.points", "77"]),
            (dataset_pb2.SnapshotBatch(number=2, time=0), ["batch.points"]),
            (batch(0, points(), 0.0), ["batch.number"]),
            (batch(2, points(), 0.0, weights=tensor(-np.ones(10))), ["batch.weights[0]", "at least 0"]),
            (dataset_pb2.SnapshotBatch(number=2, points=tensor(points()), times=tensor(np.zeros(3))), ["batch.times", "10"]),
        ):
            with self.assert_refused(INVALID, *words):
                self.server.append("bad", [batch(1, np.ones((2, 3)), 0.0), wrong])
        self.assertEqual(self.server.append("bad", [batch(1, np.ones((2, 3)), 0.0)])[-1].row_count, 2)
        for name in ("datasets/UPPER", "datasets/" + "x" * 64, "eb", "datasets/a/b", "fields/eb", "datasets/"):
            with self.assert_refused(INVALID, "name", "datasets/"):
                self.server.datasets.CreateDataset(
                    dataset_pb2.CreateDatasetRequest(dataset=dataset_pb2.Dataset(name=name)))

    def test_a_message_above_the_limit_is_told_the_limit(self):
        self.server.create("large")
        with self.assert_refused(grpc.StatusCode.RESOURCE_EXHAUSTED, str(16 << 20)):
            self.server.append("large", [batch(1, np.zeros((1 << 20, 3)), 0.0)])

    def test_creation_is_idempotent_by_request_id_and_names_are_reused_after_a_delete(self):
        request = dataset_pb2.CreateDatasetRequest(dataset=dataset_pb2.Dataset(name="datasets/twice"), request_id="r1")
        first, second = self.server.datasets.CreateDataset(request), self.server.datasets.CreateDataset(request)
        self.assertEqual(first, second)
        with self.assert_refused(EXISTS, "datasets/twice"):
            self.server.create("twice")
        with self.assert_refused(INVALID, "request_id"):
            self.server.datasets.CreateDataset(dataset_pb2.CreateDatasetRequest(
                dataset=dataset_pb2.Dataset(name="datasets/other"), request_id="r1"))
        with self.assert_refused(grpc.StatusCode.ABORTED, "etag"):
            self.server.datasets.DeleteDataset(dataset_pb2.DeleteDatasetRequest(name="datasets/twice", etag="x"))
        self.server.datasets.DeleteDataset(dataset_pb2.DeleteDatasetRequest(name="datasets/twice", etag=first.etag))
        with self.assert_refused(NOT_FOUND, "datasets/twice"):
            self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/twice"))
        self.assertNotEqual(self.server.create("twice").uid, first.uid)

    def test_pages_hold_every_dataset_once(self):
        for i in range(7):
            self.server.create("page-%d" % i)
        names, token = [], ""
        while True:
            page = self.server.datasets.ListDatasets(dataset_pb2.ListDatasetsRequest(page_size=3, page_token=token))
            self.assertLessEqual(len(page.datasets), 3)
            names += [d.name for d in page.datasets]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(names, sorted(set(names)))
        self.assertLessEqual({"datasets/page-%d" % i for i in range(7)}, set(names))
        with self.assert_refused(INVALID, "page_token"):
            self.server.datasets.ListDatasets(dataset_pb2.ListDatasetsRequest(page_token="nonsense"))
        with self.assert_refused(INVALID, "page_size"):
            self.server.datasets.ListDatasets(dataset_pb2.ListDatasetsRequest(page_size=-1))

    def test_the_same_simulation_gives_the_same_points_and_says_its_parameters(self):
        a, b = self.server.simulate("sim-a", points=30), self.server.simulate("sim-b", points=30)
        self.assertEqual(a.content_hash, b.content_hash)
        self.assertEqual((a.simulation.branching.dimension, a.row_count), (5, 150))
        with self.assert_refused(INVALID, "points", "1"):
            self.server.simulate("sim-c", points=0)
        grown = self.server.simulate("sim-grown", points=100, snapshots=3, growth=[0.5, -0.2])
        self.assertEqual(list(grown.simulation.branching.growth), [0.5, -0.2])
        self.assertEqual([s.count for s in grown.snapshots],
                         [round(50 * (np.exp(0.5 * t) + np.exp(-0.2 * t))) for t in range(3)])
        with self.assert_refused(INVALID, "growth", "2 branches"):
            self.server.simulate("sim-e", growth=[1])
        with self.assert_refused(INVALID, "simulation"):
            self.server.datasets.SimulateDataset(dataset_pb2.SimulateDatasetRequest(name="datasets/sim-d"))


class Jobs(Base):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.simulate("cells", points=60)

    def test_all_violations_of_a_spec_come_in_one_answer(self):
        wrong = job_pb2.TrainSpec()
        wrong.training.steps = -5
        wrong.training.learning_rate = -1
        wrong.path.plan_points = 1
        wrong.hold_out.test_times.append(77)
        with self.assert_refused(INVALID, "job.train.training.steps", "job.train.training.learning_rate",
                                 "job.train.path.plan_points", "job.train.hold_out.test_times"):
            self.server.submit("cells", "wrong", wrong)
        unknown = job_pb2.TrainSpec()
        unknown.path.kind = 99
        with self.assert_refused(INVALID, "path.kind", "99"):
            self.server.submit("cells", "wrong", unknown)
        mixed = job_pb2.TrainSpec()
        mixed.dynamics.sigma = -1
        mixed.mass.source = job_pb2.MassSpec.SOURCE_GIVEN
        mixed.mass.values.append(1)
        mixed.path.kind = job_pb2.PathSpec.KIND_UOT
        with self.assert_refused(INVALID, "job.train.dynamics.sigma", "job.train.mass.values", "job.train.mass.source",
                                 "job.train.path.kind"):
            self.server.submit("cells", "wrong", mixed)
        with self.assert_refused(grpc.StatusCode.UNIMPLEMENTED, "job.initial_field"):
            self.server.submit("cells", "wrong", initial_field="fields/other")
        with self.assert_refused(NOT_FOUND, "datasets/nowhere"):
            self.server.submit("nowhere")
        self.server.create("empty")
        with self.assert_refused(PRECONDITION, "datasets/empty"):
            self.server.submit("empty")
        self.server.create("weightless")
        self.server.append("weightless", [batch(1, points(), 0.0), batch(2, points(), 1.0, weights=tensor(np.zeros(10)))])
        with self.assert_refused(INVALID, "job.dataset", "at time 1 ", "weights"):
            self.server.submit("weightless")
        quadrature = job_pb2.TrainSpec()
        quadrature.training.times = job_pb2.TrainingSpec.TIMES_GAUSS_LEGENDRE
        with self.assert_refused(INVALID, "job.train.training.times", "path.kind"):
            self.server.submit("cells", "wrong", quadrature)

    def test_validating_only_fills_in_every_default_and_stores_nothing(self):
        job = self.server.jobs.CreateJob(job_pb2.CreateJobRequest(
            job=job_pb2.Job(name="jobs/dry", dataset="datasets/cells", train=job_pb2.TrainSpec()), validate_only=True))
        self.assertEqual(job.train.training.steps, 3000)
        self.assertEqual(job.train.hold_out.validation_fraction, 0.1)
        self.assertTrue(job.train.hold_out.refit)
        self.assertEqual(list(job.train.potential.hidden), [128, 128, 128])
        self.assertEqual(job.fields, ["fields/dry"])
        with self.assert_refused(NOT_FOUND, "jobs/dry"):
            self.server.job("jobs/dry")

    def test_watching_replays_all_progress_in_order_and_ends_with_the_end(self):
        job = self.server.submit("cells", "watched", spec(200))
        with self.assert_refused(EXISTS, "fields/watched", "jobs/watched"):
            self.server.submit("cells", "other", spec(), fields=["fields/watched"])
        live = self.server.wait(job.name)
        self.assertEqual(live[-1].job.state, job_pb2.Job.STATE_SUCCEEDED)
        replay = self.server.wait(job.name)
        for messages in (live, replay):
            steps = [p.step for m in messages for p in m.progress]
            self.assertEqual(steps, [50, 100, 150, 200])
        states = [m.job.state for m in live]
        self.assertEqual(states, sorted(states))
        self.assertTrue(live[-1].job.progress.scores)
        self.assertEqual(live[-1].job.resolved.path, job_pb2.PathSpec.KIND_OT)

    def test_a_job_trains_on_the_dataset_as_it_stood(self):
        self.server.put("growing", {0.0: points(40), 1.0: points(40) + 1})
        job = self.server.submit("growing", "bound", spec(50))
        before = self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/growing"))
        self.server.append("growing", [batch(3, points() + 2, 2.0)])
        self.server.wait(job.name)
        field = self.server.field("fields/bound")
        self.assertEqual((field.last_batch, field.content_hash, field.end_time), (2, before.content_hash, 1.0))

    def test_cancel_stops_queued_and_running_jobs_and_ended_jobs_can_be_deleted(self):
        running = self.server.submit("cells", "running", spec(10_000_000))
        queued = self.server.submit("cells", "queued", spec(10))
        until(lambda: self.server.job(running.name).progress.step > 0, "progress")
        with self.assert_refused(PRECONDITION, "datasets/cells", "jobs/"):
            self.server.datasets.DeleteDataset(dataset_pb2.DeleteDatasetRequest(name="datasets/cells"))
        with self.assert_refused(PRECONDITION, "jobs/running"):
            self.server.jobs.DeleteJob(job_pb2.DeleteJobRequest(name=running.name))
        cancelled = self.server.jobs.CancelJob(job_pb2.CancelJobRequest(name=queued.name))
        self.assertEqual(cancelled.state, job_pb2.Job.STATE_CANCELLED)
        self.assertTrue(self.server.jobs.CancelJob(job_pb2.CancelJobRequest(name=running.name)).cancel_requested)
        self.assertEqual(self.server.wait(running.name)[-1].job.state, job_pb2.Job.STATE_CANCELLED)
        with self.assert_refused(NOT_FOUND, "fields/running"):
            self.server.field("fields/running")
        self.server.jobs.DeleteJob(job_pb2.DeleteJobRequest(name=running.name))
        with self.assert_refused(NOT_FOUND, "jobs/running"):
            self.server.job(running.name)
        names = [j.name for j in self.server.jobs.ListJobs(job_pb2.ListJobsRequest()).jobs]
        self.assertIn(queued.name, names)
        self.assertNotIn(running.name, names)

    def test_the_newest_job_is_listed_first_and_pages_hold_each_once(self):
        made = [self.server.submit("cells", "page-%d" % i, spec(1)).name for i in range(5)]
        names, token = [], ""
        while True:
            page = self.server.jobs.ListJobs(job_pb2.ListJobsRequest(page_size=2, page_token=token))
            names += [j.name for j in page.jobs]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual([n for n in names if n in made], made[::-1])
        self.assertEqual(len(names), len(set(names)))
        for name in made:
            self.server.wait(name)


class Trained(Base):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.simulate("cells", points=100)
        with_test = spec(1000)
        with_test.hold_out.test_fraction = 0.3
        cls.field = cls.server.train("cells", "cells", with_test)


class Fields(Trained):
    def evaluate(self, x, time, *quantities, **more):
        return self.server.fields.Evaluate(field_pb2.EvaluateRequest(
            field=self.field.name, points=tensor(x), time=time, quantities=quantities, **more))

    def test_velocity_is_the_gradient_of_the_value_and_divergence_its_trace(self):
        x, t, h = points(20, 5), 1.3, 1e-3
        answer = self.evaluate(x, t, *range(1, 6))
        velocity = array(answer.velocity)
        for d in range(5):
            step = np.zeros(5)
            step[d] = h
            slope = (array(self.evaluate(x + step, t, 1).value) - array(self.evaluate(x - step, t, 1).value)) / (2 * h)
            np.testing.assert_allclose(slope, velocity[:, d], atol=2e-2 * np.abs(velocity).max())
        rate = (array(self.evaluate(x, t + h, 1).value) - array(self.evaluate(x, t - h, 1).value)) / (2 * h)
        np.testing.assert_allclose(rate, array(answer.time_derivative), atol=2e-2 * np.abs(rate).max() + 1e-2)
        trace = sum((array(self.evaluate(x + h * np.eye(5)[d], t).velocity) - array(
            self.evaluate(x - h * np.eye(5)[d], t).velocity))[:, d] for d in range(5)) / (2 * h)
        np.testing.assert_allclose(trace, array(answer.divergence), atol=2e-2 * np.abs(trace).max() + 1e-2)
        np.testing.assert_array_equal(array(answer.growth), 0)

    def test_the_mask_and_the_type_of_the_points_decide_the_answer(self):
        answer = self.evaluate(points(4, 5, np.float32), 1.0)
        self.assertTrue(answer.HasField("velocity"))
        self.assertFalse(answer.HasField("value"))
        self.assertEqual(answer.velocity.data_type, tensor_pb2.DATA_TYPE_FLOAT32)

    def test_one_time_for_each_point_is_the_same_as_each_alone(self):
        x, t = points(6, 5), np.linspace(0, 4, 6)
        together = array(self.server.fields.Evaluate(field_pb2.EvaluateRequest(
            field=self.field.name, points=tensor(x), times=tensor(t))).velocity)
        alone = np.concatenate([array(self.evaluate(x[i:i + 1], t[i]).velocity) for i in range(6)])
        np.testing.assert_array_equal(together, alone)

    def test_bad_evaluations_are_refused(self):
        with self.assert_refused(grpc.StatusCode.OUT_OF_RANGE, "9"):
            self.evaluate(points(2, 5), 9.0)
        self.evaluate(points(2, 5), 9.0, extrapolate=True)
        with self.assert_refused(INVALID, "points", "5"):
            self.evaluate(points(2, 4), 1.0)
        with self.assert_refused(INVALID, "quantities[1]"):
            self.evaluate(points(2, 5), 1.0, 1, 1)
        with self.assert_refused(INVALID, "quantities[0]"):
            self.evaluate(points(2, 5), 1.0, 42)
        with self.assert_refused(INVALID, "time is required"):
            self.server.fields.Evaluate(field_pb2.EvaluateRequest(field=self.field.name, points=tensor(points(2, 5))))
        with self.assert_refused(NOT_FOUND, "fields/nowhere"):
            self.server.fields.Evaluate(field_pb2.EvaluateRequest(field="fields/nowhere", points=tensor(points()), time=0))

    def test_export_and_import_give_the_same_field(self):
        chunks = [r.chunk for r in self.server.fields.ExportField(field_pb2.ExportFieldRequest(name=self.field.name))]
        requests = [field_pb2.ImportFieldRequest(name="fields/copy" if i == 0 else "", chunk=c) for i, c in enumerate(chunks)]
        copy = self.server.fields.ImportField(iter(requests))
        self.assertEqual(copy.file_hash, self.field.file_hash)
        self.assertEqual(copy.train, self.field.train)
        with self.assert_refused(EXISTS, "fields/copy"):
            self.server.fields.ImportField(iter(requests))
        damaged = bytearray(b"".join(chunks))
        damaged[len(damaged) // 2] ^= 1
        with self.assert_refused(INVALID, "imported file"):
            self.server.fields.ImportField(iter([field_pb2.ImportFieldRequest(name="fields/broken", chunk=bytes(damaged))]))
        with self.assert_refused(INVALID, "name"):
            self.server.fields.ImportField(iter([]))
        self.server.fields.DeleteField(field_pb2.DeleteFieldRequest(name="fields/copy"))
        with self.assert_refused(NOT_FOUND, "fields/copy"):
            self.server.field("fields/copy")

    def score(self, dataset="cells", **more):
        return self.server.fields.ScoreField(field_pb2.ScoreFieldRequest(
            field=self.field.name, dataset="datasets/" + dataset, **more))

    def test_scores_beat_copying_and_tell_which_rows_they_are_of(self):
        test = self.score(subset=metrics_pb2.SUBSET_TEST)
        self.assertFalse(test.seen_in_training)
        self.assertTrue(self.score().seen_in_training)
        for score in test.from_previous:
            self.assertLess(score.w1, score.copy_w1)
        for score in list(test.from_previous) + list(test.from_first):
            self.assertLessEqual(score.w1, score.w2)
            self.assertGreater(score.floor_w1, 0)
            self.assertLess(score.observed_count, 50)
        self.assertEqual([s.time for s in test.from_previous], [1, 2, 3, 4])
        self.assertEqual({s.source_time for s in test.from_first}, {0})
        for score in self.score(seed=5).from_previous:
            self.assertEqual((score.distance, score.split_seed, score.floor_seed, list(score.member_seeds)),
                             (metrics_pb2.DISTANCE_EXACT, self.field.train.seed, 5, [self.field.train.seed]))
        counts = {s: sum(x.observed_count for x in self.score(subset=s).from_previous) for s in (1, 2, 3, 4)}
        self.assertEqual(counts[1], counts[2] + counts[3] + counts[4])

    def test_a_split_of_another_dataset_is_refused(self):
        self.server.simulate("elsewhere", points=20)
        self.assertFalse(self.score("elsewhere").seen_in_training)
        with self.assert_refused(PRECONDITION, "datasets/elsewhere"):
            self.score("elsewhere", subset=metrics_pb2.SUBSET_TEST)


class Dynamics(Base):
    """Growth, noise and ensembles, each trained once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x = RNG.standard_normal((80, 2))
        cls.server.put("growing", {0.0: x, 1.0: np.concatenate([x, x]) + [1, 0]})
        growing = spec(400)
        setattr(growing.dynamics, "lambda", 1)
        cls.growth = cls.server.train("growing", "growth", growing)
        cls.noise = cls.server.train("growing", "noise", spec(100, dynamics_sigma=0.5))
        many = spec(100)
        many.members = 3
        cls.ensemble = cls.server.train("growing", "ensemble", many)

    def evaluate(self, field, x, **more):
        return self.server.fields.Evaluate(field_pb2.EvaluateRequest(field=field.name, points=tensor(x), time=0.5, **more))

    def blocks(self, field, x, times, **more):
        return list(self.server.trajectories.SampleTrajectories(trajectory_pb2.SampleTrajectoriesRequest(
            field=field.name, points=tensor(x), times=times, **more)))

    def density(self, field, x, **more):
        return self.server.fields.EvaluateDensity(field_pb2.EvaluateDensityRequest(
            field=field.name, points=tensor(x), **more))

    def test_counts_are_the_mass_that_trajectories_and_scores_carry(self):
        self.assertEqual(self.growth.resolved.path, job_pb2.PathSpec.KIND_UOT)
        self.assertEqual(list(self.growth.snapshot_masses), [1, 2])
        start = self.server.sample("fields/growth", [1.0], dataset=("growing", 0.0))
        scores = self.server.fields.ScoreField(field_pb2.ScoreFieldRequest(field="fields/growth", dataset="datasets/growing"))
        score = scores.from_first[0]
        self.assertEqual(score.observed_mass, 2)
        self.assertAlmostEqual(score.mass, 2, delta=0.3)
        weights = np.exp(start[1][0])
        self.assertAlmostEqual(weights.mean(), score.mass, places=4)
        block = self.blocks(self.growth, points(30, 2), [0.0, 1.0])
        self.assertEqual(block[0].effective_sample_size, 30)
        self.assertLess(block[1].effective_sample_size, 30)
        drawn = self.blocks(self.growth, points(30, 2), [0.5, 1.0], resample_below=1, seed=4)
        self.assertEqual(len(drawn), 2)
        with self.assert_refused(INVALID, "resample_below"):
            self.blocks(self.growth, points(3, 2), [1.0], resample_below=2)

    def test_noise_is_drawn_by_seed_and_row_and_never_taken_back(self):
        x = points(20, 2)
        one, same, other = (array(self.blocks(self.noise, x, [1.0], seed=seed)[0].points) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, same)
        self.assertTrue((one != other).all())
        tail = array(self.blocks(self.noise, x[5:], [1.0], seed=1, first_row=5)[0].points)
        np.testing.assert_array_equal(tail, one[5:])
        with self.assert_refused(INVALID, "no score"):
            self.blocks(self.noise, x, [0.5], start_time=1.0)
        with self.assert_refused(INVALID, "EULER_MARUYAMA"):
            self.blocks(self.noise, x, [1.0], solver=solver_pb2.Solver(method=solver_pb2.Solver.METHOD_RK4, steps=10))
        with self.assert_refused(PRECONDITION, "no score"):
            self.density(self.noise, x, time=1.0)

    def test_an_ensemble_answers_its_mean_and_spread(self):
        x = points(5, 2)
        answer = self.evaluate(self.ensemble, x, spread=True)
        members = np.stack([array(self.evaluate(self.ensemble, x, member=m).velocity) for m in range(3)])
        np.testing.assert_allclose(array(answer.velocity), members.mean(0), atol=1e-6)
        np.testing.assert_allclose(array(answer.spread.velocity), members.std(0, ddof=1), atol=1e-6)
        with self.assert_refused(INVALID, "member 3"):
            self.evaluate(self.ensemble, x, member=3)
        self.assertEqual((self.ensemble.members, len(self.ensemble.selected_steps)), (3, 3))
        scores = self.server.fields.ScoreField(
            field_pb2.ScoreFieldRequest(field="fields/ensemble", dataset="datasets/growing")).from_first
        self.assertEqual(scores[0].members, 3)
        self.assertGreater(scores[0].w1_deviation, 0)
        alone = [self.server.fields.ScoreField(field_pb2.ScoreFieldRequest(
            field="fields/ensemble", dataset="datasets/growing", member=m)).from_first[0] for m in range(3)]
        self.assertAlmostEqual(scores[0].w1, np.mean([s.w1 for s in alone]))
        self.assertAlmostEqual(scores[0].w1_deviation, np.std([s.w1 for s in alone], ddof=1))
        self.assertEqual(list(scores[0].member_seeds), [s.member_seeds[0] for s in alone])
        for member in (-1, 3):
            with self.assert_refused(INVALID, "member"):
                self.server.fields.ScoreField(field_pb2.ScoreFieldRequest(
                    field="fields/ensemble", dataset="datasets/growing", member=member))
        single = array(self.blocks(self.ensemble, x, [1.0], member=1)[0].points)
        self.assertTrue((single != array(self.blocks(self.ensemble, x, [1.0])[0].points)).any())

    def test_densities_follow_points_to_their_origins(self):
        x = points(6, 2)
        answer = self.density(self.ensemble, x, time=1.0, gaussian_of_dataset="datasets/growing")
        origins = array(answer.origins)
        back = array(self.blocks(self.ensemble, origins, [1.0])[0].points)
        np.testing.assert_allclose(back, x, atol=1e-3)
        start = array(answer.log_density) - array(answer.log_density_change)
        given = self.density(self.ensemble, x, time=1.0, gaussian=field_pb2.Gaussian(
            mean=tensor(np.zeros(2)), covariance=tensor(np.eye(2))))
        np.testing.assert_allclose(array(given.log_density) - array(given.log_density_change),
                                   -0.5 * (origins**2).sum(1) - np.log(2 * np.pi), atol=1e-9)
        self.assertTrue(np.isfinite(start).all())
        estimate = self.density(self.ensemble, x, time=1.0, probes=64)
        np.testing.assert_allclose(array(estimate.log_density_change), array(answer.log_density_change), atol=0.3)
        with self.assert_refused(INVALID, "time is required"):
            self.density(self.ensemble, x)
        with self.assert_refused(INVALID, "positive definite"):
            self.density(self.ensemble, x, time=1.0, gaussian=field_pb2.Gaussian(
                mean=tensor(np.zeros(2)), covariance=tensor(np.array([[1.0, 2], [2, 1]]))))
        with self.assert_refused(INVALID, "start_time"):
            self.density(self.ensemble, x, time=1.0, start_time=0.5, gaussian_of_dataset="datasets/growing")


class Trajectories(Trained):
    def test_frames_come_as_asked_and_do_not_change_the_trajectory(self):
        x = points(300, 5)
        asked = [4.0, 0.0, 2.5, 2.5, 1.0]
        frames, weights = self.server.sample(self.field.name, asked, x)
        self.assertEqual(frames.shape, (5, 300, 5))
        np.testing.assert_array_equal(frames[1], x)
        np.testing.assert_array_equal(frames[2], frames[3])
        np.testing.assert_array_equal(weights, 0)
        alone, _ = self.server.sample(self.field.name, [4.0], x[7:9])
        np.testing.assert_allclose(alone[0], frames[0, 7:9], atol=1e-3)
        fixed = dict(solver=solver_pb2.Solver(steps=64))
        one, _ = self.server.sample(self.field.name, [4.0], x, **fixed)
        more, _ = self.server.sample(self.field.name, asked, x, **fixed)
        np.testing.assert_array_equal(one[0], more[0])

    def test_every_method_goes_to_the_same_place_and_back(self):
        x = points(50, 5)
        reference, _ = self.server.sample(self.field.name, [4.0], x, solver=solver_pb2.Solver(tolerance=1e-9))
        S = solver_pb2.Solver
        for method, steps, error in ((S.METHOD_EULER, 4000, 3e-2), (S.METHOD_HEUN, 400, 1e-2), (S.METHOD_RK4, 100, 1e-2)):
            end, _ = self.server.sample(self.field.name, [4.0], x, solver=S(method=method, steps=steps))
            np.testing.assert_allclose(end, reference, atol=error)
        back, _ = self.server.sample(self.field.name, [0.0], reference[0], start_time=4.0, solver=S(tolerance=1e-8))
        np.testing.assert_allclose(back[0], x, atol=1e-3)

    def test_late_evaluations_and_scores_stop_computing(self):
        x = tensor(points(100000, 5))
        with self.assert_refused(grpc.StatusCode.DEADLINE_EXCEEDED):
            self.server.fields.Evaluate(field_pb2.EvaluateRequest(
                field=self.field.name, points=x, time=1.0, quantities=range(1, 6)), timeout=0.1)
        with self.assert_refused(grpc.StatusCode.DEADLINE_EXCEEDED):
            self.server.fields.ScoreField(field_pb2.ScoreFieldRequest(
                field=self.field.name, dataset="datasets/cells"), timeout=0.01)
        for method in ("Evaluate", "ScoreField"):
            line = 'actionmatch_calls_total{code="DEADLINE_EXCEEDED",method="FieldService/%s"}' % method
            until(lambda: self.server.metric(line), "the end of a late call")

    def test_a_start_in_a_dataset_keeps_its_type_and_large_frames_are_cut(self):
        x = points(40000, 5, np.float32)
        frames, _ = self.server.sample(self.field.name, [0.0, 0.5], x, solver=solver_pb2.Solver(steps=2))
        self.assertEqual(frames.dtype, np.float32)
        np.testing.assert_array_equal(frames[0], x)
        started, _ = self.server.sample(self.field.name, [1.0], dataset=("cells", 1.0))
        read = [r.batch for r in self.server.datasets.ReadSnapshots(
            dataset_pb2.ReadSnapshotsRequest(dataset="datasets/cells"))]
        np.testing.assert_array_equal(started[0], np.concatenate([array(b.points) for b in read if b.time == 1.0]))

    def test_bad_requests_are_refused(self):
        x = points(3, 5)
        name = self.field.name
        S = solver_pb2.Solver
        for code, words, times, more in (
            (grpc.StatusCode.OUT_OF_RANGE, ["9"], [9.0], dict(points=x)),
            (INVALID, ["times"], [], dict(points=x)),
            (INVALID, ["times[0]"], [float("nan")], dict(points=x)),
            (INVALID, ["points or dataset"], [1.0], {}),
            (INVALID, ["points[1, 0]"], [1.0], dict(points=np.where(np.arange(15).reshape(3, 5) == 5, np.inf, 1.0))),
            (INVALID, ["dataset.time", "0, 1, 2, 3, 4"], [1.0], dict(dataset=("cells", 0.7))),
            (INVALID, ["solver.steps"], [1.0], dict(points=x, solver=S(steps=0))),
            (INVALID, ["solver.tolerance"], [1.0], dict(points=x, solver=S(tolerance=-1))),
            (INVALID, ["solver.steps"], [1.0], dict(points=x, solver=S(method=S.METHOD_DOPRI5, steps=5))),
            (INVALID, ["solver.steps is required"], [1.0], dict(points=x, solver=S(method=S.METHOD_RK4))),
        ):
            with self.assert_refused(code, *words):
                self.server.sample(name, times, **more)

    def test_cancelled_and_late_calls_stop_computing(self):
        request = trajectory_pb2.SampleTrajectoriesRequest(
            field=self.field.name, points=tensor(points(20000, 5)), times=[4.0],
            solver=solver_pb2.Solver(steps=1000000))
        call = self.server.trajectories.SampleTrajectories(request)
        busy = 'actionmatch_calls_total{code="%s",method="TrajectoryService/SampleTrajectories"}'
        # A call cancelled before it reaches the server would be counted nowhere; on one connection they arrive in order.
        self.server.field(self.field.name)
        call.cancel()
        until(lambda: self.server.metric(busy % "CANCELLED"), "the end of a cancelled call")
        with self.assert_refused(grpc.StatusCode.DEADLINE_EXCEEDED):
            list(self.server.trajectories.SampleTrajectories(request, timeout=0.2))
        # The server hears of the end from its own clock or from the client's, whichever comes first.
        until(lambda: sum(self.server.metric(busy % code) or 0 for code in ("CANCELLED", "DEADLINE_EXCEEDED")) >= 2,
              "the end of a late call")


class Operations(Base):
    def test_health_is_served_for_each_service_and_reflection_lists_them(self):
        # Health and reflection without generated stubs: the wire form of their messages is small enough.
        check = self.server.channel.unary_unary("/grpc.health.v1.Health/Check")
        for service in ("", "actionmatch.v1.DatasetService", "actionmatch.v1.JobService", "actionmatch.v1.FieldService",
                        "actionmatch.v1.TrajectoryService"):
            request = b"\x0a" + bytes([len(service)]) + service.encode() if service else b""
            self.assertEqual(check(request), b"\x08\x01", service)
        reflect = self.server.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        answer = b"".join(reflect(iter([b"\x3a\x01*"])))
        self.assertIn(b"actionmatch.v1.TrajectoryService", answer)

    def test_request_ids_come_back_and_calls_are_counted(self):
        _, call = self.server.datasets.ListDatasets.with_call(
            dataset_pb2.ListDatasetsRequest(), metadata=[("x-request-id", "mine-1")])
        self.assertIn(("x-request-id", "mine-1"), [(k, v) for k, v in call.trailing_metadata()])
        self.assertGreaterEqual(
            self.server.metric('actionmatch_calls_total{code="OK",method="DatasetService/ListDatasets"}'), 1)
        self.assertEqual(self.server.http("/healthz")[0], 200)
        self.assertEqual(self.server.http("/readyz")[0], 200)

    def test_sigterm_drains_and_a_stream_that_watches_is_told(self):
        with Server() as server:
            server.simulate("cells", points=60)
            job = server.submit("cells", "long", spec(10_000_000))
            watch = server.jobs.WatchJob(job_pb2.WatchJobRequest(name=job.name))
            next(watch)
            ended = []

            def follow():
                try:
                    for _ in watch:
                        pass
                except grpc.RpcError as error:
                    ended.append(error.code())

            thread = threading.Thread(target=follow)
            thread.start()
            self.assertEqual(server.terminate(), 0)
            thread.join()
            self.assertEqual(ended, [grpc.StatusCode.UNAVAILABLE])

    def test_a_jobs_transitions_are_logged_with_the_id_of_the_request_that_made_it(self):
        with Server() as server:
            server.simulate("cells", points=60)
            server.jobs.CreateJob(job_pb2.CreateJobRequest(job=job_pb2.Job(
                name="jobs/traced", dataset="datasets/cells", train=spec(20))), metadata=[("x-request-id", "trace-7")])
            server.wait("jobs/traced")
            until(lambda: "event=job_left" in server.logs(), "the worker's last line")
            for event in ("job_queued", "job_claimed", "job_left", "call"):
                lines = [line for line in server.logs().splitlines() if "event=%s " % event in line]
                self.assertTrue(any("request_id=trace-7" in line for line in lines), event)

    def test_a_second_sigterm_ends_at_once(self):
        with Server(arguments=["--workers", "0", "--drain-time", "3600"]) as server:
            server.create("held")
            # A stream that nobody finishes keeps the server from draining.
            done = threading.Event()

            def requests():
                yield dataset_pb2.AppendSnapshotsRequest(dataset="datasets/held", batch=batch(1, points(), 0.0))
                done.wait()

            stream = server.datasets.AppendSnapshots(requests())
            next(stream)
            server.process.send_signal(signal.SIGTERM)
            until(lambda: "event=draining" in server.logs(), "the drain")
            self.assertEqual(server.http("/readyz"), (503, "draining\n"))
            self.assertIsNone(server.process.poll())
            with self.assert_refused(grpc.StatusCode.UNAVAILABLE):
                server.create("late")
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(), 1)
            done.set()

    def test_a_port_in_use_and_a_bad_flag_are_told_plainly(self):
        command = [os.path.join(BIN, "actionmatchd"), "serve", "--data-dir", self.server.data_dir]
        taken = subprocess.run(command + ["--listen", self.server.address, "--metrics-listen", "127.0.0.1:0"],
                               capture_output=True, text=True)
        self.assertEqual(taken.returncode, 1)
        self.assertIn("--listen", taken.stderr)
        for flags, words in ((["--workers", "many"], ["--workers", "0 to 64"]), (["--listen", "nowhere"], ["HOST:PORT"]),
                             (["--log-level", "loud"], ["debug, info, warning, error"])):
            bad = subprocess.run(command + flags, capture_output=True, text=True)
            self.assertEqual(bad.returncode, 2)
            for word in words:
                self.assertIn(word, bad.stderr)


if __name__ == "__main__":
    main()
