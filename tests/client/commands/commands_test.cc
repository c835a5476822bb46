#include "client/commands/commands.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/match.h"
#include "client/files/formats.h"

namespace actionmatch {
namespace {

std::vector<const Noun*> Nouns() {
  return {&DatasetCommands(), &JobCommands(), &FieldCommands(), &TrajectoryCommands()};
}

TEST(CommandsTest, EveryVerbIsDescribedAndHasAFunction) {
  std::set<std::string> nouns;
  for (const Noun* noun : Nouns()) {
    EXPECT_TRUE(nouns.insert(noun->noun).second) << noun->noun;
    EXPECT_NE(*noun->summary, '\0') << noun->noun;
    std::set<std::string> verbs;
    for (const Verb& verb : noun->verbs) {
      EXPECT_TRUE(verbs.insert(verb.verb).second) << verb.verb;
      EXPECT_TRUE(absl::EndsWith(verb.summary, ".") || absl::StrContains(verb.summary, ".")) << verb.verb;
      EXPECT_NE(verb.run, nullptr) << verb.verb;
    }
  }
}

TEST(CommandsTest, ParametersAreToldApartAndDescribed) {
  for (const Noun* noun : Nouns()) {
    for (const Verb& verb : noun->verbs) {
      SCOPED_TRACE(std::string(noun->noun) + " " + verb.verb);
      std::set<std::string> names;
      for (const Parameter& parameter : verb.parameters) {
        EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
        EXPECT_FALSE(parameter.help.empty()) << parameter.name;
        const bool flag = absl::StartsWith(parameter.name, "--");
        const bool no_value = *parameter.value == '\0';
        // What has no flag is told by its place alone: it must be given, and help needs no other name for it.
        EXPECT_TRUE(flag || (parameter.required && no_value)) << parameter.name;
        // A switch says all by being there.
        EXPECT_TRUE(!flag || !no_value || !(parameter.required || parameter.many)) << parameter.name;
      }
    }
  }
}

// Help names the endings of the table of formats: a format that is added is in it.
TEST(CommandsTest, FilesInAndOutAreNamedByTheirEndings) {
  const auto help_of = [](const Noun& noun, const std::string& verb, const std::string& parameter) -> std::string {
    for (const Verb& known : noun.verbs) {
      for (const Parameter& at : known.parameters) {
        if (known.verb == verb && at.name == parameter) return at.help;
      }
    }
    return "";
  };
  for (const FileFormat* format : FileFormats()) {
    const auto check = [&](const Noun& noun, const std::string& verb, const std::string& parameter, bool has) {
      EXPECT_EQ(absl::StrContains(help_of(noun, verb, parameter), format->ending), has) << verb << " " << parameter;
    };
    check(DatasetCommands(), "put", "FILE", format->read_snapshots != nullptr);
    check(DatasetCommands(), "get", "--out", format->write_snapshots != nullptr);
    check(FieldCommands(), "evaluate", "--points", format->read_points != nullptr);
    check(FieldCommands(), "evaluate", "--out", format->write_columns != nullptr);
    check(FieldCommands(), "density", "--points", format->read_points != nullptr);
    check(FieldCommands(), "density", "--out", format->write_columns != nullptr);
    check(TrajectoryCommands(), "sample", "--points", format->read_points != nullptr);
    check(TrajectoryCommands(), "sample", "--out", format->write_trajectories != nullptr);
  }
}

}  // namespace
}  // namespace actionmatch
