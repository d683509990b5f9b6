#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sv2 {

/// The part of the protocol that a message belongs to. `common` messages are legal on every
/// connection, the others on a connection set up for them.
enum class MessageFamily { common, mining, job_declaration, template_distribution, negotiation };

/// Who may send a message.
enum class Direction { to_server, to_client, both };

/// The id of extension 0x0001, which negotiates the others; core messages carry 0 (Sv2 3.2).
inline constexpr std::uint16_t core_extension = 0x0000;
inline constexpr std::uint16_t negotiation_extension = 0x0001;

/// All about a message that is not a field: the row of the message index (Sv2 8).
///
/// A message is described once, as an aggregate with the spec's fields in wire order, a
/// `static constexpr MessageInfo info`, and a function template `fields(self, visit)` that calls
/// `visit(name, member)` for each field in that order. Encoding, decoding, comparing and printing
/// follow; message_table.h lists the descriptions, which is all that dispatch needs.
struct MessageInfo {
    std::string_view name;  ///< as the spec spells it: "SubmitShares.Success"
    MessageFamily family{};
    std::uint8_t message_type{};
    bool channel_message{};  ///< bit 15 of extension_type; the first field is then `channel_id`
    Direction direction{};
    std::span<const std::string_view> error_codes{};  ///< those that we emit in this message

    constexpr std::uint16_t extension_type() const {
        return family == MessageFamily::negotiation ? negotiation_extension : core_extension;
    }
};

/// Third argument of `visit` for a last field that older peers do not send; it then keeps its
/// initial value.
struct MayBeMissing {};

template <class T>
concept Message = requires(T& message) {
    T::info.message_type;
    T::fields(message, [](std::string_view, auto&, auto...) {});
};

}  // namespace sv2
