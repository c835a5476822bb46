// A small field and the dataset it goes with, for tests of services that answer about fields.

#ifndef ACTIONMATCH_TESTS_SERVER_SERVICES_SMALL_FIELD_H_
#define ACTIONMATCH_TESTS_SERVER_SERVICES_SMALL_FIELD_H_

#include <memory>
#include <string>
#include <vector>

#include "core/field/field.h"
#include "server/messages/convert.h"
#include "tests/core/support/small_training.h"
#include "tests/server/services/service_fixture.h"

namespace actionmatch {

// Two dimensions, times 0 to 1, trained for a moment only: nothing that is tested depends on how well.
inline const Field& SmallField() {
  static const std::shared_ptr<const Field>* const field = [] {
    TrainSpec spec = Spec();
    spec.potential.hidden = {8, 8};
    spec.training.steps = 20;
    return new std::shared_ptr<const Field>(Train(spec, Data()));
  }();
  return **field;
}

// Points [n, 2] around those that the field was trained on.
inline Points SomePoints(int n) {
  Points points;
  points.dimension = 2;
  for (int i = 0; i < n; ++i) {
    points.values.push_back(0.5 + 0.01 * (i % 97));
    points.values.push_back(-0.3 + 0.007 * (i % 89));
  }
  return points;
}
inline v1::Tensor ToTensor(const Points& points, v1::DataType type = v1::DATA_TYPE_FLOAT64) {
  return ToTensor(points.values, {points.count(), points.dimension}, type);
}

// Services with the small field as `fields/f`, and the rows that it was trained on as `datasets/d`.
class FieldsTest : public ServiceTest {
 protected:
  FieldsTest() {
    const std::string bytes = SmallField().Serialize();
    v1::Field row = Describe(SmallField(), bytes);
    row.set_name("fields/f");
    const absl::StatusOr<v1::Field> field = store_->CreateField(row, bytes);
    EXPECT_TRUE(field.ok()) << field.status();
    std::vector<v1::SnapshotBatch> batches;
    const Snapshots data = Data();
    for (const Snapshot& snapshot : data.at) {
      v1::SnapshotBatch& batch = batches.emplace_back();
      batch.set_number(static_cast<int64_t>(batches.size()));
      batch.set_time(snapshot.time);
      *batch.mutable_points() = ToTensor(snapshot.points);
    }
    v1::Dataset dataset = Named("datasets/d");
    *dataset.mutable_transform() = row.transform();
    const absl::StatusOr<v1::Dataset> made = store_->CreateDataset(dataset, batches, {});
    EXPECT_TRUE(made.ok()) << made.status();
  }
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_SERVER_SERVICES_SMALL_FIELD_H_
