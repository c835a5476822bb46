#include "server/services/field_service.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/field/density.h"
#include "core/field/field_score.h"
#include "server/calls/responses.h"
#include "server/messages/convert.h"
#include "server/messages/ensemble_member.h"
#include "server/messages/error_reasons.h"
#include "server/messages/names.h"
#include "server/messages/solver.h"
#include "server/messages/tensor.h"
#include "server/messages/violations.h"
#include "server/services/field_points.h"
#include "server/services/import_call.h"

namespace actionmatch {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

absl::StatusOr<Field::Mask> MaskOf(const v1::EvaluateRequest& request) {
  Field::Mask mask;
  if (request.quantities().empty()) mask.velocity = true;
  for (int i = 0; i < request.quantities_size(); ++i) {
    const v1::Quantity quantity = request.quantities(i);
    bool* asked = nullptr;
    switch (quantity) {
      case v1::QUANTITY_VALUE:
        asked = &mask.value;
        break;
      case v1::QUANTITY_VELOCITY:
        asked = &mask.velocity;
        break;
      case v1::QUANTITY_TIME_DERIVATIVE:
        asked = &mask.time_derivative;
        break;
      case v1::QUANTITY_GROWTH:
        asked = &mask.growth;
        break;
      case v1::QUANTITY_DIVERGENCE:
        asked = &mask.divergence;
        break;
      default:
        return InvalidField(absl::StrCat("quantities[", i, "]"),
                            absl::StrCat("is ", static_cast<int>(quantity),
                                         ", which is not known: use VALUE, VELOCITY, TIME_DERIVATIVE, "
                                         "GROWTH or DIVERGENCE"));
    }
    if (*asked) {
      return InvalidField(absl::StrCat("quantities[", i, "]"),
                          absl::StrCat("asks for ", v1::Quantity_Name(quantity), " a second time: ask once"));
    }
    *asked = true;
  }
  return mask;
}

absl::StatusOr<std::vector<double>> TimesOf(const v1::EvaluateRequest& request, int64_t count) {
  switch (request.at_case()) {
    case v1::EvaluateRequest::kTime:
      if (!std::isfinite(request.time())) return InvalidField("time", "must be finite");
      return std::vector<double>(count, request.time());
    case v1::EvaluateRequest::kTimes:
      return ToVector(request.times(), count, "times");
    case v1::EvaluateRequest::AT_NOT_SET:
      break;
  }
  return InvalidField("time", "is required: set it, or times with one for each point");
}

// Checks that an answer of `rows` rows fits into one message.
absl::Status CheckAnswerSize(int64_t rows, int64_t row_bytes, int64_t most_bytes) {
  if (rows * row_bytes <= most_bytes) return absl::OkStatus();
  return ErrorOf(v1::ERROR_REASON_ANSWER_TOO_LARGE,
                 {{"bytes", absl::StrCat(rows * row_bytes)}, {"limit", absl::StrCat(most_bytes)}},
                 absl::StrCat("the answer would have ", rows * row_bytes, " bytes, the limit is ", most_bytes,
                              ": ask for at most ", most_bytes / row_bytes, " points at once"));
}

void FillEvaluation(const Field::Evaluation& answer, const Field::Mask& mask, int64_t count, v1::DataType type,
                    v1::EvaluateResponse* response) {
  if (mask.value) *response->mutable_value() = ToTensor(answer.value, {count}, type);
  if (mask.velocity) {
    *response->mutable_velocity() = ToTensor(answer.velocity.values, {count, answer.velocity.dimension}, type);
  }
  if (mask.time_derivative) *response->mutable_time_derivative() = ToTensor(answer.time_derivative, {count}, type);
  if (mask.growth) *response->mutable_growth() = ToTensor(answer.growth, {count}, type);
  if (mask.divergence) *response->mutable_divergence() = ToTensor(answer.divergence, {count}, type);
}

// Checks that the dataset has snapshots of the field's kind of points, and that no snapshot weighs 0.
absl::Status CheckSnapshots(const v1::Field& field, const v1::Dataset& dataset, absl::string_view then) {
  if (dataset.row_count() == 0) {
    return ErrorOf(v1::ERROR_REASON_TOO_FEW_TIMES, {{"dataset", dataset.name()}, {"times", "0"}, {"required", "1"}},
                   absl::StrCat(dataset.name(), " holds no snapshots: append some (AppendSnapshots), then ", then));
  }
  if (absl::Status status = CheckFieldPoints(field, dataset); !status.ok()) return status;
  return CheckWeights(dataset);
}

// The Gaussian at the start that the request names; nullopt if it names none.
absl::StatusOr<std::optional<Gaussian>> StartDensity(const Call& call, Store& store,
                                                     const v1::EvaluateDensityRequest& request, const v1::Field& field,
                                                     double start_time) {
  switch (request.start_density_case()) {
    case v1::EvaluateDensityRequest::kGaussian: {
      absl::StatusOr<std::vector<double>> mean =
          ToVector(request.gaussian().mean(), field.dimension(), "gaussian.mean");
      if (!mean.ok()) return mean.status();
      absl::StatusOr<Points> rows = ToPoints(request.gaussian().covariance(), field.dimension(), "gaussian.covariance");
      if (!rows.ok()) return rows.status();
      return Gaussian{*std::move(mean), std::move(rows->values)};
    }
    case v1::EvaluateDensityRequest::kGaussianOfDataset: {
      const std::string& name = request.gaussian_of_dataset();
      if (absl::Status status = CheckName(name, "datasets", "gaussian_of_dataset"); !status.ok()) return status;
      absl::StatusOr<v1::Dataset> dataset = store.GetDataset(name);
      if (!dataset.ok()) return dataset.status();
      if (absl::Status status = CheckSnapshots(field, *dataset, "ask again"); !status.ok()) return status;
      const auto check = [&call] { return call.Check(); };
      absl::StatusOr<Snapshots> all = store.LoadSnapshots(*dataset, dataset->last_batch(), check);
      if (!all.ok()) return all.status();
      for (const Snapshot& snapshot : all->at) {
        if (snapshot.time != start_time) continue;
        absl::StatusOr<Gaussian> fit = FitGaussian(snapshot, check);
        if (!fit.ok()) return fit.status();
        return *std::move(fit);
      }
      return ErrorOf(v1::ERROR_REASON_NO_SUCH_TIME, {{"dataset", name}, {"time", absl::StrCat(start_time)}},
                     absl::StrCat("gaussian_of_dataset: ", name, " has no points at start_time ", start_time,
                                  "; set start_time to one of its times"));
    }
    case v1::EvaluateDensityRequest::START_DENSITY_NOT_SET:
      break;
  }
  return std::nullopt;
}

// The snapshots within the field's times.
Snapshots Within(Snapshots all, const Field& field) {
  std::vector<Snapshot> kept;
  for (Snapshot& snapshot : all.at) {
    if (snapshot.time >= field.start_time() && snapshot.time <= field.end_time()) kept.push_back(std::move(snapshot));
  }
  all.at = std::move(kept);
  return all;
}

}  // namespace

