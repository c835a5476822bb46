// Functions that put the store's results into a response.

#ifndef ACTIONMATCH_SERVER_CALLS_RESPONSES_H_
#define ACTIONMATCH_SERVER_CALLS_RESPONSES_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "server/store/records.h"

namespace actionmatch {

template <typename T>
absl::Status Answer(absl::StatusOr<T> result, T* response) {
  if (!result.ok()) return result.status();
  *response = *std::move(result);
  return absl::OkStatus();
}

template <typename T>
absl::Status AnswerPage(absl::StatusOr<Page<T>> page, google::protobuf::RepeatedPtrField<T>* items,
                        std::string* next_page_token) {
  if (!page.ok()) return page.status();
  items->Assign(page->items.begin(), page->items.end());
  *next_page_token = std::move(page->next_page_token);
  return absl::OkStatus();
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_CALLS_RESPONSES_H_
