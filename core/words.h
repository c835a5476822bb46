// The words that stand for an enumeration's values in stored files, in settings and in messages.
//
// An enumeration has words if a function WordsOf stands beside it, or in the struct around it:
//
//   enum class Form { kAuto, kAction };
//   friend constexpr auto WordsOf(Form) {
//     return WordTable<Form, 2>{{{Form::kAuto, "auto"}, {Form::kAction, "action"}}};
//   }
//
// A word is lower-case, with "_" between its parts. Words never change: files hold them. The API's enumerators bear the
// same words in upper case.

#ifndef ACTIONMATCH_CORE_WORDS_H_
#define ACTIONMATCH_CORE_WORDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace actionmatch {

template <typename E>
struct Word {
  E value;
  absl::string_view word;
};
template <typename E, size_t n>
using WordTable = std::array<Word<E>, n>;

// Empty for a value without a word; no table should leave a value out.
template <typename E>
absl::string_view WordOf(E value) {
  for (const Word<E>& entry : WordsOf(E{})) {
    if (entry.value == value) return entry.word;
  }
  return "";
}

// Not set for a word that E does not have.
template <typename E>
std::optional<E> FromWord(absl::string_view word) {
  for (const Word<E>& entry : WordsOf(E{})) {
    if (entry.word == word) return entry.value;
  }
  return std::nullopt;
}

// The value that stored JSON stands for. The JSON is a word or, in files of format 1 (core/storage/tensor_file.h), a
// number: numbers from 0 on stood for `of_numbers`. Not set for anything else.
template <typename E, typename Json, size_t n>
std::optional<E> FromStored(const Json& json, const std::array<absl::string_view, n>& of_numbers) {
  if (json.is_string()) return FromWord<E>(json.template get_ref<const typename Json::string_t&>());
  if (!json.is_number_unsigned()) return std::nullopt;
  const uint64_t number = json.template get<uint64_t>();
  return number < n ? FromWord<E>(of_numbers[number]) : std::nullopt;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_WORDS_H_
