#include "core/trajectory/tableau.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/trajectory/solvers.h"

namespace actionmatch {
namespace {

using Vector = std::vector<double>;

const Tableau& Dopri5() { return FindSolver("dopri5")->tableau; }

double Dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
Vector Times(const Vector& a, const Vector& b) {
  Vector out(a.size());
  for (size_t i = 0; i < a.size(); ++i) out[i] = a[i] * b[i];
  return out;
}
Vector Apply(const Tableau& t, const Vector& v) {
  Vector out(v.size(), 0.0);
  for (size_t i = 0; i < t.a.size(); ++i) {
    for (size_t j = 0; j < t.a[i].size(); ++j) out[i] += t.a[i][j] * v[j];
  }
  return out;
}

// Order conditions of the rooted trees up to order 5 that a quadrature and its nestings give (Hairer, Norsett & Wanner
// II.2).
void ExpectOrder(const Tableau& t, const Vector& b, int order) {
  const Vector& c = t.c;
  const Vector ones(c.size(), 1.0);
  const Vector c2 = Times(c, c), c3 = Times(c2, c), ac = Apply(t, c), ac2 = Apply(t, c2);
  struct Condition {
    int order;
    Vector phi;
    double value;
  };
  const std::vector<Condition> conditions = {{1, ones, 1},
                                             {2, c, 1.0 / 2},
                                             {3, c2, 1.0 / 3},
                                             {3, ac, 1.0 / 6},
                                             {4, c3, 1.0 / 4},
                                             {4, Times(c, ac), 1.0 / 8},
                                             {4, ac2, 1.0 / 12},
                                             {4, Apply(t, ac), 1.0 / 24},
                                             {5, Times(c2, c2), 1.0 / 5},
                                             {5, Times(c2, ac), 1.0 / 10},
                                             {5, Times(c, ac2), 1.0 / 15},
                                             {5, Times(c, Apply(t, ac)), 1.0 / 30},
                                             {5, Times(ac, ac), 1.0 / 20},
                                             {5, Apply(t, c3), 1.0 / 20},
                                             {5, Apply(t, Times(c, ac)), 1.0 / 40},
                                             {5, Apply(t, ac2), 1.0 / 60},
                                             {5, Apply(t, Apply(t, ac)), 1.0 / 120}};
  for (const Condition& condition : conditions) {
    if (condition.order <= order) {
      EXPECT_NEAR(Dot(b, condition.phi), condition.value, 1e-13) << t.name << " order " << condition.order;
    }
  }
}

TEST(TableauTest, TableauxMeetTheConditionsOfTheirOrder) {
  for (const SolverRow& solver : Solvers()) {
    const Tableau& t = solver.tableau;
    ExpectOrder(t, t.b, t.order);
    const Vector row_sums = Apply(t, Vector(t.c.size(), 1.0));
    for (size_t i = 0; i < t.c.size(); ++i) EXPECT_NEAR(row_sums[i], t.c[i], 1e-14) << t.name;
  }
}

TEST(TableauTest, TheErrorEstimateIsTheDifferenceToAMethodOfOrderFour) {
  Vector embedded = Dopri5().b;
  for (size_t i = 0; i < embedded.size(); ++i) embedded[i] -= Dopri5().e[i];
  ExpectOrder(Dopri5(), embedded, 4);
}

TEST(TableauTest, DenseOutputEndsAtTheStepAndIsSmoothAcrossSteps) {
  const Tableau& t = Dopri5();
  for (size_t i = 0; i < t.b.size(); ++i) {
    double value = 0, slope = 0;
    for (size_t p = 0; p < t.dense[i].size(); ++p) {
      value += t.dense[i][p];
      slope += static_cast<double>(p + 1) * t.dense[i][p];
    }
    EXPECT_NEAR(value, t.b[i], 1e-13);                       // x(1) = x'
    EXPECT_NEAR(t.dense[i][0], i == 0 ? 1 : 0, 1e-13);       // slope k_1 at the start
    EXPECT_NEAR(slope, i + 1 == t.b.size() ? 1 : 0, 1e-12);  // slope k_7 at the end
  }
}

TEST(TableauTest, DenseOutputIsOfOrderFourInside) {
  const Tableau& t = Dopri5();
  for (double theta : {0.2, 0.5, 0.9}) {
    Vector w;
    for (const Vector& polynomial : t.dense) {
      double sum = 0;
      for (size_t p = 0; p < polynomial.size(); ++p) sum += polynomial[p] * std::pow(theta, p + 1);
      w.push_back(sum);
    }
    const Vector c2 = Times(t.c, t.c);
    EXPECT_NEAR(Dot(w, t.c), std::pow(theta, 2) / 2, 1e-13);
    EXPECT_NEAR(Dot(w, c2), std::pow(theta, 3) / 3, 1e-13);
    EXPECT_NEAR(Dot(w, Times(c2, t.c)), std::pow(theta, 4) / 4, 1e-12);
    EXPECT_NEAR(Dot(w, Apply(t, Apply(t, t.c))), std::pow(theta, 4) / 24, 1e-12);
  }
}

}  // namespace
}  // namespace actionmatch
