#include "client/files/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

TEST(CsvTest, QuotesMarksLineEndsAndEmptyLinesAreUnderstood) {
  const absl::StatusOr<CsvTable> table = ParseCsv(
      "\xef\xbb\xbf"
      "a,\"b,\"\"c\"\"\"\r\n 1 ,2\r\n\r\n\"3\",4e-3");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->names, (std::vector<std::string>{"a", "b,\"c\""}));
  EXPECT_EQ(table->columns[0], (std::vector<double>{1, 3}));
  EXPECT_EQ(table->columns[1], (std::vector<double>{2, 0.004}));
}

TEST(CsvTest, ABadCellIsNamedByLineAndColumn) {
  const absl::Status status = ParseCsv("a,b\n1,2\n3,four\n").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 3, column b: \"four\""));
  for (const char* text : {"", "a\n", "a,\n1,2\n", "a,a\n1,2\n", "a,b\n1\n", "a,b\n1,2,3\n", "a\ninf\n"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseCsv(text).status())) << text;
  }
}

TEST(CsvTest, WhatIsNoCsvIsCalledWhatItIs) {
  for (const char* text : {"", "\n", "\xef\xbb\xbf \r\n"}) {
    EXPECT_THAT(std::string(ParseCsv(text).status().message()), HasSubstr("it is empty")) << text;
  }
  EXPECT_THAT(std::string(ParseCsv("\x1f\x8b\x08,\n").status().message()), HasSubstr("gunzip"));
  EXPECT_THAT(std::string(ParseCsv("a,b\r1,2\r").status().message()), HasSubstr("CR alone"));
}

TEST(CsvTest, ARowOfNumbersIsNoHeader) {
  EXPECT_THAT(std::string(ParseCsv("3.4e-01,nan\n1,2\n").status().message()), HasSubstr("line 1 holds numbers"));
  EXPECT_TRUE(ParseCsv("time,0,1\n1,2,3\n").ok());
}

TEST(CsvTest, ReservedNamesAreLeftToOtherColumns) {
  EXPECT_EQ(DistinctNames({"t", "x", "t_"}, {"t", "w"}), (std::vector<std::string>{"t__", "x", "t_"}));
  EXPECT_EQ(DistinctNames({"a", "a", "", "x3", ""}, {}), (std::vector<std::string>{"a", "a_", "x3_", "x3", "x5"}));
}

TEST(CsvTest, AColumnIsOfTextOnlyIfAllItsCellsAre) {
  const absl::StatusOr<CsvTable> table = ParseCsv("id,x\nAA,1\nAC,2\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->names, (std::vector<std::string>{"x"}));
  EXPECT_EQ(table->text_names, (std::vector<std::string>{"id"}));
  for (const char* text : {"id,x\nAA,1\n7,2\n", "id,x\nAA,1\n,2\n", "id,x\nAA,1\nnan,2\n"}) {
    EXPECT_THAT(std::string(ParseCsv(text).status().message()), HasSubstr("column id")) << text;
  }
  EXPECT_THAT(std::string(ParseCsv("a;b\n1;2\n").status().message()), HasSubstr("commas"));
}

TEST(CsvTest, ColumnsComeBackExactly) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0, 1e3);
  std::vector<NamedColumn> columns = {{"a", {}}, {"b,c", {}}};
  for (int i = 0; i < 1000; ++i) {
    for (NamedColumn& column : columns) column.values.push_back(normal(random));
  }
  const absl::StatusOr<CsvTable> table = ParseCsv(CsvText(columns));
  ASSERT_TRUE(table.ok()) << table.status();
  for (size_t i = 0; i < columns.size(); ++i) {
    EXPECT_EQ(table->names[i], columns[i].name);
    EXPECT_EQ(table->columns[i], columns[i].values);
  }
}

TEST(CsvTest, ALinesCellsComeBack) {
  const std::vector<std::string> cells = {"plain", "with,comma", "with \"quotes\"", " blanks\t", "line\nbreak", "\r"};
  EXPECT_EQ(ParseCsv(CsvLine(cells) + "1,2,3,4,5,6")->names, cells);
  EXPECT_EQ(ParseCsv("a , \" b\" \r\n1,2")->names, (std::vector<std::string>{"a", " b"}));
}

}  // namespace
}  // namespace actionmatch
