#include "admin/list_call.h"

namespace admin {

ApiError to_api_error(const ListError& error) {
    switch (error.kind) {
        case ListErrorKind::page_size:
            return {Reason::invalid_page_size, error.text, {{"field", "page_size"}}};
        case ListErrorKind::filter:
            return {Reason::invalid_filter, error.text, {{"field", "filter"}}};
        case ListErrorKind::order_by:
            return {Reason::invalid_order, error.text, {{"field", "order_by"}}};
        case ListErrorKind::page_token:
            return {Reason::invalid_page_token, error.text, {{"field", "page_token"}}};
    }
    return {Reason::invalid_field, error.text, {}};
}

}  // namespace admin
