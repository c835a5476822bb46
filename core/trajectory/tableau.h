// Tableau: an explicit Runge-Kutta method as data (Butcher's).
//
//   k_i = f(t + c_i h, x + h sum_{j<i} a_ij k_j),   x' = x + h sum_i b_i k_i
//
// Adaptive methods also have e = b - b^, so that h sum_i e_i k_i estimates the step's error, and a dense output:
// polynomials w_i(theta) with x(t + theta h) = x + h sum_i w_i(theta) k_i.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_TABLEAU_H_
#define ACTIONMATCH_CORE_TRAJECTORY_TABLEAU_H_

#include <vector>

namespace actionmatch {

struct Tableau {
  const char* name;
  int order;
  std::vector<double> c;               // [S]
  std::vector<std::vector<double>> a;  // [S][i]
  std::vector<double> b;               // [S]
  std::vector<double> e;               // [S], or empty: no error estimate
  // dense[i][p]: the coefficient of theta^(p+1) in w_i(theta), or empty
  std::vector<std::vector<double>> dense;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_TABLEAU_H_
