#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aditctl/global_options.h"
#include "aditctl/table_text.h"

namespace aditctl {

struct ListOptions {
    /// Where a collection has parents.
    std::string parent{};
    std::string filter{};
    std::string order_by{};
    std::optional<std::size_t> limit{};
    bool is_wide = false;
};

/// Adds --filter, --order-by, --limit and --wide.
void add_list_options(CLI::App& command, ListOptions& options);
/// Adds --filter and --wide.
void add_watch_options(CLI::App& command, ListOptions& options);

/// How many rows are wanted: all in JSON, a screenful or so in a table, unless --limit says.
std::size_t limit_of(const ListOptions& list, Output output);
/// What to ask for when so many rows are still wanted.
std::int32_t page_size_for(std::size_t wanted);

void print_lines(const std::vector<std::string>& lines);
/// One thing: as a table of its fields, or as JSON.
void print_message(const GlobalOptions& options, const google::protobuf::Message& message);

/// Messages as an array (json), or one a line (jsonl).
class JsonList {
  public:
    explicit JsonList(Output output);
    ~JsonList();
    JsonList(const JsonList&) = delete;
    JsonList& operator=(const JsonList&) = delete;
    void add(const google::protobuf::Message& message);

  private:
    Output output_;
    bool is_empty_ = true;
};

/// What a watch shows: on a terminal the whole table, again and again; elsewhere a line for each
/// change; in JSON an object for each, {"upserted": ROW}, {"removed": NAME} or {"synced": true}.
class WatchPrinter {
  public:
    WatchPrinter(const GlobalOptions& options, std::vector<Head> heads);

    using MakeCells = std::function<std::vector<Cell>()>;
    using MakeRows = std::function<std::vector<std::vector<Cell>>()>;
    void upserted(const google::protobuf::Message& row, const MakeCells& cells);
    void removed(const std::string& name);
    void batch_ended(bool is_synced, const MakeRows& rows);

    /// After a stream has ended: waits a little; whether the next one needs a snapshot. Throws when
    /// going on is of no use.
    bool must_begin_anew(const grpc::Status& status, const std::string& where);

  private:
    void draw(const MakeRows& rows) const;

    const GlobalOptions& options_;
    std::vector<Head> heads_;
    bool is_live_;
    bool has_had_anything_ = false;
    bool is_synced_ = false;
};

}  // namespace aditctl
