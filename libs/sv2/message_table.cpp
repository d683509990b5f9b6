#include "sv2/message_table.h"

#include <algorithm>

namespace sv2 {
namespace {

// For each type the position of its message in `messages`, counted from 1; 0 where there is none.
using Index = std::array<std::uint8_t, 256>;

constexpr auto messages = [] {
    std::array<MessageInfo, AllMessages::size> infos{};
    std::size_t at = 0;
    for_each_message([&]<class M>(std::type_identity<M>) { infos[at++] = M::info; });
    return infos;
}();

constexpr Index index_of(std::uint16_t extension_type) {
    Index index{};
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (messages[i].extension_type() == extension_type)
            index[messages[i].message_type] = static_cast<std::uint8_t>(i + 1);
    return index;
}

constexpr Index core_messages = index_of(core_extension);
constexpr Index negotiation_messages = index_of(negotiation_extension);

constexpr auto count(const Index& index) {
    return index.size() - static_cast<std::size_t>(std::count(index.begin(), index.end(), 0));
}
static_assert(count(core_messages) + count(negotiation_messages) == AllMessages::size,
              "two messages have the same number");

const MessageInfo* at(const Index& index, std::uint8_t message_type) {
    const std::size_t position = index[message_type];
    return position == 0 ? nullptr : &messages[position - 1];
}

}  // namespace

const MessageInfo* find_message(std::uint16_t extension_type, std::uint8_t message_type) {
    if (extension_type == core_extension) return at(core_messages, message_type);
    if (extension_type == negotiation_extension) return at(negotiation_messages, message_type);
    return nullptr;
}

}  // namespace sv2
