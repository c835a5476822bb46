#include "server/services/job_plan.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/device/machine.h"
#include "server/messages/convert.h"
#include "server/messages/error_reasons.h"
#include "server/messages/names.h"
#include "server/messages/train_spec_message.h"
#include "server/messages/violations.h"
#include "server/process/uid.h"

namespace actionmatch {
namespace {

// The violations of the job, except those of its spec.
std::vector<Violation> Violations(const v1::Job& asked) {
  std::vector<Violation> violations;
  if (!asked.name().empty()) CheckName(asked.name(), "jobs", "job.name", &violations);
  CheckName(asked.dataset(), "datasets", "job.dataset", &violations);
  for (const std::string& field : asked.fields()) CheckName(field, "fields", "job.fields", &violations);
  if (!asked.has_train()) violations.push_back({"job.train", "is required: an empty spec takes all defaults"});
  CheckLabels(asked.labels(), "job.labels", &violations);
  return violations;
}

}  // namespace

absl::StatusOr<v1::Job> PlanJob(Store& store, const v1::Job& asked) {
  if (asked.fields_size() > 1) {
    return NotSupported("job.fields", absl::StrCat("names ", asked.fields_size(), " fields: a job makes one for now"));
  }
  if (!asked.initial_field().empty()) {
    return NotSupported("job.initial_field", "is not supported yet: leave it empty");
  }
  std::vector<Violation> violations = Violations(asked);
  std::vector<Violation> in_spec;
  const TrainSpec spec = ToCore(asked.train(), &in_spec);
  absl::StatusOr<v1::Dataset> dataset = absl::NotFoundError("");
  bool named = true;
  for (const Violation& violation : violations) named = named && violation.field != "job.dataset";
  if (named) dataset = store.GetDataset(asked.dataset());
  DatasetShape shape;
  if (dataset.ok()) {
    shape = ShapeOf(*dataset);
    for (Violation& violation : Validate(spec, shape)) in_spec.push_back(std::move(violation));
  }
  for (Violation& violation : in_spec) {
    violation.field = absl::StrCat(violation.field == "dataset" ? "job." : "job.train.", violation.field);
    violations.push_back(std::move(violation));
  }
  // A dataset with too few times spoils every spec: return only that error.
  if (dataset.ok() && dataset->snapshots_size() < 2) {
    return ErrorOf(
        v1::ERROR_REASON_TOO_FEW_TIMES,
        {{"dataset", asked.dataset()}, {"times", absl::StrCat(dataset->snapshots_size())}, {"required", "2"}},
        absl::StrCat(asked.dataset(), " holds points at ", dataset->snapshots_size(),
                     " times; training needs 2 or more: append snapshots first"));
  }
  if (absl::Status status = ToStatus(violations); !status.ok()) return status;
  if (!dataset.ok()) return dataset.status();
  if (absl::Status status = CheckProcessor(spec.training); !status.ok()) return status;

  v1::Job job;
  job.set_name(asked.name().empty() ? absl::StrCat("jobs/j-", NewUid().substr(0, 8)) : asked.name());
  job.set_dataset(asked.dataset());
  job.set_dataset_uid(dataset->uid());
  job.set_last_batch(dataset->last_batch());
  job.set_content_hash(dataset->content_hash());
  *job.mutable_train() = ToProto(ResolveSpec(spec, shape));
  job.add_fields(asked.fields_size() > 0 ? asked.fields(0)
                                         : absl::StrCat("fields/", job.name().substr(sizeof("jobs/") - 1)));
  *job.mutable_labels() = asked.labels();
  return job;
}

}  // namespace actionmatch
