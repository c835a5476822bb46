#include "client/requests/row_pieces.h"

#include <algorithm>

#include "absl/types/span.h"
#include "client/status_details.h"
#include "client/tensor_values.h"

namespace actionmatch {

bool IsTooLarge(const absl::Status& status) {
  // The server refuses an answer that is too large with this reason. gRPC itself refuses a message that is too large
  // and gives no reason; every other refusal with this code has a reason.
  return ReasonOf(status) == v1::ERROR_REASON_ANSWER_TOO_LARGE ||
         (absl::IsResourceExhausted(status) && DetailsOf(status).reason.empty());
}

absl::Status SendInPieces(int64_t count, int64_t rows_at_once,
                          const std::function<absl::Status(int64_t first, int64_t rows)>& send) {
  for (int64_t first = 0; first < count;) {
    const int64_t rows = std::min(rows_at_once, count - first);
    absl::Status status = send(first, rows);
    if (status.ok()) {
      first += rows;
    } else if (IsTooLarge(status) && rows > 1) {
      rows_at_once = rows / 2;
    } else {
      return status;
    }
  }
  return absl::OkStatus();
}

v1::Tensor PieceOf(const PointTable& points, int64_t first, int64_t rows) {
  return MakeTensor(absl::MakeConstSpan(points.values).subspan(first * points.dimension, rows * points.dimension),
                    {rows, points.dimension}, points.single);
}

}  // namespace actionmatch
