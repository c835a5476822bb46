// Orphans: blobs and folders without a row, which crashes have left.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/process/log.h"
#include "server/store/blobs.h"
#include "server/store/database.h"
#include "server/store/resource_rows.h"
#include "server/store/store.h"

namespace actionmatch {
namespace {

// The uid in the name of a blob or folder, which is UID, or UID and an ending.
std::string UidOf(const std::string& name) {
  const std::string base = name.substr(name.rfind('/') + 1);
  return base.substr(0, base.find('.'));
}

}  // namespace

absl::Status Store::RemoveOrphans(absl::Duration age) {
  const absl::Time before = absl::Now() - age;
  std::vector<std::string> old;  // listed before the rows are read, so that a later blob is not among them
  std::set<std::string> uids;
  for (const Resource& resource : {kDatasets, kJobs, kFields}) {
    for (std::string& name : blobs_->List(resource.table, before)) old.push_back(std::move(name));
    absl::Status status = database_->Read([&](Sql& sql) {
      const std::vector<std::string> found = ReadUids(sql, resource);
      uids.insert(found.begin(), found.end());
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
  }
  if (uids.empty() && !old.empty()) {
    LogWarning("orphans_left", {{"count", old.size()}, {"reason", "the database is empty: is it the right one?"}});
    return absl::OkStatus();
  }
  for (const std::string& name : old) {
    if (uids.count(UidOf(name)) > 0) continue;
    const absl::StatusOr<std::string> path = blobs_->LocalPath(name);
    const absl::Status status = blobs_->Remove(name);
    LogInfo(status.ok() ? "orphan_removed" : "orphan_left",
            {{"path", path.value_or(name)}, {"error", status.message()}});
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
