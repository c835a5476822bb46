// Asks a field for its value and its velocity at points.
//
//   example_evaluate HOST:PORT FIELD TIME
//
// Times and points are in the units of the dataset that the field was trained on. A time outside those of the dataset
// is refused with OUT_OF_RANGE, unless the request sets `extrapolate`.

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/tensor_values.h"

namespace v1 = actionmatch::v1;

namespace {

int Fail(const absl::Status& status) {
  std::cerr << status << std::endl;
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: example_evaluate HOST:PORT FIELD TIME" << std::endl;
    return EXIT_FAILURE;
  }
  actionmatch::Client client(argv[1]);

  v1::GetFieldRequest get;
  get.set_name(std::string("fields/") + argv[2]);
  const auto field = client.Call(client.fields(), &v1::FieldService::Stub::GetField, get);
  if (!field.ok()) return Fail(field.status());
  const int64_t dimension = field->dimension();
  std::cout << field->name() << " has " << dimension << " components and times from " << field->start_time() << " to "
            << field->end_time() << std::endl;

  // [2, D]: the origin, and the point of all ones.
  std::vector<double> points(2 * dimension, 0.0);
  for (int64_t d = 0; d < dimension; ++d) points[dimension + d] = 1;
  v1::EvaluateRequest request;
  request.set_field(field->name());
  request.set_time(std::atof(argv[3]));
  *request.mutable_points() = actionmatch::MakeTensor(points, {2, dimension}, false);
  request.add_quantities(v1::QUANTITY_VALUE);
  request.add_quantities(v1::QUANTITY_VELOCITY);
  const auto answer = client.Call(client.fields(), &v1::FieldService::Stub::Evaluate, request);
  if (!answer.ok()) return Fail(answer.status());

  const std::vector<double> value = actionmatch::Values(answer->value());        // [2]
  const std::vector<double> velocity = actionmatch::Values(answer->velocity());  // [2, D]
  for (int64_t row = 0; row < 2; ++row) {
    std::cout << "value " << value[row] << ", velocity";
    for (int64_t d = 0; d < dimension; ++d) std::cout << ' ' << velocity[row * dimension + d];
    std::cout << std::endl;
  }
}
