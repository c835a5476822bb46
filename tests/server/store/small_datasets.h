// Small datasets and batches for tests.

#ifndef ACTIONMATCH_TESTS_SERVER_STORE_SMALL_DATASETS_H_
#define ACTIONMATCH_TESTS_SERVER_STORE_SMALL_DATASETS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "actionmatch/v1/dataset.pb.h"
#include "server/messages/tensor.h"

namespace actionmatch {

// values: [n, 2], at one time.
inline v1::SnapshotBatch Batch(int64_t number, const std::vector<double>& values, double time) {
  v1::SnapshotBatch batch;
  batch.set_number(number);
  batch.set_time(time);
  *batch.mutable_points() = ToTensor(values, {static_cast<int64_t>(values.size()) / 2, 2}, v1::DATA_TYPE_FLOAT64);
  return batch;
}

inline v1::Dataset Named(const std::string& name) {
  v1::Dataset dataset;
  dataset.set_name(name);
  return dataset;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_SERVER_STORE_SMALL_DATASETS_H_