grpc::ServerUnaryReactor* FieldServiceImpl::GetField(grpc::CallbackServerContext* context,
                                                     const v1::GetFieldRequest* request, v1::Field* response) {
  return RunUnary(runtime_, context, "FieldService/GetField", runtime_.disk, [=, this](const Call&) {
    if (absl::Status status = CheckName(request->name(), "fields", "name"); !status.ok()) return status;
    return Answer(store_.GetField(request->name()), response);
  });
}

grpc::ServerUnaryReactor* FieldServiceImpl::ListFields(grpc::CallbackServerContext* context,
                                                       const v1::ListFieldsRequest* request,
                                                       v1::ListFieldsResponse* response) {
  return RunUnary(runtime_, context, "FieldService/ListFields", runtime_.disk, [=, this](const Call&) {
    const absl::StatusOr<int> page_size = CheckPageSize(request->page_size());
    if (!page_size.ok()) return page_size.status();
    return AnswerPage(store_.ListFields(*page_size, request->page_token()), response->mutable_fields(),
                      response->mutable_next_page_token());
  });
}

grpc::ServerUnaryReactor* FieldServiceImpl::DeleteField(grpc::CallbackServerContext* context,
                                                        const v1::DeleteFieldRequest* request,
                                                        v1::DeleteFieldResponse*) {
  return RunUnary(runtime_, context, "FieldService/DeleteField", runtime_.disk, [=, this](const Call&) {
    if (absl::Status status = CheckName(request->name(), "fields", "name"); !status.ok()) return status;
    return store_.DeleteField(request->name(), request->etag());
  });
}

