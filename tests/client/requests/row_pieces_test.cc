#include "client/requests/row_pieces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "client/tensor_values.h"
#include "tests/client/support/server_error.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(PiecesTest, EveryRowIsSentOnceByHalvesWhereTheServerTakesLess) {
  std::vector<std::pair<int64_t, int64_t>> taken;
  const absl::Status status = SendInPieces(11, 8, [&](int64_t first, int64_t rows) {
    if (rows > 3) return absl::ResourceExhaustedError("as gRPC says of messages, without details");
    taken.emplace_back(first, rows);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(taken, ElementsAre(Pair(0, 2), Pair(2, 2), Pair(4, 2), Pair(6, 2), Pair(8, 2), Pair(10, 1)));
}

TEST(PiecesTest, ARowThatIsTooLargeAndOtherErrorsEndIt) {
  const auto refusal = [](const char* reason) {
    return Returned({grpc::StatusCode::RESOURCE_EXHAUSTED, "of any words", reason});
  };
  for (const auto& [error, calls] : {std::pair(refusal("ANSWER_TOO_LARGE"), 3), std::pair(refusal("SERVER_BUSY"), 1),
                                     std::pair(absl::UnavailableError("gone"), 1)}) {
    int made = 0;
    const auto send = [&, result = error](int64_t, int64_t) {
      ++made;
      return result;
    };
    EXPECT_EQ(SendInPieces(10, 4, send), error);
    EXPECT_EQ(made, calls);
  }
}

TEST(PiecesTest, APieceHasItsRows) {
  PointTable points;
  points.dimension = 2;
  points.values = {1, 2, 3, 4, 5, 6};
  const v1::Tensor piece = PieceOf(points, 1, 2);
  EXPECT_THAT(piece.shape(), ElementsAre(2, 2));
  EXPECT_THAT(Values(piece), ElementsAre(3, 4, 5, 6));
}

}  // namespace
}  // namespace actionmatch
