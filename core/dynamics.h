// Dynamics{c, sigma, lambda} is the law of motion, and with it both the loss and the sampler, which so cannot disagree:
//
//   d_t mu = -div(mu grad c*(grad s)) + sigma^2/2 Laplacian mu + lambda s mu
//   dx = grad c*(grad s) dt + sigma dW,   d log(weight) = lambda s dt
//
// with c*(p) = |p|^q / q the convex conjugate of the cost |v|^r / r, q = r/(r-1). (arXiv 2210.06662, eq. 6, 14,
// 19, 22.)

#ifndef ACTIONMATCH_CORE_DYNAMICS_H_
#define ACTIONMATCH_CORE_DYNAMICS_H_

namespace actionmatch {

struct Dynamics {
  double cost_power = 2;  // r; only 2 so far: c*(p) = |p|^2/2, velocity grad s
  double sigma = 0;       // data units: x per sqrt(time); only 0 so far
  double lambda = 0;      // dimensionless; only 0 so far
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_DYNAMICS_H_
