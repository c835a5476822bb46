"""Fields with growth, with noise and with several members, through all services."""

import numpy as np
from harness import (INVALID, PRECONDITION, RNG, ServiceTest, array, field_pb2, main, points, solver_pb2, spec,
                     tensor, train_spec_pb2, trajectory_pb2)


class Dynamics(ServiceTest):
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
        self.assertEqual(self.growth.resolved.path, train_spec_pb2.PathSpec.KIND_UOT)
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


if __name__ == "__main__":
    main()