grpc::ServerWriteReactor<v1::ExportFieldResponse>* FieldServiceImpl::ExportField(
    grpc::CallbackServerContext* context, const v1::ExportFieldRequest* request) {
  const auto open = [this, request](const Call&) -> absl::StatusOr<Producer<v1::ExportFieldResponse>> {
    if (absl::Status status = CheckName(request->name(), "fields", "name"); !status.ok()) return status;
    absl::StatusOr<v1::Field> field = store_.GetField(request->name());
    if (!field.ok()) return field.status();
    absl::StatusOr<std::string> read = store_.ReadFieldFile(*field);
    if (!read.ok()) return read.status();
    auto bytes = std::make_shared<const std::string>(*std::move(read));
    auto sent = std::make_shared<size_t>(0);
    return [bytes, sent](v1::ExportFieldResponse* response) -> absl::StatusOr<Produced> {
      if (*sent == bytes->size()) return Produced::kEnd;
      const size_t count = std::min(kChunkBytes, bytes->size() - *sent);
      response->set_chunk(bytes->data() + *sent, count);
      *sent += count;
      return Produced::kMessage;
    };
  };
  return new StreamReactor<v1::ExportFieldResponse>(runtime_, context, "FieldService/ExportField", runtime_.disk, open);
}

grpc::ServerReadReactor<v1::ImportFieldRequest>* FieldServiceImpl::ImportField(grpc::CallbackServerContext* context,
                                                                               v1::Field* response) {
  return new ImportCall(runtime_, context, store_, imports_, response);
}

