// Numbers as text, the same in every locale.

#ifndef ACTIONMATCH_CLIENT_FILES_NUMBER_TEXT_H_
#define ACTIONMATCH_CLIENT_FILES_NUMBER_TEXT_H_

#include <string>

namespace actionmatch {

// As many digits as bring the number back exactly.
std::string NumberToText(double value);
// The same for people: 0 for -0.
std::string ExactNumber(double value);
// Four significant digits, for people.
std::string ShortNumber(double value);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_NUMBER_TEXT_H_
