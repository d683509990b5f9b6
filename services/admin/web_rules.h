#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace admin {

/// Whether a request's Host names us: without this, a page of a stranger whose name is made to
/// resolve to our address reads what an operator's browser may read. Ports do not matter.
bool is_host_of(std::string_view host, const std::vector<std::string>& hosts);

/// What every answer to a browser carries: nothing but our own files runs, nobody frames us, no
/// address of ours is told to others.
const std::vector<std::pair<std::string, std::string>>& protective_headers();

/// Decodes what stands in a path; nothing where an escape is none or gives a NUL.
std::optional<std::string> decoded_path(std::string_view text);

/// Whether a list such as `"a", W/"b"` or `*` names this entity tag (RFC 9110 13.1.2).
bool names_etag(std::string_view if_none_match, std::string_view etag);

/// Whether Accept-Encoding takes gzip.
bool accepts_gzip(std::string_view accept_encoding);

/// The bytes as gzip writes them, fast rather than small.
std::string gzip(std::string_view bytes);

/// All values of a parameter that may stand more than once in a query, decoded.
std::vector<std::string> query_values(std::string_view query, std::string_view name);

}  // namespace admin
