// Numbers as text, the same in every locale.

#ifndef ACTIONMATCH_CLIENT_FILES_NUMBER_TEXT_H_
#define ACTIONMATCH_CLIENT_FILES_NUMBER_TEXT_H_

#include <string>

namespace actionmatch {

// The number with as many digits as bring it back exactly.
std::string NumberToText(double value);
// The number as NumberToText has it, except 0 for -0. For people.
std::string ExactNumber(double value);
// The number with four significant digits. For people.
std::string ShortNumber(double value);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_NUMBER_TEXT_H_
