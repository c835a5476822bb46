#include "server/services/dataset_service.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/calls/request_key.h"
#include "server/calls/responses.h"
#include "server/messages/error_reasons.h"
#include "server/messages/names.h"
#include "server/messages/simulation.h"
#include "server/messages/snapshot_batch.h"
#include "server/messages/violations.h"
#include "server/services/append_call.h"

namespace actionmatch {
namespace {

// All violations of a dataset that is to be made.
std::vector<Violation> Violations(const v1::Dataset& dataset) {
  std::vector<Violation> violations;
  CheckName(dataset.name(), "datasets", "dataset.name", &violations);
  CheckLabels(dataset.labels(), "dataset.labels", &violations);
  CheckLength(dataset.time_unit(), 63, "dataset.time_unit", &violations);
  if (dataset.dimension() < 0 || dataset.dimension() > kMaxComponents) {
    violations.push_back(
        {"dataset.dimension", absl::StrCat("must be 1 to ", kMaxComponents,
                                           ", or 0 to take that of the first batch, is ", dataset.dimension())});
  }
  if (!v1::DataType_IsValid(dataset.data_type())) {
    violations.push_back({"dataset.data_type", absl::StrCat("is ", dataset.data_type(), ", which is not known")});
  }
  for (int i = 0; i < dataset.axis_names_size(); ++i) {
    CheckLength(dataset.axis_names(i), 255, absl::StrCat("dataset.axis_names[", i, "]"), &violations);
  }
  const auto check_count = [&](int count, const char* field) {
    if (count > kMaxComponents || (count != 0 && dataset.dimension() != 0 && count != dataset.dimension())) {
      violations.push_back({field, absl::StrCat("has ", count, " entries: give one for each of the ",
                                                dataset.dimension(), " components, at most ", kMaxComponents)});
    }
  };
  check_count(dataset.axis_names_size(), "dataset.axis_names");
  check_count(dataset.transform().scale_size(), "dataset.transform.scale");
  for (int i = 0; i < dataset.transform().scale_size(); ++i) {
    if (!(dataset.transform().scale(i) > 0) || !std::isfinite(dataset.transform().scale(i))) {
      violations.push_back({absl::StrCat("dataset.transform.scale[", i, "]"),
                            absl::StrCat("must be positive and finite, is ", dataset.transform().scale(i))});
    }
  }
  return violations;
}

// The fields that a caller may set.
v1::Dataset CallersPart(const v1::Dataset& dataset) {
  v1::Dataset part;
  part.set_name(dataset.name());
  part.set_dimension(dataset.dimension());
  part.set_data_type(dataset.data_type());
  *part.mutable_axis_names() = dataset.axis_names();
  part.set_time_unit(dataset.time_unit());
  if (dataset.has_transform()) *part.mutable_transform() = dataset.transform();
  *part.mutable_labels() = dataset.labels();
  return part;
}

}  // namespace

grpc::ServerUnaryReactor* DatasetServiceImpl::CreateDataset(grpc::CallbackServerContext* context,
                                                            const v1::CreateDatasetRequest* request,
                                                            v1::Dataset* response) {
  return RunUnary(runtime_, context, "DatasetService/CreateDataset", runtime_.disk, [=, this](const Call&) {
    if (absl::Status status = CheckRequestId(request->request_id()); !status.ok()) return status;
    if (absl::Status status = ToStatus(Violations(request->dataset())); !status.ok()) return status;
    const v1::Dataset dataset = CallersPart(request->dataset());
    return Answer(store_.CreateDataset(dataset, {}, MakeRequestKey(request->request_id(), dataset)), response);
  });
}

grpc::ServerUnaryReactor* DatasetServiceImpl::GetDataset(grpc::CallbackServerContext* context,
                                                         const v1::GetDatasetRequest* request, v1::Dataset* response) {
  return RunUnary(runtime_, context, "DatasetService/GetDataset", runtime_.disk, [=, this](const Call&) {
    if (absl::Status status = CheckName(request->name(), "datasets", "name"); !status.ok()) return status;
    return Answer(store_.GetDataset(request->name()), response);
  });
}

grpc::ServerUnaryReactor* DatasetServiceImpl::ListDatasets(grpc::CallbackServerContext* context,
                                                           const v1::ListDatasetsRequest* request,
                                                           v1::ListDatasetsResponse* response) {
  return RunUnary(runtime_, context, "DatasetService/ListDatasets", runtime_.disk, [=, this](const Call&) {
    const absl::StatusOr<int> page_size = CheckPageSize(request->page_size());
    if (!page_size.ok()) return page_size.status();
    return AnswerPage(store_.ListDatasets(*page_size, request->page_token()), response->mutable_datasets(),
                      response->mutable_next_page_token());
  });
}

grpc::ServerUnaryReactor* DatasetServiceImpl::DeleteDataset(grpc::CallbackServerContext* context,
                                                            const v1::DeleteDatasetRequest* request,
                                                            v1::DeleteDatasetResponse*) {
  return RunUnary(runtime_, context, "DatasetService/DeleteDataset", runtime_.disk, [=, this](const Call&) {
    if (absl::Status status = CheckName(request->name(), "datasets", "name"); !status.ok()) return status;
    return store_.DeleteDataset(request->name(), request->etag());
  });
}

grpc::ServerBidiReactor<v1::AppendSnapshotsRequest, v1::AppendSnapshotsResponse>* DatasetServiceImpl::AppendSnapshots(
    grpc::CallbackServerContext* context) {
  return new AppendCall(runtime_, context, store_);
}

grpc::ServerWriteReactor<v1::ReadSnapshotsResponse>* DatasetServiceImpl::ReadSnapshots(
    grpc::CallbackServerContext* context, const v1::ReadSnapshotsRequest* request) {
  using Reactor = StreamReactor<v1::ReadSnapshotsResponse>;
  const auto open = [this, request](const Call&) -> absl::StatusOr<Producer<v1::ReadSnapshotsResponse>> {
    if (absl::Status status = CheckName(request->dataset(), "datasets", "dataset"); !status.ok()) return status;
    absl::StatusOr<v1::Dataset> dataset = store_.GetDataset(request->dataset());
    if (!dataset.ok()) return dataset.status();
    for (const auto& [field, number] :
         {std::pair("first_batch", request->first_batch()), std::pair("last_batch", request->last_batch())}) {
      if (number < 0) return InvalidField(field, absl::StrCat("must be at least 1, or 0 for the default, is ", number));
    }
    const int64_t first = request->first_batch() == 0 ? 1 : request->first_batch();
    const int64_t last = request->last_batch() == 0 ? dataset->last_batch() : request->last_batch();
    // With the defaults, reading an empty dataset ends at once, without an error.
    if (std::max(request->first_batch(), last) > dataset->last_batch()) {
      return ErrorOf(v1::ERROR_REASON_BATCHES_OUT_OF_RANGE,
                     {{"dataset", request->dataset()}, {"last_batch", absl::StrCat(dataset->last_batch())}},
                     absl::StrCat("first_batch ", first, " to last_batch ", last, " is not within 1 to ",
                                  dataset->last_batch(), ", the batches of ", request->dataset()));
    }
    if (request->first_batch() > last) {
      return InvalidField("first_batch", absl::StrCat("is ", first, " and last_batch ", last,
                                                      ": the first must not be above the last"));
    }
    auto next = std::make_shared<int64_t>(first);
    return [this, dataset = *std::move(dataset), next,
            last](v1::ReadSnapshotsResponse* response) -> absl::StatusOr<Produced> {
      if (*next > last) return Produced::kEnd;
      absl::StatusOr<v1::SnapshotBatch> batch = store_.ReadBatch(dataset, (*next)++);
      if (!batch.ok()) return batch.status();
      *response->mutable_batch() = *std::move(batch);
      return Produced::kMessage;
    };
  };
  return new Reactor(runtime_, context, "DatasetService/ReadSnapshots", runtime_.disk, open);
}

grpc::ServerUnaryReactor* DatasetServiceImpl::SimulateDataset(grpc::CallbackServerContext* context,
                                                              const v1::SimulateDatasetRequest* request,
                                                              v1::Dataset* response) {
  return RunUnary(runtime_, context, "DatasetService/SimulateDataset", runtime_.compute, [=, this](const Call& call) {
    if (absl::Status status = CheckRequestId(request->request_id()); !status.ok()) return status;
    if (absl::Status status = CheckName(request->name(), "datasets", "name"); !status.ok()) return status;
    v1::Dataset dataset;
    dataset.set_name(request->name());
    *dataset.mutable_simulation() = request->simulation();
    const RequestKey key = MakeRequestKey(request->request_id(), dataset);
    const auto check = [&call] { return call.Check(); };
    absl::StatusOr<std::vector<v1::SnapshotBatch>> batches = Draw(dataset.mutable_simulation(), check);
    if (!batches.ok()) return batches.status();
    return Answer(store_.CreateDataset(dataset, *batches, key, check), response);
  });
}

}  // namespace actionmatch
