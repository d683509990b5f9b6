#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sv1 {

/// The id of a request, as the JSON text that its response repeats: an integer, a string or null.
/// Miners use all three. A value of its own, so that an answer may come after the line is gone.
class Id {
  public:
    /// A string with quotes around 61 plain characters; who needs more is refused.
    static constexpr std::size_t json_size_max = 63;

    /// No id at all: a notification, or a request that nobody waits for.
    Id() = default;
    static Id null();
    static Id of(std::int64_t number);
    static Id of(std::uint64_t number);
    /// Nothing when the text is too long.
    static std::optional<Id> of_text(std::string_view text);

    bool is_absent() const { return size_ == 0; }
    /// `null`, `7` or `"auth"`; null where there is none.
    std::string_view json() const {
        return is_absent() ? std::string_view{"null"} : std::string_view{json_.data(), size_};
    }

    friend bool operator==(const Id& a, const Id& b) {
        return a.size_ == b.size_ && a.json() == b.json();
    }

  private:
    explicit Id(std::string_view json);
    template <class Int>
    static Id of_number(Int number);

    std::array<char, json_size_max> json_{};
    std::uint8_t size_{};
};

}  // namespace sv1
