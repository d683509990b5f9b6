#include "translator/worker_name.h"

namespace translator {

std::string_view account_of(std::string_view user) {
    return user.substr(0, user.find('.'));
}

std::string_view told_worker(std::string_view user, bool account_is_known) {
    const auto dot = user.find('.');
    const bool has_worker = dot != std::string_view::npos && dot + 1 < user.size();
    if (has_worker && (account_is_known || user.size() > worker_size_max))
        user.remove_prefix(dot + 1);
    return cut_text(user, worker_size_max);
}

std::string_view cut_text(std::string_view text, std::size_t size_max) {
    if (text.size() <= size_max) return text;
    std::size_t size = size_max;
    // Bytes that continue a character begin with 10.
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) --size;
    return text.substr(0, size);
}

}  // namespace translator
