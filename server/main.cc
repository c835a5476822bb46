// actionmatchd: one binary, two roles.

#include <malloc.h>

#include "server/process/openmp.h"
#include "server/process/options.h"
#include "server/serve.h"
#include "server/workers/worker.h"

int main(int argc, char** argv) {
  using actionmatch::Command;
  // Keep the memory of messages of 1 to 16 MiB, which come and go, instead of mapping it anew each time.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  const Command command = actionmatch::ParseCommandLine(argc, argv);
  switch (command.kind) {
    case Command::Kind::kServe:
      actionmatch::LimitSpinning();  // of the workers that it starts
      return actionmatch::RunServe(command.serve);
    case Command::Kind::kWork:
      actionmatch::LimitOwnSpinning(argv);
      return actionmatch::RunWork(command.work);
    case Command::Kind::kExit:
      break;
  }
  return command.exit_code;
}
