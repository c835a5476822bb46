// A potential's parameters as named arrays of a file.

#ifndef ACTIONMATCH_CORE_POTENTIAL_PARAMETER_ARRAYS_H_
#define ACTIONMATCH_CORE_POTENTIAL_PARAMETER_ARRAYS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/potential/potential.h"
#include "core/storage/tensor_file.h"

namespace actionmatch {

// Adds float32 arrays named `prefix` + the potential's names.
void SaveParameters(const Potential& potential, const Parameters& parameters, absl::string_view prefix,
                    std::map<std::string, Array>* arrays);

// The parameters that SaveParameters saved. INVALID_ARGUMENT, naming the array, if one is missing or has another type
// or shape.
absl::StatusOr<Parameters> LoadParameters(const Potential& potential, absl::string_view prefix, const TensorFile& file);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POTENTIAL_PARAMETER_ARRAYS_H_
