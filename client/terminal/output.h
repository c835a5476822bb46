// The output of the CLI: data on standard output, messages on standard error.

#ifndef ACTIONMATCH_CLIENT_TERMINAL_OUTPUT_H_
#define ACTIONMATCH_CLIENT_TERMINAL_OUTPUT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace actionmatch {

// Prints the message's JSON form on one line of standard output.
void PrintJson(const google::protobuf::Message& message);
// Prints the message's JSON form over many lines, for people.
void PrintJsonIndented(const google::protobuf::Message& message);

// Rows under a header, in columns; numbers to the right. No cells: an empty line.
using TextTable = std::vector<std::vector<std::string>>;
void PrintTable(const TextTable& table);

// Facts about one thing, a line for each; facts without a value are left out.
using Facts = std::vector<std::pair<std::string, std::string>>;
void PrintFacts(const Facts& facts);

// Prints a line on standard error.
void Say(absl::string_view line);

// The time in UTC, to the second; "-" if not set.
std::string TimeText(const google::protobuf::Timestamp& time);

// Progress on standard error: a bar that is drawn over on a terminal, otherwise a line at every tenth. Not thread-safe.
class ProgressBar {
 public:
  explicit ProgressBar(std::string title);
  ~ProgressBar();

  // fraction: 0 to 1. note: a few words behind the bar.
  void Update(double fraction, absl::string_view note);

 private:
  const std::string title_;
  const bool terminal_;
  bool drawn_ = false;
  int tenth_ = -1;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_TERMINAL_OUTPUT_H_
