#pragma once

#include <fmt/format.h>
#include <google/protobuf/repeated_field.h>

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aditctl/admin_channel.h"
#include "aditctl/columns.h"
#include "aditctl/describe.h"
#include "aditctl/row_printer.h"

/// The verbs that every collection of the API has: list, get, watch.
namespace aditctl {

/// The calls of a collection, specialised beside its commands:
///
///     list, get, watch   methods of the stub; watch where there is one
///     rows(response)     the rows of a page
///     row(response)      what a get answers with
///     name(text)         the whole name of a short one
///     argument           what the name is called in --help, and completed by
template <class Row>
struct Calls;

template <class Method>
struct MethodTypes;
template <class Stub, class Asked, class Answer>
struct MethodTypes<grpc::Status (Stub::*)(grpc::ClientContext*, const Asked&, Answer*)> {
    using Request = Asked;
    using Response = Answer;
};
template <class Stub, class Asked, class Answer>
struct MethodTypes<std::unique_ptr<grpc::ClientReader<Answer>> (Stub::*)(grpc::ClientContext*,
                                                                         const Asked&)> {
    using Request = Asked;
    using Response = Answer;
};
template <auto method>
using RequestOf = typename MethodTypes<std::remove_const_t<decltype(method)>>::Request;
template <auto method>
using ResponseOf = typename MethodTypes<std::remove_const_t<decltype(method)>>::Response;

template <class Row>
struct Fetched {
    std::vector<Row> rows{};
    bool has_more = false;
};

/// Page after page until there are `limit` rows, or no more.
template <class Row>
Fetched<Row> fetch_rows(AdminChannel& admin, const ListOptions& options, std::size_t limit) {
    RequestOf<Calls<Row>::list> request;
    if constexpr (requires { request.set_parent(""); }) request.set_parent(options.parent);
    request.set_filter(options.filter);
    request.set_order_by(options.order_by);
    Fetched<Row> fetched;
    do {
        request.set_page_size(page_size_for(limit - fetched.rows.size()));
        auto response = admin.call(Calls<Row>::list, request);
        for (auto& row : Calls<Row>::rows(response)) fetched.rows.push_back(std::move(row));
        request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty() && fetched.rows.size() < limit);
    fetched.has_more = !request.page_token().empty();
    return fetched;
}

/// Rows as --output wants them.
template <class Row>
void print_rows(const GlobalOptions& options, const std::vector<Row>& rows, bool is_wide) {
    if (options.output != Output::table) {
        JsonList list{options.output};
        for (const auto& row : rows) list.add(row);
        return;
    }
    if (rows.empty()) {
        fmt::print(stderr, "nothing\n");
        return;
    }
    const auto chosen = columns_for<Row>(is_wide);
    const auto now = std::chrono::system_clock::now();
    std::vector<std::vector<Cell>> cells;
    for (const auto& row : rows) cells.push_back(cells_of(chosen, row, now));
    print_lines(table_lines(heads_of(chosen), cells, options.has_color(fileno(stdout))));
}

template <class Row>
void list_rows(const GlobalOptions& options, const ListOptions& list) {
    AdminChannel admin{options};
    const auto limit = limit_of(list, options.output);
    const auto fetched = fetch_rows<Row>(admin, list, limit);
    print_rows(options, fetched.rows, list.is_wide);
    if (fetched.has_more) fmt::print(stderr, "... and more: --limit 0 shows all, --filter fewer\n");
}

template <class Row>
void get_row(const GlobalOptions& options, const std::string& text) {
    RequestOf<Calls<Row>::get> request;
    request.set_name(Calls<Row>::name(text));
    AdminChannel admin{options};
    print_message(options, Calls<Row>::row(admin.call(Calls<Row>::get, request)));
}

/// Follows the collection until the process is ended; goes on where it was after a break.
template <class Row>
void watch_rows(const GlobalOptions& options, const ListOptions& list) {
    using Response = ResponseOf<Calls<Row>::watch>;
    AdminChannel admin{options};
    RequestOf<Calls<Row>::watch> request;
    if constexpr (requires { request.set_parent(""); }) request.set_parent(list.parent);
    request.set_filter(list.filter);
    const auto chosen = columns_for<Row>(list.is_wide);
    WatchPrinter printer{options, heads_of(chosen)};
    std::map<std::string, Row> rows;
    const auto take = [&](const Response& response) {
        const auto now = std::chrono::system_clock::now();
        for (const auto& row : response.upserted()) {
            rows[row.name()] = row;
            printer.upserted(row, [&] { return cells_of(chosen, row, now); });
        }
        for (const auto& name : response.removed()) {
            rows.erase(name);
            printer.removed(name);
        }
        if (!response.resume_token().empty()) request.set_resume_token(response.resume_token());
        printer.batch_ended(response.synced(), [&] {
            std::vector<std::vector<Cell>> cells;
            for (const auto& [name, row] : rows) cells.push_back(cells_of(chosen, row, now));
            return cells;
        });
        return true;
    };
    while (true) {
        const auto status =
            admin.stream_status<typename Calls<Row>::Stub, RequestOf<Calls<Row>::watch>, Response>(
                Calls<Row>::watch, request, take);
        if (printer.must_begin_anew(status, options.admin)) {
            request.clear_resume_token();
            rows.clear();
        }
    }
}

/// Adds `list`; `examples` go below its --help.
template <class Row>
CLI::App& add_list(CLI::App& group, const GlobalOptions& options, const char* what,
                   const std::string& examples) {
    auto& command = *group.add_subcommand("list", what);
    const auto list = std::make_shared<ListOptions>();
    add_list_options(command, *list);
    command.footer(examples);
    command.callback([&options, list] { list_rows<Row>(options, *list); });
    return command;
}

template <class Row>
CLI::App& add_get(CLI::App& group, const GlobalOptions& options, const char* what) {
    auto& command = *group.add_subcommand("get", what);
    const auto name = std::make_shared<std::string>();
    command.add_option("name", *name, "As the table has it, or whole")
        ->required()
        ->type_name(Calls<Row>::argument);
    command.callback([&options, name] { get_row<Row>(options, *name); });
    return command;
}

template <class Row>
CLI::App& add_watch(CLI::App& group, const GlobalOptions& options, const char* what) {
    auto& command = *group.add_subcommand("watch", what);
    const auto list = std::make_shared<ListOptions>();
    add_watch_options(command, *list);
    command.callback([&options, list] { watch_rows<Row>(options, *list); });
    return command;
}

}  // namespace aditctl
