#include "client/files/array_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/files/file_bytes.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

TEST(ArrayFileTest, AnArrayComesBackExactly) {
  for (const bool single : {false, true}) {
    const NumberArray array = {{2, 3}, {0.5, -1, 1e30, 0, 3, 4}, single};
    const absl::StatusOr<NumberArray> back = ParseNpy(SerializeNpy(array));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->shape, array.shape);
    EXPECT_EQ(back->single, single);
    for (size_t i = 0; i < array.values.size(); ++i) {
      EXPECT_EQ(back->values[i], single ? static_cast<float>(array.values[i]) : array.values[i]);
    }
    EXPECT_EQ((SerializeNpy(array).size() - 6 * (single ? 4 : 8)) % 64, 0u);  // data are aligned, as the format asks
  }
}

TEST(ArrayFileTest, ACutFileIsRefusedWhereverItIsCut) {
  const std::string bytes = SerializeNpy({{4}, {1, 2, 3, 4}, false});
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseNpy(bytes.substr(0, length)).status())) << length;
  }
}

TEST(ArrayFileTest, AnUnknownElementTypeIsNamed) {
  std::string bytes = SerializeNpy({{1}, {1}, false});
  bytes.replace(bytes.find("<f8"), 3, "<c8");
  EXPECT_THAT(std::string(ParseNpy(bytes).status().message()), HasSubstr("<c8"));
}

TEST(ArrayFileTest, AnArchiveKeepsItsArraysByName) {
  const std::string path = ::testing::TempDir() + "array_file_test.npz";
  const NamedArrays arrays = {{"a", {{2}, {1, 2}, false}}, {"b", {{1, 1}, {3}, true}}};
  ASSERT_TRUE(WriteNpz(path, arrays).ok());
  const absl::StatusOr<ArrayArchive> back = ReadNpz(path);
  ASSERT_TRUE(back.ok()) << back.status();
  ASSERT_EQ(back->arrays.size(), 2u);
  EXPECT_EQ(back->arrays.at("a").values, arrays.at("a").values);
  EXPECT_EQ(back->arrays.at("b").shape, arrays.at("b").shape);
  EXPECT_TRUE(back->unreadable.empty());
  EXPECT_TRUE(absl::IsNotFound(ReadNpz(path + ".not").status()));
}

TEST(ArrayFileTest, AnArchiveWhoseDataAreDamagedIsRefused) {
  const std::string path = ::testing::TempDir() + "array_file_test_damaged.npz";
  ASSERT_TRUE(WriteNpz(path, {{"a", {{3}, {1, 2, 3}, false}}}).ok());
  std::string bytes = *ReadFile(path);
  const double two = 2;
  const size_t at = bytes.find(std::string(reinterpret_cast<const char*>(&two), sizeof(two)));
  ASSERT_NE(at, std::string::npos);
  bytes[at] ^= 1;
  ASSERT_TRUE(WriteFile(path, bytes).ok());
  EXPECT_THAT(std::string(ReadNpz(path).status().message()), HasSubstr("it is damaged"));
}

}  // namespace
}  // namespace actionmatch
