#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sv1/call.h"
#include "sv1/id.h"

/// Inside the library only: single values of a parsed document.
namespace sv1 {

/// What a message borrows that is not in the document itself.
struct Storage {
    explicit Storage(std::size_t line_size_max) : bytes(line_size_max / 2) {}

    std::array<std::string_view, extensions_max> extensions{};
    std::array<bitcoin::Uint256, branches_max> branches{};
    std::vector<std::byte> bytes;  ///< of a coinbase, which is at most half its digits
    std::size_t bytes_used{};
};

/// The parameters of a request in their order; past the end, and with no list at all, there is
/// nothing but null.
class Parameters {
  public:
    static constexpr std::size_t parameters_max = 16;

    /// Errors: `parameters_not_a_list`. More than we know are tolerated and dropped.
    static base::Result<Parameters, CallError> of(
        const simdjson::simdjson_result<simdjson::dom::element>& params);

    std::size_t size() const { return size_; }
    bool has(std::size_t index) const { return index < size_ && !values_[index].is_null(); }
    /// Only where has() says so.
    const simdjson::dom::element& operator[](std::size_t index) const { return values_[index]; }

  private:
    std::array<simdjson::dom::element, parameters_max> values_{};
    std::size_t size_{};
};

/// Errors: `parameter_missing`, `text_expected`, `text_too_long`.
base::Result<std::string_view, CallError> text_at(const Parameters& params, std::size_t index);
/// As text_at(), but empty where the parameter is missing or null.
base::Result<std::string_view, CallError> text_or_empty(const Parameters& params,
                                                        std::size_t index);
/// One to eight hexadecimal digits. Errors: `parameter_missing`, or `error`.
base::Result<std::uint32_t, CallError> hex32_at(const Parameters& params, std::size_t index,
                                                CallError error);
/// Errors: `parameter_missing`, or `bad_extranonce`.
base::Result<ExtranonceBytes, CallError> extranonce_at(const Parameters& params, std::size_t index);
/// A whole number. Errors: `parameter_missing`, or `bad_number`.
base::Result<std::uint32_t, CallError> number_at(const Parameters& params, std::size_t index);

/// A number, or a string that is one, as some firmware sends it; above zero and finite.
std::optional<double> difficulty_of(const simdjson::dom::element& value);
std::optional<std::uint32_t> hex32_of(const simdjson::dom::element& value);
std::optional<std::uint32_t> whole_of(const simdjson::dom::element& value);
std::optional<ExtranonceBytes> extranonce_of(const simdjson::dom::element& value);

/// Absent without a value; nothing when it is no id.
std::optional<Id> id_of(const simdjson::simdjson_result<simdjson::dom::element>& value);

}  // namespace sv1
