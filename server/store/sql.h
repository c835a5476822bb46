// Sql: the statements of one transaction. The text of a statement is in the subset of SQL that SQLite and PostgreSQL
// share; values take its :places, in the order of the text.
//
//   std::string message;
//   if (!sql.Find("SELECT message FROM jobs WHERE uid = :uid", {uid}, {&message})) ...

#ifndef ACTIONMATCH_SERVER_STORE_SQL_H_
#define ACTIONMATCH_SERVER_STORE_SQL_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"

namespace soci {
class session;
}

namespace actionmatch {

// A value for one place of a statement. It refers to its text, which must outlive the call.
class SqlValue {
 public:
  SqlValue(const std::string& text) : value_(&text) {}  // NOLINT: implicit, so that values can be listed
  SqlValue(int64_t number) : value_(number) {}          // NOLINT
  SqlValue(int number) : value_(int64_t{number}) {}     // NOLINT
  SqlValue(double number) : value_(number) {}           // NOLINT

 private:
  friend class Sql;
  std::variant<const std::string*, int64_t, double> value_;
};

// The variable that one column of a row goes to. No column of the store is ever NULL.
using SqlColumn = std::variant<std::string*, int64_t*, int*, double*>;

// One thread at a time, and only within the transaction. A statement that fails throws an exception that the Database
// catches.
class Sql {
 public:
  explicit Sql(soci::session& session) : session_(session) {}
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;

  using Values = absl::Span<const SqlValue>;
  using Columns = absl::Span<const SqlColumn>;
  void Run(const std::string& statement, Values values = {});
  // Reads the first row into the columns. False if there is none: the columns then stay as they are.
  bool Find(const std::string& statement, Values values, Columns columns);
  // Reads each row into the columns and calls `visit`, until there is no further row or `visit` returns false.
  void ForEach(const std::string& statement, Values values, Columns columns, absl::FunctionRef<bool()> visit);

 private:
  soci::session& session_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_SQL_H_
