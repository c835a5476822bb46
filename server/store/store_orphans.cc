// What crashes have left in the data folder: files without a row.

#include <soci/soci.h>

#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/process/log.h"
#include "server/store/database.h"
#include "server/store/resource_rows.h"
#include "server/store/store.h"

namespace actionmatch {
namespace {

namespace fs = std::filesystem;

// What is directly in a folder and has not changed since `limit`.
std::vector<fs::path> OldEntries(const std::string& folder, fs::file_time_type limit) {
  std::vector<fs::path> old;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    const fs::file_time_type changed = entry->last_write_time(gone);
    if (!gone && changed < limit) old.push_back(entry->path());
  }
  return old;
}

// Files and folders are named UID, or UID and an ending.
std::string UidOf(const fs::path& path) {
  const std::string name = path.filename();
  return name.substr(0, name.find('.'));
}

}  // namespace

absl::Status Store::RemoveOrphans(absl::Duration age) {
  const fs::file_time_type limit = fs::file_time_type::clock::now() - absl::ToChronoNanoseconds(age);
  std::vector<fs::path> old;  // listed before the rows are read: those that come later are younger
  std::set<std::string> uids;
  for (const Resource& resource : {kDatasets, kJobs, kFields}) {
    for (fs::path& path : OldEntries(absl::StrCat(data_dir_, "/", resource.table), limit))
      old.push_back(std::move(path));
    absl::Status status = database_->Read([&](soci::session& sql) {
      const soci::rowset<std::string> found = (sql.prepare << "SELECT uid FROM " << resource.table);
      uids.insert(found.begin(), found.end());
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
  }
  if (uids.empty() && !old.empty()) {
    LogWarning("orphans_left", {{"count", old.size()}, {"reason", "the database is empty: is it the right one?"}});
    return absl::OkStatus();
  }
  for (const fs::path& path : old) {
    if (uids.count(UidOf(path)) > 0) continue;
    std::error_code error;
    fs::remove_all(path, error);
    LogInfo(error ? "orphan_left" : "orphan_removed", {{"path", path.string()}, {"error", error.message()}});
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
