#include "core/storage/tensor_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/storage/files.h"

namespace actionmatch {
namespace {

TensorFile Example() {
  TensorFile file;
  file.kind = "batch";
  file.metadata["number"] = "3";
  file.arrays["points"] = Array::Of(absl::Span<const double>({1, 2, 3, 4, 5, 6}), {3, 2});
  file.arrays["ids"] = Array::Of(absl::Span<const int64_t>({7, 8, 9}), {3});
  return file;
}

TEST(TensorFileTest, ParsingReturnsWhatWasSerialised) {
  const std::string bytes = SerializeTensorFile(Example());
  const auto file = ParseTensorFile(bytes, "batch");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->metadata.at("number"), "3");
  EXPECT_EQ((*file->Find("points"))->shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ((*file->Find("points"))->Doubles(), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ((*file->Find("ids"))->Int64s(), (std::vector<int64_t>{7, 8, 9}));
  EXPECT_EQ(file->Find("other").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SerializeTensorFile(*file), bytes);
}

TEST(TensorFileTest, EveryFlippedBitIsFound) {
  const std::string bytes = SerializeTensorFile(Example());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_FALSE(ParseTensorFile(damaged, "batch").ok()) << "byte " << i << " bit " << bit;
    }
  }
}

TEST(TensorFileTest, EveryTruncationIsFound) {
  const std::string bytes = SerializeTensorFile(Example());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseTensorFile(absl::string_view(bytes).substr(0, size), "batch").ok()) << size;
  }
  EXPECT_FALSE(ParseTensorFile(bytes + "x", "batch").ok());
}

// A file of this header and data, whose checksums are not.
std::string FileOf(const std::string& header, const std::string& data = "") {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + header + data;
}

TEST(TensorFileTest, ANestedHeaderIsRefused) {
  const std::string metadata = "\"__metadata__\":{\"format\":\"actionmatch/1 batch\"}";
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  for (const std::string& header :
       {absl::StrCat("{", metadata, ",\"points\":", deep, "}"), absl::StrCat("{\"__metadata__\":", deep, "}"), deep}) {
    EXPECT_EQ(ParseTensorFile(FileOf(header), "batch").status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST(TensorFileTest, AnotherKindIsRefusedByName) {
  const auto file = ParseTensorFile(SerializeTensorFile(Example()), "field");
  EXPECT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(file.status().message()), testing::HasSubstr("actionmatch/2 field"));
}

TEST(TensorFileTest, EveryFormatSoFarIsReadAndKept) {
  for (int format = 1; format <= kNewestFormat; ++format) {
    TensorFile file = Example();
    file.format = format;
    const std::string bytes = SerializeTensorFile(file);
    const auto read = ParseTensorFile(bytes, "batch");
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->format, format);
    EXPECT_EQ(SerializeTensorFile(*read), bytes);
  }
  EXPECT_EQ(Example().format, kNewestFormat);
}

TEST(TensorFileTest, ANewerFormatIsRefusedNamingBothNumbers) {
  TensorFile file = Example();
  file.format = kNewestFormat + 7;
  const std::string bytes = SerializeTensorFile(file);
  const absl::Status status = ParseTensorFile(bytes, "batch").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(testing::HasSubstr(absl::StrCat("format ", kNewestFormat + 7)),
                             testing::HasSubstr(absl::StrCat("formats 1 to ", kNewestFormat))));
  const std::string path = absl::StrCat(testing::TempDir(), "newer_format_test", getpid());
  ASSERT_TRUE(WriteFileUnsynced(path, bytes).ok());
  EXPECT_EQ(IndexTensorFile(path, "batch").status(), status);
  unlink(path.c_str());
  for (const int wrong : {0, -1}) {
    file.format = wrong;
    EXPECT_EQ(ParseTensorFile(SerializeTensorFile(file), "batch").status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(TensorFileTest, Sha256IsTheStandards) {  // FIPS 180-2, appendix B.1
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(FilesTest, WritesReplaceWholeFilesAndMissingOnesAreNotFound) {
  const std::string path = absl::StrCat(testing::TempDir(), "files_test", getpid());
  EXPECT_EQ(ReadWholeFile(path).status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(WriteFileDurably(path, "a long first content").ok());
  ASSERT_TRUE(WriteFileDurably(path, "second").ok());
  EXPECT_EQ(ReadWholeFile(path).value(), "second");
  EXPECT_EQ(WriteFileDurably(path + "/no/folder", "x").code(), absl::StatusCode::kUnavailable);
  unlink(path.c_str());
}

TEST(FilesTest, WritersOfOnePathDoNotMeet) {
  const std::string path = absl::StrCat(testing::TempDir(), "files_test_writers", getpid());
  std::vector<std::thread> writers;
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    writers.emplace_back([&path, letter] {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(WriteFileUnsynced(path, std::string(100000, letter)).ok());
    });
  }
  for (std::thread& writer : writers) writer.join();
  const std::string last = ReadWholeFile(path).value();
  EXPECT_EQ(last, std::string(100000, last.front()));
  unlink(path.c_str());
}

}  // namespace
}  // namespace actionmatch