absl::Status FieldServiceImpl::EvaluateNow(const Call& call, const v1::EvaluateRequest& request,
                                           v1::EvaluateResponse* response) {
  if (absl::Status status = CheckName(request.field(), "fields", "field"); !status.ok()) return status;
  absl::StatusOr<LoadedField> loaded = fields_.Load(request.field());
  if (!loaded.ok()) return loaded.status();
  const Field& field = *loaded->field;
  absl::StatusOr<Field::Mask> mask = MaskOf(request);
  if (!mask.ok()) return mask.status();
  absl::StatusOr<Points> points = ToPoints(request.points(), field.dimension(), "points");
  if (!points.ok()) return points.status();
  const int64_t count = points->count();
  absl::StatusOr<std::vector<double>> times = TimesOf(request, count);
  if (!times.ok()) return times.status();
  if (!request.extrapolate()) {
    if (absl::Status status = field.CheckTimes(*times); !status.ok()) return status;
  }
  const v1::DataType type = request.points().data_type();
  const int64_t numbers_a_row =
      (request.spread() ? 2 : 1) * (mask->value + mask->time_derivative + mask->growth + mask->divergence +
                                    (mask->velocity ? field.dimension() : 0));
  const int64_t row_bytes = numbers_a_row * ElementSize(type);
  if (absl::Status status = CheckAnswerSize(count, row_bytes, most_answer_bytes_); !status.ok()) return status;
  Field::EvaluateOptions options;
  options.before_tile = [&] { return call.Check(); };
  const absl::StatusOr<int> member = MemberOf(request, field);
  if (!member.ok()) return member.status();
  options.member = *member;
  if (request.spread() && request.has_member()) {
    return ErrorOf(v1::ERROR_REASON_SPREAD_NEEDS_ALL_MEMBERS, {}, "spread is over all members: leave member unset");
  }
  Field::Evaluation spread;
  if (request.spread()) options.spread = &spread;
  absl::StatusOr<Field::Evaluation> answer = field.Evaluate(*points, *times, *mask, options);
  if (!answer.ok()) return answer.status();
  FillEvaluation(*answer, *mask, count, type, response);
  if (request.spread()) FillEvaluation(spread, *mask, count, type, response->mutable_spread());
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* FieldServiceImpl::Evaluate(grpc::CallbackServerContext* context,
                                                     const v1::EvaluateRequest* request,
                                                     v1::EvaluateResponse* response) {
  return RunUnary(runtime_, context, "FieldService/Evaluate", runtime_.compute,
                  [=, this](const Call& call) { return EvaluateNow(call, *request, response); });
}

absl::Status FieldServiceImpl::DensityNow(const Call& call, const v1::EvaluateDensityRequest& request,
                                          v1::EvaluateDensityResponse* response) {
  if (absl::Status status = CheckName(request.field(), "fields", "field"); !status.ok()) return status;
  if (!request.has_time()) return InvalidField("time", "is required: when the points are where they are");
  if (!std::isfinite(request.time())) return InvalidField("time", "must be finite");
  if (!std::isfinite(request.start_time())) return InvalidField("start_time", "must be finite");
  if (request.probes() < 0 || request.probes() > 256) {
    return InvalidField("probes", absl::StrCat("must be 0 to 256, is ", request.probes()));
  }
  absl::StatusOr<LoadedField> loaded = fields_.Load(request.field());
  if (!loaded.ok()) return loaded.status();
  const Field& field = *loaded->field;
  absl::StatusOr<Points> points = ToPoints(request.points(), field.dimension(), "points");
  if (!points.ok()) return points.status();
  const int64_t count = points->count();
  const v1::DataType type = request.points().data_type();
  const int64_t row_bytes = field.dimension() * ElementSize(type) + 2 * static_cast<int64_t>(sizeof(double));
  if (absl::Status status = CheckAnswerSize(count, row_bytes, most_answer_bytes_); !status.ok()) return status;
  const double start_time = request.has_start_time() ? request.start_time() : field.start_time();
  absl::StatusOr<std::optional<Gaussian>> start = StartDensity(call, store_, request, loaded->row, start_time);
  if (!start.ok()) return start.status();
  absl::StatusOr<SampleOptions> solve = ToOptions(request.solver(), field.dynamics());
  if (!solve.ok()) return solve.status();
  DensityOptions options{request.probes(), *std::move(solve)};
  options.solve.seed = request.seed();
  options.solve.extrapolate = request.extrapolate();
  options.solve.threads = runtime_.compute.FairThreads();
  const auto check = [&call] { return call.Check(); };
  options.solve.before_step = check;
  const absl::StatusOr<int> member = MemberOf(request, field);
  if (!member.ok()) return member.status();
  options.solve.member = *member;
  absl::StatusOr<DensityChange> change = ChangeOfDensity(field, *points, request.time(), start_time, options);
  if (!change.ok()) return change.status();
  *response->mutable_origins() = ToTensor(change->origins.values, {count, field.dimension()}, type);
  *response->mutable_log_density_change() = ToTensor(change->log_ratio, {count}, v1::DATA_TYPE_FLOAT64);
  if (!start->has_value()) return absl::OkStatus();
  absl::StatusOr<std::vector<double>> log_density = LogDensity(**start, change->origins, check);
  if (!log_density.ok()) return log_density.status();
  for (int64_t i = 0; i < count; ++i) (*log_density)[i] += change->log_ratio[i];
  *response->mutable_log_density() = ToTensor(*log_density, {count}, v1::DATA_TYPE_FLOAT64);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* FieldServiceImpl::EvaluateDensity(grpc::CallbackServerContext* context,
                                                            const v1::EvaluateDensityRequest* request,
                                                            v1::EvaluateDensityResponse* response) {
  return RunUnary(runtime_, context, "FieldService/EvaluateDensity", runtime_.compute,
                  [=, this](const Call& call) { return DensityNow(call, *request, response); });
}

absl::Status FieldServiceImpl::ScoreNow(const Call& call, const v1::ScoreFieldRequest& request,
                                        v1::ScoreFieldResponse* response) {
  if (absl::Status status = CheckName(request.field(), "fields", "field"); !status.ok()) return status;
  if (absl::Status status = CheckName(request.dataset(), "datasets", "dataset"); !status.ok()) return status;
  const absl::StatusOr<Subset> subset = ToCore(request.subset());
  if (!subset.ok()) return subset.status();
  absl::StatusOr<LoadedField> loaded = fields_.Load(request.field());
  if (!loaded.ok()) return loaded.status();
  absl::StatusOr<v1::Dataset> dataset = store_.GetDataset(request.dataset());
  if (!dataset.ok()) return dataset.status();
  const bool own = dataset->uid() == loaded->row.dataset_uid();
  if (*subset != Subset::kAll && !own) {
    return ErrorOf(
        v1::ERROR_REASON_SUBSET_OF_OTHER_DATASET,
        {{"dataset", request.dataset()},
         {"field", request.field()},
         {"subset", v1::Subset_Name(request.subset()).substr(sizeof("SUBSET_") - 1)}},
        absl::StrCat("subset ", v1::Subset_Name(request.subset()), " is a split of the rows that ", request.field(),
                     " was trained on, and ", request.dataset(), " is not that dataset: score subset SUBSET_ALL"));
  }
  if (absl::Status status = CheckSnapshots(loaded->row, *dataset, "score"); !status.ok()) return status;
  const auto check = [&call] { return call.Check(); };
  const int64_t last_batch = *subset == Subset::kAll ? dataset->last_batch() : loaded->row.last_batch();
  absl::StatusOr<Snapshots> all = store_.LoadSnapshots(*dataset, last_batch, check);
  if (!all.ok()) return all.status();
  const Snapshots within = Within(*std::move(all), *loaded->field);
  if (within.at.size() < 2) {
    return ErrorOf(
        v1::ERROR_REASON_TOO_FEW_TIMES,
        {{"dataset", request.dataset()}, {"times", absl::StrCat(within.at.size())}, {"required", "2"}},
        absl::StrCat(request.dataset(), " has ", within.at.size(), " snapshots between the field's times ",
                     loaded->field->start_time(), " and ", loaded->field->end_time(), "; scoring needs 2 or more"));
  }
  ScoreOptions options;
  options.subset = *subset;
  options.seed = request.seed();
  if (request.has_member()) {
    if (request.member() < 0) return InvalidField("member", "must be at least 0");
    options.member = request.member();
  }
  options.threads = runtime_.compute.FairThreads();
  options.before_step = check;
  absl::StatusOr<FieldScores> scores = actionmatch::ScoreField(*loaded->field, within, options);
  if (!scores.ok()) return scores.status();
  for (const SnapshotScore& score : scores->from_previous) *response->add_from_previous() = ToProto(score);
  for (const SnapshotScore& score : scores->from_first) *response->add_from_first() = ToProto(score);
  response->set_subset(request.subset() == v1::SUBSET_UNSPECIFIED ? v1::SUBSET_ALL : request.subset());
  response->set_seen_in_training(*subset != Subset::kTest &&
                                 (own || dataset->content_hash() == loaded->row.content_hash()));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* FieldServiceImpl::ScoreField(grpc::CallbackServerContext* context,
                                                       const v1::ScoreFieldRequest* request,
                                                       v1::ScoreFieldResponse* response) {
  return RunUnary(runtime_, context, "FieldService/ScoreField", runtime_.compute,
                  [=, this](const Call& call) { return ScoreNow(call, *request, response); });
}

}  // namespace actionmatch
