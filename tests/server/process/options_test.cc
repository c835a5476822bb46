#include "server/process/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace actionmatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Command Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "actionmatchd");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(OptionsTest, DefaultsServeLocallyWithOneWorker) {
  const Command command = Parse({"serve", "--data-dir", "d"});
  ASSERT_EQ(command.kind, Command::Kind::kServe);
  EXPECT_EQ(command.serve.listen, "127.0.0.1:7447");
  EXPECT_EQ(command.serve.workers, 1);
  EXPECT_GE(command.serve.threads, 1);
  EXPECT_EQ(command.serve.threads, UsableThreads());
  EXPECT_EQ(command.serve.work.in_memory_bytes, int64_t{256} << 20);
}

TEST(OptionsTest, WorkersLearnWhatMayBeInMemory) {
  EXPECT_EQ(Parse({"work", "--data-dir", "d", "--in-memory-bytes", "0"}).work.in_memory_bytes, 0);
  EXPECT_EQ(Parse({"serve", "--data-dir", "d", "--in-memory-bytes", "7"}).serve.work.in_memory_bytes, 7);
}

TEST(OptionsTest, TheDeviceIsTheServersAndItsWorkers) {
  EXPECT_EQ(Parse({"serve", "--data-dir", "d"}).serve.device, TrainingSpec::Device::kAuto);
  const Command serve = Parse({"serve", "--data-dir", "d", "--device", "cpu"});
  EXPECT_EQ(serve.serve.device, TrainingSpec::Device::kCpu);
  EXPECT_EQ(serve.serve.work.device, TrainingSpec::Device::kCpu);
  EXPECT_EQ(Parse({"work", "--data-dir", "d", "--device", "cuda"}).work.device, TrainingSpec::Device::kCuda);
  EXPECT_STREQ(DeviceName(TrainingSpec::Device::kCuda), "cuda");
}

TEST(OptionsTest, AFlagWinsOverItsVariable) {
  setenv("ACTIONMATCH_WORKERS", "7", 1);
  EXPECT_EQ(Parse({"serve", "--data-dir", "d"}).serve.workers, 7);
  EXPECT_EQ(Parse({"serve", "--data-dir", "d", "--workers", "3"}).serve.workers, 3);
  setenv("ACTIONMATCH_WORKERS", "seven", 1);
  EXPECT_EQ(Parse({"serve", "--data-dir", "d"}).exit_code, 2);
  unsetenv("ACTIONMATCH_WORKERS");
}

TEST(OptionsTest, WhatIsNotAllowedEndsWithTwo) {
  for (const std::vector<const char*>& arguments : std::vector<std::vector<const char*>>{
           {},
           {"serve"},  // --data-dir is required
           {"dance"},
           {"serve", "--data-dir", "d", "--workers", "65"},
           {"serve", "--data-dir", "d", "--listen", "7447"},
           {"serve", "--data-dir", "d", "--listen", "host:70000"},
           {"serve", "--data-dir", "d", "--drain-time", "-1"},
           {"serve", "--data-dir", "d", "--threads", "0"},
           {"serve", "--data-dir", "d", "--device", "gpu"},
           {"work", "--data-dir", "d", "--listen", "127.0.0.1:1"},
           {"work", "--data-dir", "d", "--lease-time", "nan"},
       }) {
    const Command command = Parse(arguments);
    EXPECT_EQ(command.kind, Command::Kind::kExit);
    EXPECT_EQ(command.exit_code, 2);
  }
}

TEST(OptionsTest, AFlagThatIsNotKnownIsToldTheNearestAndAllThereAre) {
  const auto said = [](const std::vector<const char*>& arguments) {
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(Parse(arguments).exit_code, 2);
    return ::testing::internal::GetCapturedStderr();
  };
  const std::string serve = said({"serve", "--data-dir", "d", "--workerz", "3"});
  EXPECT_THAT(serve, HasSubstr("--workerz is not a flag of `actionmatchd serve`; the nearest is --workers"));
  EXPECT_THAT(serve, HasSubstr("--max-calls"));
  const std::string work = said({"work", "--data-dir=d", "--lease-tme=3"});
  EXPECT_THAT(work, HasSubstr("--lease-tme is not a flag of `actionmatchd work`; the nearest is --lease-time"));
  EXPECT_THAT(work, Not(HasSubstr("--max-calls")));
  EXPECT_THAT(said({"serve", "--data-dir", "d", "now"}), HasSubstr("takes flags only: --help, --data-dir"));
}

TEST(OptionsTest, HelpAndVersionEndWithZero) {
  for (const std::vector<const char*>& arguments :
       std::vector<std::vector<const char*>>{{"--help"}, {"serve", "--help"}, {"work", "--help"}, {"--version"}}) {
    EXPECT_EQ(Parse(arguments).kind, Command::Kind::kExit);
    EXPECT_EQ(Parse(arguments).exit_code, 0);
  }
}

}  // namespace
}  // namespace actionmatch
