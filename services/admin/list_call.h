#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "admin/api_error.h"
#include "admin/listing.h"
#include "admin/resource_name.h"
#include "admin/table.h"

namespace admin {

/// A row by its name, in the response's field for it. Errors: `invalid_name`, `not_found`.
template <class Response, class Row>
ApiResult<Response> get_row(const Table<Row>& table, std::string_view form, const std::string& name,
                            Row* (Response::*field)()) {
    if (auto parsed = parse_name(form, name); !parsed) return base::unexpected(parsed.error());
    const auto* const row = table.find(name);
    if (row == nullptr) return base::unexpected(not_found(name));
    Response response;
    *(response.*field)() = *row;
    return response;
}

ApiError to_api_error(const ListError& error);

/// A page of a table as the request asks for it. `order_by` counts where the request has none.
template <class Response, class Row, class Request>
ApiResult<Response> list_rows(const Table<Row>& table, const Request& request,
                              google::protobuf::RepeatedPtrField<Row>* (Response::*rows)(),
                              std::string_view order_by = {}, std::string name_prefix = {}) {
    if (request.page_size() < 0)
        return base::unexpected(
            ApiError{Reason::invalid_page_size, "page_size is negative", {{"field", "page_size"}}});
    auto page = list(
        table, {.page_size = request.page_size(),
                .page_token = request.page_token(),
                .filter = request.filter(),
                .order_by = request.order_by().empty() ? std::string{order_by} : request.order_by(),
                .name_prefix = std::move(name_prefix)});
    if (!page) return base::unexpected(to_api_error(page.error()));
    Response response;
    for (const auto* row : page->rows) *(response.*rows)()->Add() = *row;
    response.set_next_page_token(page->next_page_token);
    if constexpr (requires { response.set_total_size(0U); })
        response.set_total_size(page->total_size);
    return response;
}

}  // namespace admin
