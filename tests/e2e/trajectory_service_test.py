"""TrajectoryService over a real socket: what it promises, and what it refuses."""

import grpc
import numpy as np
from harness import (INVALID, TrainedTest, array, dataset_pb2, field_pb2, main, points, solver_pb2, tensor,
                     trajectory_pb2, until)


class Trajectories(TrainedTest):
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
        # Days of work, of which the first frame is the last thing that is known.
        method = "TrajectoryService/SampleTrajectories"
        request = trajectory_pb2.SampleTrajectoriesRequest(
            field=self.field.name, points=tensor(points(20000, 5)), times=[4.0], solver=solver_pb2.Solver(steps=1000000))
        call = self.server.trajectories.SampleTrajectories(request)
        # A call that is cancelled before it reaches the server leaves no trace there.
        until(lambda: self.server.in_progress(method) == 1, "the call's arrival")
        call.cancel()
        until(lambda: self.server.in_progress(method) == 0, "the end of a cancelled call")
        self.assertEqual(self.server.ended(method, "CANCELLED"), 1)
        self.assert_late_calls_stop(method, lambda timeout: list(
            self.server.trajectories.SampleTrajectories(request, timeout=timeout)))

    def test_late_evaluations_and_scores_stop_computing(self):
        self.server.simulate("large", points=1500)
        x = tensor(points(100000, 5))
        self.assert_late_calls_stop("FieldService/Evaluate", lambda timeout: self.server.fields.Evaluate(
            field_pb2.EvaluateRequest(field=self.field.name, points=x, time=1.0, quantities=range(1, 6)), timeout=timeout))
        self.assert_late_calls_stop("FieldService/ScoreField", lambda timeout: self.server.fields.ScoreField(
            field_pb2.ScoreFieldRequest(field=self.field.name, dataset="datasets/large"), timeout=timeout))



if __name__ == "__main__":
    main()
