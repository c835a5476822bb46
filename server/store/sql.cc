#include "server/store/sql.h"

#include <soci/soci.h>

namespace actionmatch {

void Sql::ForEach(const std::string& text, Values values, Columns columns, absl::FunctionRef<bool()> visit) {
  soci::statement statement(session_);
  for (const SqlValue& value : values) {
    if (const auto* text_value = std::get_if<const std::string*>(&value.value_)) {
      statement.exchange(soci::use(**text_value));
    } else if (const auto* whole = std::get_if<int64_t>(&value.value_)) {
      statement.exchange(soci::use(*whole));
    } else {
      statement.exchange(soci::use(std::get<double>(value.value_)));
    }
  }
  for (const SqlColumn& column : columns) {
    std::visit([&](auto* out) { statement.exchange(soci::into(*out)); }, column);
  }
  statement.alloc();
  statement.prepare(text);
  statement.define_and_bind();
  for (bool found = statement.execute(true); found; found = statement.fetch()) {
    if (!visit()) return;
  }
}

bool Sql::Find(const std::string& statement, Values values, Columns columns) {
  bool found = false;
  ForEach(statement, values, columns, [&found] {
    found = true;
    return false;
  });
  return found;
}

void Sql::Run(const std::string& statement, Values values) {
  ForEach(statement, values, {}, [] { return false; });
}

}  // namespace actionmatch
