"""JobService over a real socket: what each call promises, and what it refuses."""

import base64
import contextlib
import os
import sqlite3

import grpc
import numpy as np
from harness import (EXISTS, INVALID, NOT_FOUND, PRECONDITION, Server, ServiceTest, batch, dataset_pb2, field_pb2, job_pb2,
                     job_pb2_grpc, main, metrics_pb2, points, spec, tensor, train_spec_pb2, until)


class Jobs(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.simulate("cells", points=60)

    def test_all_violations_of_a_spec_come_in_one_answer(self):
        wrong = train_spec_pb2.TrainSpec()
        wrong.training.steps = -5
        wrong.training.learning_rate = -1
        wrong.path.plan_points = 1
        wrong.hold_out.test_times.append(77)
        with self.assert_refused(INVALID, "job.train.training.steps", "job.train.training.learning_rate",
                                 "job.train.path.plan_points", "job.train.hold_out.test_times"):
            self.server.submit("cells", "wrong", wrong)
        unknown = train_spec_pb2.TrainSpec()
        unknown.path.kind = 99
        with self.assert_refused(INVALID, "path.kind", "99"):
            self.server.submit("cells", "wrong", unknown)
        mixed = train_spec_pb2.TrainSpec()
        mixed.dynamics.sigma = -1
        mixed.mass.source = train_spec_pb2.MassSpec.SOURCE_GIVEN
        mixed.mass.values.append(1)
        mixed.path.kind = train_spec_pb2.PathSpec.KIND_UOT
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

    def test_validating_only_fills_in_every_default_and_stores_nothing(self):
        job = self.server.jobs.CreateJob(job_pb2.CreateJobRequest(
            job=job_pb2.Job(name="jobs/dry", dataset="datasets/cells", train=train_spec_pb2.TrainSpec()), validate_only=True))
        self.assertEqual(job.train.training.steps, 3000)
        self.assertEqual(job.train.hold_out.validation_fraction, 0.1)
        self.assertTrue(job.train.hold_out.refit)
        self.assertAlmostEqual(job.train.training.weight_decay, 1)  # of 60 points: 100 / 60, and at most 1
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
        for first, steps in ((101, [150, 200]), (200, [200]), (201, [])):
            late = self.server.jobs.WatchJob(job_pb2.WatchJobRequest(name=job.name, from_step=first))
            self.assertEqual([p.step for m in late for p in m.progress], steps)
        states = [m.job.state for m in live]
        self.assertEqual(states, sorted(states))
        self.assertTrue(live[-1].job.progress.scores)
        self.assertEqual(live[-1].job.resolved.path, train_spec_pb2.PathSpec.KIND_OT)
        self.assertEqual(live[-1].job.train.training.device, train_spec_pb2.TrainingSpec.DEVICE_AUTO)
        resolved = live[-1].job.resolved
        self.assertIn((resolved.device, resolved.engine),
                      ((train_spec_pb2.TrainingSpec.DEVICE_CPU, train_spec_pb2.TrainingSpec.ENGINE_FUSED),
                       (train_spec_pb2.TrainingSpec.DEVICE_CUDA, train_spec_pb2.TrainingSpec.ENGINE_AUTOGRAD)))
        field = self.server.fields.GetField(field_pb2.GetFieldRequest(name="fields/watched"))
        self.assertEqual(field.resolved, resolved)
        self.assertEqual((field.train.training.device, field.train.training.engine), (resolved.device, resolved.engine))

    def test_a_long_history_comes_in_messages_that_a_client_takes_by_default(self):
        with Server(arguments=["--workers", "0", "--log-level", "warning"]) as server, \
                grpc.insecure_channel(server.address) as channel:
            server.simulate("cells", points=60)
            job = server.submit("cells", "long", spec(100))
            # As a worker would record it for a dataset with thousands of times.
            scores = [metrics_pb2.SnapshotScore(time=k, w1=1) for k in range(5000)]
            rows = [job_pb2.Progress(step=step, total_steps=100, scores=scores) for step in range(1, 101)]
            self.assertGreater(sum(row.ByteSize() for row in rows), 8 << 20)
            with contextlib.closing(sqlite3.connect(os.path.join(server.data_dir, "actionmatch.db"))) as database, database:
                database.executemany("INSERT INTO progress VALUES (?, ?, 0, ?)",
                                     [(job.uid, row.step, base64.b64encode(row.SerializeToString()).decode()) for row in rows])
            watch = job_pb2_grpc.JobServiceStub(channel).WatchJob(job_pb2.WatchJobRequest(name=job.name, from_step=2))
            steps = []
            while len(steps) < 99:
                steps += [p.step for p in next(watch).progress]
            self.assertEqual(steps, list(range(2, 101)))
            server.jobs.CancelJob(job_pb2.CancelJobRequest(name=job.name))
            self.assertEqual([m.job.state for m in watch], [job_pb2.Job.STATE_CANCELLED])
            # The whole of an ended job's history, too.
            again = list(job_pb2_grpc.JobServiceStub(channel).WatchJob(job_pb2.WatchJobRequest(name=job.name)))
            self.assertEqual([p.step for m in again for p in m.progress], list(range(1, 101)))

    def test_a_repeated_request_is_answered_with_its_job_though_the_dataset_is_gone(self):
        with Server(arguments=["--workers", "0"]) as server:
            server.simulate("cells", points=60)
            request = job_pb2.CreateJobRequest(request_id="once", job=job_pb2.Job(
                name="jobs/once", dataset="datasets/cells", train=spec(10)))
            made = server.jobs.CreateJob(request)
            self.assertEqual(server.jobs.CreateJob(request).uid, made.uid)
            server.jobs.CancelJob(job_pb2.CancelJobRequest(name=made.name))
            server.datasets.DeleteDataset(dataset_pb2.DeleteDatasetRequest(name="datasets/cells"))
            again = server.jobs.CreateJob(request)
            self.assertEqual((again.uid, again.state), (made.uid, job_pb2.Job.STATE_CANCELLED))
            request.job.train.training.steps = 11
            with self.assert_refused(INVALID, "request_id", "jobs/once"):
                server.jobs.CreateJob(request)
            self.assertEqual(server.logs().count("event=job_queued "), 1)

    def test_a_time_without_weight_is_told_at_creation(self):
        self.server.create("weightless")
        self.server.append("weightless", [batch(1, points(), 0.0), batch(2, points(), 1.5, weights=tensor(np.zeros(10))),
                                          batch(3, points(), 2.0)])
        with self.assert_refused(INVALID, "job.dataset", "time 1.5", "positive weight"):
            self.server.submit("weightless")
        self.server.append("weightless", [batch(4, points(), 1.5)])
        quadrature = train_spec_pb2.TrainSpec()
        quadrature.training.times = train_spec_pb2.TrainingSpec.TIMES_GAUSS_LEGENDRE
        with self.assert_refused(INVALID, "job.train.training.times", "path.kind"):
            self.server.submit("weightless", "wrong", quadrature)
        job = self.server.submit("weightless", "weighted", spec(1))
        self.assertEqual(self.server.wait(job.name)[-1].job.state, job_pb2.Job.STATE_SUCCEEDED)

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


class OnAModestMachine(ServiceTest):
    """oneDNN is told to do without the newer instructions, bfloat16's among them, and CUDA without any device."""

    ENVIRONMENT = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "CUDA_VISIBLE_DEVICES": ""}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.simulate("cells", points=60)

    def test_cuda_is_refused_where_there_is_none(self):
        for field, value in (("device", train_spec_pb2.TrainingSpec.DEVICE_CUDA),
                             ("precision", train_spec_pb2.TrainingSpec.PRECISION_TF32)):
            asked = spec()
            setattr(asked.training, field, value)
            with self.assert_refused(PRECONDITION, "training." + field, "or use "):
                self.server.submit("cells", "wrong", asked)
        fused = spec()
        fused.training.device = train_spec_pb2.TrainingSpec.DEVICE_CUDA
        fused.training.engine = train_spec_pb2.TrainingSpec.ENGINE_FUSED
        with self.assert_refused(INVALID, "job.train.training.device"):
            self.server.submit("cells", "wrong", fused)

    def test_bfloat16_is_refused_with_field_and_remedy_and_nothing_is_stored(self):
        rounded = spec(1)
        rounded.training.precision = train_spec_pb2.TrainingSpec.PRECISION_BFLOAT16
        with self.assert_refused(PRECONDITION, "training.precision", "BFLOAT16", "use FLOAT32"):
            self.server.submit("cells", "rounded", rounded)
        with self.assert_refused(NOT_FOUND, "jobs/rounded"):
            self.server.job("jobs/rounded")


if __name__ == "__main__":
    main()
