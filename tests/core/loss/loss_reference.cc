// Writes the loss of every kind of dynamics and its gradient, with the weights and samples that they are of, for
// loss_reference_test.py, which computes them again on its own.
//
//   loss_reference FOLDER    one tensor file a case (core/tensor_file.h), settings in its metadata

#include <ATen/ATen.h>

#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/loss/objective.h"
#include "core/path/make_path.h"
#include "core/potential/perceptron.h"
#include "core/simulation/simulate.h"
#include "core/storage/tensor_file.h"

namespace actionmatch {
namespace {

struct Case {
  std::string name;
  Dynamics dynamics;
  PotentialSpec::Head head = PotentialSpec::Head::kInnerProduct;
  PathSpec::Kind path = PathSpec::Kind::kOt;
  PathSpec::Bridge bridge = PathSpec::Bridge::kSmooth;
};

std::vector<Case> Cases() {
  using Head = PotentialSpec::Head;
  std::vector<Case> cases(9);
  cases[0].name = "am";
  cases[1] = {"am_value", {}, Head::kValue, PathSpec::Kind::kLinear};
  cases[2] = {"am_quadratic", {}, Head::kQuadratic};
  cases[3].name = "eam";
  cases[3].dynamics.sigma = 0.7;
  cases[4] = cases[3];
  cases[4].name = "eam_annealed_bridge";
  cases[4].dynamics.sigma_end = 0.2;
  cases[4].bridge = PathSpec::Bridge::kBrownian;
  cases[5].name = "uam";
  cases[5].dynamics.lambda = 0.8;
  cases[5].path = PathSpec::Kind::kUot;
  cases[6].name = "weighted";
  cases[6].dynamics.time_weight = {1, 0.5, -1.2};
  cases[7].name = "cost";
  cases[7].dynamics.cost.power = 3;
  cases[7].dynamics.cost.scale = 2;
  cases[8] = {"all", cases[5].dynamics};
  cases[8].dynamics.sigma = 0.4;
  cases[8].dynamics.cost.power = 1.5;
  cases[8].dynamics.time_weight = {1, -1};
  return cases;
}

void Put(TensorFile* file, const std::string& name, const std::vector<float>& values, std::vector<int64_t> shape) {
  if (!values.empty()) file->arrays[name] = Array::Of(absl::MakeConstSpan(values), std::move(shape));
}

int Write(const Case& c, TrainingSpec::Form form, const std::string& folder) {
  Gaussians population;
  population.snapshots = 3;
  population.points = 60;
  population.dimension = 3;
  Snapshots data = *Simulate(population, 1);
  if (c.dynamics.lambda > 0) {
    data.at[1].mass = 1.5;
    data.at[2].mass = 0.7;
  }
  PathSpec path_spec;
  path_spec.kind = c.path;
  path_spec.bridge = c.bridge;
  const Standardisation units = Standardise(data);
  const auto path = MakePath(path_spec, c.dynamics, data, units, 1, {});
  if (!path.ok()) return 1;
  const TimeSampler times(TrainingSpec::Times::kStratified, 1, (*path)->knots());
  PathBatch batch;
  (*path)->Draw({1, 2, 16, true, &times}, &batch);

  PotentialSpec spec;
  spec.hidden = {12, 10};
  spec.head = c.head;
  const Perceptron potential(spec, 3);
  Parameters parameters;
  for (const at::Tensor& t : potential.Initialise(3).tensors) {
    parameters.tensors.push_back((2 * t).to(at::kDouble).requires_grad_());
  }
  Objective objective;
  objective.form = form;
  objective.dynamics = c.dynamics.Standardised(units.scale, units.duration);
  const LossTerms terms = Loss(objective, potential, parameters, batch, 0);
  const at::Tensor gradient = FlatGradient(terms.loss, parameters);

  TensorFile file;
  file.kind = "reference";
  const char* heads[] = {"value", "inner_product", "quadratic"};
  file.metadata = {{"head", heads[static_cast<int>(c.head)]},
                   {"form", form == TrainingSpec::Form::kAction ? "action" : "conditional"},
                   {"sigma", absl::StrCat(objective.dynamics.sigma)},
                   {"sigma_end", absl::StrCat(objective.dynamics.sigma_end.value_or(objective.dynamics.sigma))},
                   {"lambda", absl::StrCat(c.dynamics.lambda)},
                   {"power", absl::StrCat(c.dynamics.cost.power)},
                   {"scale", absl::StrCat(c.dynamics.cost.scale)},
                   {"time_weight", absl::StrJoin(c.dynamics.time_weight, " ")}};
  const int64_t rows = batch.rows;
  Put(&file, "y", batch.y, {rows, 3});
  Put(&file, "tau", batch.tau, {rows});
  Put(&file, "velocity", batch.velocity, {rows, 3});
  Put(&file, "weight", batch.loss_factor, {rows});
  Put(&file, "mass", batch.mass, {rows});
  Put(&file, "growth", batch.growth, {rows});
  Put(&file, "bridge_variance", batch.bridge_variance, {rows});
  Put(&file, "start", batch.start, {rows, 3});
  Put(&file, "end", batch.end, {rows, 3});
  const double masses[] = {batch.start_mass, batch.end_mass};
  file.arrays["masses"] = Array::Of(absl::MakeConstSpan(masses), {2});
  for (size_t i = 0; i < parameters.tensors.size(); ++i) {
    const at::Tensor t = parameters.tensors[i].detach().contiguous();
    file.arrays[potential.names()[i]] =
        Array::Of(absl::MakeConstSpan(t.data_ptr<double>(), static_cast<size_t>(t.numel())), t.sizes().vec());
  }
  const double loss = terms.loss.item<double>();
  file.arrays["loss"] = Array::Of(absl::MakeConstSpan(&loss, 1), {1});
  const at::Tensor interior = terms.interior.contiguous();
  file.arrays["interior"] =
      Array::Of(absl::MakeConstSpan(interior.data_ptr<double>(), static_cast<size_t>(rows)), {rows});
  file.arrays["gradient"] = Array::Of(
      absl::MakeConstSpan(gradient.data_ptr<double>(), static_cast<size_t>(gradient.numel())), {gradient.numel()});
  std::ofstream out(absl::StrCat(folder, "/", c.name, "_", file.metadata["form"]), std::ios::binary);
  out << SerializeTensorFile(file);
  return out.good() ? 0 : 1;
}

}  // namespace
}  // namespace actionmatch

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: loss_reference FOLDER\n";
    return 2;
  }
  int failures = 0;
  for (const actionmatch::Case& c : actionmatch::Cases()) {
    for (const auto form : {actionmatch::TrainingSpec::Form::kAction, actionmatch::TrainingSpec::Form::kConditional}) {
      failures += actionmatch::Write(c, form, argv[1]);
    }
  }
  return failures == 0 ? 0 : 1;
}
