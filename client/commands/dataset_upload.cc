#include "client/commands/dataset_upload.h"

#include <algorithm>
#include <atomic>
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "client/requests/row_pieces.h"
#include "client/tensor_values.h"
#include "client/terminal/output.h"

namespace actionmatch {
namespace {

constexpr int64_t kBatchBytes = 1 << 20;

std::atomic<bool> interrupted = false;

// The first signal asks to stop; a second signal ends the program.
void Interrupt(int) {
  interrupted = true;
  std::signal(SIGINT, SIG_DFL);
}

// Streams rows as numbered batches of rows_at_once rows, until interrupted.
Sent SendBatches(Client& client, const SnapshotTable& table, const v1::Dataset& dataset, int64_t first_number,
                 int64_t rows_at_once) {
  const int64_t count = table.points.count();
  int64_t row = 0;
  int64_t number = first_number;
  Sent sent;
  ProgressBar bar(absl::StrCat("put ", dataset.name()));
  const auto next = [&](v1::SnapshotBatch* batch) {
    if (row == count || interrupted) return false;
    const int64_t rows = std::min(rows_at_once, count - row);
    batch->set_number(number++);
    *batch->mutable_points() = PieceOf(table.points, row, rows);
    *batch->mutable_times() = MakeTensor(absl::MakeConstSpan(table.times).subspan(row, rows), {rows}, false);
    if (!table.weights.empty()) {
      *batch->mutable_weights() = MakeTensor(absl::MakeConstSpan(table.weights).subspan(row, rows), {rows}, false);
    }
    row += rows;
    return true;
  };
  const auto draw = [&](int64_t rows) {
    bar.Update(static_cast<double>(rows) / static_cast<double>(count), absl::StrCat(rows, " points"));
  };
  // An acknowledgement says how much the dataset holds. If the dataset held that much before, only a stream that ends
  // well shows that it has these rows.
  const auto acknowledged = [&](const v1::AppendSnapshotsResponse& response) {
    sent.rows = (response.acknowledged_batch() - first_number + 1) * rows_at_once;
    if (sent.rows < count) draw(sent.rows);
  };
  sent.status = client.Append(dataset.name(), next, acknowledged);
  sent.rows = std::clamp<int64_t>(sent.rows, 0, row);
  if (sent.status.ok() && row == count) draw(count);
  return sent;
}

}  // namespace

Sent Upload(Client& client, const SnapshotTable& table, const v1::Dataset& dataset, int64_t first_number) {
  int64_t rows_at_once =
      std::max<int64_t>(1, kBatchBytes / (table.points.dimension * static_cast<int64_t>(sizeof(double))));
  rows_at_once = std::min(rows_at_once, table.points.count());
  std::signal(SIGINT, Interrupt);
  Sent sent;
  do {
    sent = SendBatches(client, table, dataset, first_number, rows_at_once);
    // All batches have one size: if one batch is too large, the first batch is too, and the server took none.
    rows_at_once /= 2;
  } while (IsTooLarge(sent.status) && rows_at_once > 0);
  std::signal(SIGINT, SIG_DFL);
  return sent;
}

}  // namespace actionmatch
