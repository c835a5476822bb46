#include "client/requests/remote_datasets.h"

#include <functional>
#include <utility>
#include <vector>

#include "client/tensor_values.h"

namespace actionmatch {

using Service = v1::DatasetService::Stub;

absl::StatusOr<v1::Dataset> GetDataset(Client& client, const std::string& name) {
  v1::GetDatasetRequest request;
  request.set_name(name);
  return client.Call(client.datasets(), &Service::GetDataset, request);
}

std::string TransformText(const v1::Transform& transform) {
  return transform.scale().empty() ? "" : "divided by a scale for each component";
}

absl::StatusOr<SnapshotTable> ReadRows(Client& client, const v1::Dataset& dataset) {
  SnapshotTable table;
  table.points.dimension = dataset.dimension();
  table.points.names.assign(dataset.axis_names().begin(), dataset.axis_names().end());
  table.points.single = dataset.data_type() == v1::DATA_TYPE_FLOAT32;
  std::vector<double> weights;
  bool weighted = false;
  v1::ReadSnapshotsRequest request;
  request.set_dataset(dataset.name());
  const std::function<absl::Status(const v1::ReadSnapshotsResponse&)> take =
      [&](const v1::ReadSnapshotsResponse& response) {
        const v1::SnapshotBatch& batch = response.batch();
        const std::vector<double> points = Values(batch.points());
        const auto rows = static_cast<size_t>(batch.points().shape(0));
        const std::vector<double> times =
            batch.has_times() ? Values(batch.times()) : std::vector<double>(rows, batch.time());
        const std::vector<double> own = batch.has_weights() ? Values(batch.weights()) : std::vector<double>(rows, 1.0);
        weighted = weighted || batch.has_weights();
        table.points.values.insert(table.points.values.end(), points.begin(), points.end());
        table.times.insert(table.times.end(), times.begin(), times.end());
        weights.insert(weights.end(), own.begin(), own.end());
        return absl::OkStatus();
      };
  absl::Status status = client.Stream(client.datasets(), &Service::ReadSnapshots, request, take);
  if (!status.ok()) return status;
  if (weighted) table.weights = std::move(weights);
  return table;
}

}  // namespace actionmatch
