#include "server/store/running_hashes.h"

#include <openssl/evp.h>

#include <algorithm>
#include <new>

#include "absl/strings/escaping.h"

namespace actionmatch {

StreamingHash::StreamingHash() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}
StreamingHash::StreamingHash(const StreamingHash& other) : StreamingHash() { *this = other; }
StreamingHash& StreamingHash::operator=(const StreamingHash& other) {
  if (this != &other && EVP_MD_CTX_copy_ex(context_, other.context_) != 1) throw std::bad_alloc();
  return *this;
}
StreamingHash::~StreamingHash() { EVP_MD_CTX_free(context_); }

void StreamingHash::Update(absl::string_view bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }

std::string StreamingHash::Hex() const {
  const StreamingHash copy(*this);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(copy.context_, digest, &length);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), length));
}

std::shared_ptr<AppendState::Entry> AppendState::Find(absl::string_view dataset_uid) {
  absl::MutexLock lock(&mutex_);
  const auto it =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == dataset_uid; });
  if (it != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, it);
  } else {
    entries_.emplace_front(std::string(dataset_uid), std::make_shared<Entry>());
    if (entries_.size() > kEntries) entries_.pop_back();
  }
  return entries_.front().second;
}

}  // namespace actionmatch
