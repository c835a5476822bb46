#include "client/terminal/wording.h"

#include "absl/strings/str_replace.h"

namespace actionmatch {

std::string InFlags(absl::string_view message) {
  return absl::StrReplaceAll(message,
                             {
                                 {"ListDatasets shows", "`actionmatch dataset list` shows"},
                                 {"ListJobs shows", "`actionmatch job list` shows"},
                                 {"ListFields shows", "`actionmatch field list` shows"},
                                 {"set extrapolate to allow it", "--extrapolate allows it"},
                                 {"solver.steps is required for METHOD_", "--steps is required for --method "},
                                 {"solver.steps", "--steps"},
                                 {"solver.tolerance", "--tolerance"},
                                 {"set tolerance instead", "give --tolerance instead"},
                                 {"resample_below", "--resample-below"},
                                 {"gaussian_of_dataset: ", "--gaussian "},
                                 {"set start_time to", "set --start-time to"},
                                 {"leave member unset", "leave --member out"},
                                 {"is not one of the field's 1: give 0 to 0", "is not there: the field has one, 0"},
                                 {"score subset SUBSET_ALL", "score it with --subset all"},
                                 {"subset SUBSET_", "subset "},
                                 {"append their rows divided by the scale of", "put their files with --like"},
                                 {"append their rows undivided", "put their files without --whiten"},
                             });
}

}  // namespace actionmatch
