// A field's file: the same field comes back, and nothing that no training wrote.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <initializer_list>
#include <utility>

#include "absl/strings/str_replace.h"
#include "core/field/field.h"
#include "core/storage/tensor_file.h"
#include "tests/core/support/small_training.h"

namespace actionmatch {
namespace {

TEST(FieldTest, ParsingReturnsTheSameField) {
  const auto field = Train(Spec(), Data());
  const std::string bytes = field->Serialize();
  const auto parsed = Field::Parse(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ((*parsed)->Serialize(), bytes);
  EXPECT_EQ((*parsed)->provenance().axis_names, field->provenance().axis_names);
  EXPECT_THAT((*parsed)->provenance().transform, testing::Optional(testing::ElementsAre(2.5, 0.1)));
  EXPECT_EQ((*parsed)->start_time(), 0);
  EXPECT_EQ((*parsed)->end_time(), 1);
  EXPECT_FALSE(Field::Parse(bytes.substr(0, bytes.size() - 1)).ok());
}

// Numbers of format 1 stand for the same path, form, subsets and distances; writing it again is the newest format.
TEST(FieldTest, AFileOfFormatOneIsTheSameField) {
  const auto field = Train(Spec(), Data());
  const std::string bytes = field->Serialize();
  TensorFile file = *ParseTensorFile(bytes, "field");
  EXPECT_EQ(file.format, kNewestFormat);
  const auto replace = [&](const char* key, std::initializer_list<std::pair<const std::string, std::string>> changes) {
    ASSERT_NE(file.metadata[key].find(changes.begin()->first), std::string::npos) << changes.begin()->first;
    file.metadata[key] = absl::StrReplaceAll(file.metadata[key], changes);
  };
  file.format = 1;
  replace("provenance", {{"\"form\":\"conditional\"", "\"form\":2"}, {"\"path\":\"ot\"", "\"path\":3"}});
  replace("scores", {{"\"subset\":\"validation\"", "\"subset\":2"}, {"\"distance\":\"exact\"", "\"distance\":1"}});
  const auto parsed = Field::Parse(SerializeTensorFile(file));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ((*parsed)->Serialize(), bytes);
}

// A file from anywhere, whole by its checksums: what could not have been trained is refused.
TEST(FieldTest, AFileThatNoTrainingWroteIsRefused) {
  const std::string bytes = Train(Spec(), Data())->Serialize();
  const auto parsed = [&](const std::function<void(TensorFile&)>& change) {
    TensorFile file = *ParseTensorFile(bytes, "field");
    change(file);
    return Field::Parse(SerializeTensorFile(file)).status().code();
  };
  const auto replacing = [&](const char* key, const std::string& from, const std::string& to) {
    return parsed([&](TensorFile& file) {
      std::string& text = file.metadata[key];
      const size_t at = text.find(from);
      ASSERT_NE(at, std::string::npos) << from;
      text.replace(at, from.size(), to);
    });
  };
  const auto with = [&](const char* name, size_t i, double value) {
    return parsed([&](TensorFile& file) {
      Array& array = file.arrays[name];
      std::vector<double> values = array.Doubles();
      values[i] = value;
      array = Array::Of(values, array.shape);
    });
  };
  constexpr auto kRefused = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(parsed([](TensorFile&) {}), absl::StatusCode::kOk);
  EXPECT_EQ(replacing("provenance", ",\"transform\":[2.5,0.1]", ""), absl::StatusCode::kOk);
  EXPECT_EQ(replacing("spec", "\"dynamics.cost.scale\":1.0", "\"dynamics.cost.scale\":0"), kRefused);
  EXPECT_EQ(replacing("spec", "\"dynamics.cost.power\":2.0", "\"dynamics.cost.power\":1.0"), kRefused);
  EXPECT_EQ(replacing("spec", "\"dynamics.sigma\":0.0", "\"dynamics.sigma\":-1"), kRefused);
  EXPECT_EQ(replacing("spec", "\"members\":1", "\"members\":4294967297"), kRefused);
  EXPECT_EQ(replacing("spec", "[32,32]", "[0]"), kRefused);
  EXPECT_EQ(replacing("provenance", "\"masses\":[1.0", "\"masses\":[-1.0"), kRefused);
  EXPECT_EQ(replacing("provenance", "\"transform\":[2.5,0.1]", "\"transform\":[2.5]"), kRefused);
  EXPECT_EQ(replacing("provenance", "\"transform\":[2.5", "\"transform\":[0.0"), kRefused);
  EXPECT_EQ(replacing("provenance", "\"form\":\"conditional\"", "\"form\":\"unconditional\""), kRefused);
  EXPECT_EQ(replacing("provenance", "\"form\":\"conditional\"", "\"form\":2"), absl::StatusCode::kOk);
  EXPECT_EQ(replacing("provenance", "\"form\":\"conditional\"", "\"form\":3"), kRefused);
  EXPECT_EQ(replacing("scores", "\"subset\":\"validation\"", "\"subset\":2"), absl::StatusCode::kOk);
  EXPECT_EQ(replacing("scores", "\"subset\":\"validation\"", "\"subset\":4"), kRefused);
  EXPECT_EQ(replacing("scores", "\"distance\":\"exact\"", "\"distance\":1"), absl::StatusCode::kOk);
  EXPECT_EQ(replacing("scores", "\"distance\":\"exact\"", "\"distance\":0"), kRefused);
  EXPECT_EQ(with("standardisation.mean", 0, std::nan("")), kRefused);
  for (const size_t i : {0, 1, 2, 3}) EXPECT_EQ(with("standardisation.scalars", i, HUGE_VAL), kRefused);
  EXPECT_EQ(parsed([](TensorFile& file) {
              Array& bias = file.arrays["member.0.layers.0.bias"];
              bias = Array::Of(std::vector<float>(32, std::nanf("")), bias.shape);
            }),
            kRefused);
}

}  // namespace
}  // namespace actionmatch
