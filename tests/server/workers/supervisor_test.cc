#include "server/workers/supervisor.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace actionmatch {
namespace {

// Workers are shell scripts that leave a file named by their process, and end when they are told how.
class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "supervisor_test.XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  SupervisorOptions Options(int workers, const std::string& body) {
    SupervisorOptions options;
    options.workers = workers;
    // The shell itself makes the file: a `touch` could outlive a killed shell and the test's folder.
    options.command = {"/bin/sh", "-c", absl::StrCat(": > ", folder_, "/$$; ", body)};
    options.least_pause = absl::Milliseconds(1);
    options.on_exit = [this](absl::string_view worker) {
      absl::MutexLock lock(&mutex_);
      ended_.insert(std::string(worker));
    };
    return options;
  }
  std::set<pid_t> Started() {
    std::set<pid_t> processes;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      processes.insert(std::stoi(entry.path().filename()));
    }
    return processes;
  }
  size_t Ended() {
    absl::MutexLock lock(&mutex_);
    return ended_.size();
  }
  template <typename Condition>
  static bool Until(Condition condition) {
    for (const absl::Time end = absl::Now() + absl::Seconds(60); absl::Now() < end;
         absl::SleepFor(absl::Milliseconds(2))) {
      if (condition()) return true;
    }
    return false;
  }

  std::string folder_;
  absl::Mutex mutex_;
  std::set<std::string> ended_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(SupervisorTest, AWorkerThatEndsIsStartedAgainUnderAnotherName) {
  const auto supervisor = *Supervisor::Start(Options(2, "exec cat"));
  ASSERT_TRUE(Until([&] { return Started().size() == 2; }));
  kill(*Started().begin(), SIGKILL);
  ASSERT_TRUE(Until([&] { return Started().size() == 3; }));
  EXPECT_EQ(Ended(), 1u);
  EXPECT_EQ(supervisor->restarts(), 1);
}

TEST_F(SupervisorTest, WorkersThatFailAtOnceAreStartedAgainAndAgain) {
  const auto supervisor = *Supervisor::Start(Options(1, "exit 3"));
  EXPECT_TRUE(Until([&] { return supervisor->restarts() >= 4; }));
}

TEST_F(SupervisorTest, StopAsksFirstAndKillsThoseThatDoNotListen) {
  const auto polite = *Supervisor::Start(Options(1, "trap 'exit 0' TERM; while :; do sleep 0.01; done"));
  const auto deaf = *Supervisor::Start(Options(1, "trap '' TERM; while :; do sleep 0.01; done"));
  ASSERT_TRUE(Until([&] { return Started().size() == 2; }));
  const absl::Time start = absl::Now();
  polite->Stop(absl::Hours(1));
  EXPECT_LT(absl::Now() - start, absl::Minutes(30));  // did not wait for the grace to pass
  deaf->Stop(absl::Milliseconds(50));
  for (const pid_t process : Started()) EXPECT_NE(kill(process, 0), 0);
}

// Whether the process waits in read(0, ...): its input is open, and empty.
bool WaitsForInput(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/syscall"));
  std::string call;
  std::string descriptor;
  return file >> call >> descriptor && call == absl::StrCat(SYS_read) && descriptor == "0x0";
}

TEST_F(SupervisorTest, AWorkersInputStaysOpenWhileTheSupervisorLives) {
  const auto supervisor = *Supervisor::Start(Options(1, "exec cat"));
  ASSERT_TRUE(Until([&] { return !Started().empty(); }));
  // A cat whose input has ended never waits for more of it: it ends.
  EXPECT_TRUE(Until([&] { return Ended() > 0 || WaitsForInput(*Started().begin()); }));
  EXPECT_EQ(Ended(), 0u);
}

// From now on pidfd_open fails in this thread and in those that it starts.
bool ForbidPidfds() {
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EMFILE),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {std::size(instructions), instructions};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_F(SupervisorTest, AWorkerWhoseEndCouldNotBeSeenIsNotStarted) {
  bool forbidden = false;
  std::thread([&] {
    forbidden = ForbidPidfds();
    if (!forbidden) return;
    SupervisorOptions options = Options(1, "exec cat");
    options.most_pause = absl::Milliseconds(1);
    ::testing::internal::CaptureStderr();
    {
      const auto supervisor = *Supervisor::Start(options);
      EXPECT_TRUE(Until([&] { return supervisor->restarts() > 0; }));
    }
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("event=worker_not_started"), std::string::npos) << log;
    EXPECT_EQ(log.find("event=worker_started"), std::string::npos) << log;
  }).join();
  if (!forbidden) GTEST_SKIP() << "the system has no seccomp filters";
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // no child is left
  EXPECT_EQ(Ended(), 0u);
}

}  // namespace
}  // namespace actionmatch
