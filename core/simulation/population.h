// Population: a simulated population with parameters that go by name, for callers that do not know its struct.

#ifndef ACTIONMATCH_CORE_SIMULATION_POPULATION_H_
#define ACTIONMATCH_CORE_SIMULATION_POPULATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/simulation/simulate.h"
#include "core/snapshots/snapshots.h"

namespace actionmatch {

// A pointer to a parameter, to read or set it.
using ParameterValue = std::variant<int*, double*, std::vector<double>*>;

class Population {
 public:
  virtual ~Population() = default;
  // Calls visit(name, value) for each parameter, in the order of the API. Parameters have their defaults until they are
  // set.
  virtual void VisitParameters(const std::function<void(absl::string_view name, ParameterValue value)>& visit) = 0;
  // As Simulate (simulate.h).
  virtual absl::StatusOr<Snapshots> Draw(uint64_t seed, const BeforeDraw& before_draw) const = 0;
};

// The population of a struct that lists its parameters (parameters.h) and has a function Simulate.
template <typename Struct>
class PopulationOf final : public Population {
 public:
  void VisitParameters(const std::function<void(absl::string_view name, ParameterValue value)>& visit) override {
    Struct::VisitParameters(population_, [&](absl::string_view name, auto& member, double /*low*/, double /*high*/) {
      visit(name, &member);
    });
  }
  absl::StatusOr<Snapshots> Draw(uint64_t seed, const BeforeDraw& before_draw) const override {
    return Simulate(population_, seed, before_draw);
  }

 private:
  Struct population_;
};

struct PopulationRow {
  const char* word;  // the name of its field in the API's Simulation
  std::unique_ptr<Population> (*make)();
};

// All populations, in the order of the API. The rows last as long as the program.
absl::Span<const PopulationRow> Populations();

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SIMULATION_POPULATION_H_
