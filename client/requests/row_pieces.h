// SendInPieces: sends many rows in as many messages as the server's limit on a message requires.

#ifndef ACTIONMATCH_CLIENT_REQUESTS_ROW_PIECES_H_
#define ACTIONMATCH_CLIENT_REQUESTS_ROW_PIECES_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "actionmatch/v1/tensor.pb.h"
#include "client/files/point_table.h"

namespace actionmatch {

// Whether the server refused the size of a message or of its answer, so that fewer rows may pass.
bool IsTooLarge(const absl::Status& status);

// Calls `send` for rows [first, first + rows) until all `count` rows are sent, with `rows_at_once` (at least 1) or
// fewer rows at a time. If a piece is too large for the server, the pieces from there on have half its rows. Any other
// error ends the sending and is returned.
absl::Status SendInPieces(int64_t count, int64_t rows_at_once,
                          const std::function<absl::Status(int64_t first, int64_t rows)>& send);

// Rows [first, first + rows) of the points: [rows, D].
v1::Tensor PieceOf(const PointTable& points, int64_t first, int64_t rows);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_REQUESTS_ROW_PIECES_H_
