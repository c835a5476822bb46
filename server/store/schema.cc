#include "server/store/schema.h"

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

constexpr int kSchemaVersion = 2;

constexpr const char* kSchema[] = {
    "CREATE TABLE IF NOT EXISTS datasets (name TEXT PRIMARY KEY, uid TEXT NOT NULL UNIQUE, message TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS batches (dataset_uid TEXT NOT NULL, number BIGINT NOT NULL, hash TEXT NOT NULL,"
    " PRIMARY KEY (dataset_uid, number))",
    // lease_until: milliseconds since 1970. losses: the number of workers in a row that were lost or gave up without a
    // new checkpoint. released: 1 if the last worker let go of the job by itself. checkpoint: a file's name, or empty.
    "CREATE TABLE IF NOT EXISTS jobs (name TEXT PRIMARY KEY, uid TEXT NOT NULL UNIQUE, sequence BIGINT NOT NULL UNIQUE,"
    " state INTEGER NOT NULL, dataset_uid TEXT NOT NULL, field TEXT NOT NULL, attempt INTEGER NOT NULL,"
    " cancel_requested INTEGER NOT NULL, worker TEXT NOT NULL, lease_until BIGINT NOT NULL, losses INTEGER NOT NULL,"
    " released INTEGER NOT NULL, checkpoint TEXT NOT NULL, call TEXT NOT NULL, message TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, sequence)",
    "CREATE TABLE IF NOT EXISTS progress (job_uid TEXT NOT NULL, step BIGINT NOT NULL, recorded BIGINT NOT NULL,"
    " message TEXT NOT NULL, PRIMARY KEY (job_uid, step))",
    "CREATE INDEX IF NOT EXISTS progress_by_time ON progress (recorded)",
    "CREATE TABLE IF NOT EXISTS fields (name TEXT PRIMARY KEY, uid TEXT NOT NULL UNIQUE, message TEXT NOT NULL)",
    // The resources that creating calls made; a row is deleted with its resource.
    "CREATE TABLE IF NOT EXISTS requests (kind TEXT NOT NULL, id TEXT NOT NULL, fingerprint TEXT NOT NULL,"
    " uid TEXT NOT NULL UNIQUE, PRIMARY KEY (kind, id))",
    "CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value DOUBLE PRECISION NOT NULL)",
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)",
};

}  // namespace

absl::Status MakeSchema(Sql& sql) {
  for (const char* statement : kSchema) sql.Run(statement);
  int version = 0;
  if (!sql.Find("SELECT version FROM schema_version", {}, {&version})) {
    sql.Run("INSERT INTO schema_version (version) VALUES (:version)", {kSchemaVersion});
  } else if (version != kSchemaVersion) {
    return absl::FailedPreconditionError(absl::StrCat("the data folder has schema version ", version,
                                                      ", but this program knows version ", kSchemaVersion,
                                                      ": use the program that wrote it, or another folder"));
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
