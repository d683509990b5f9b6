#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "template/transaction_pool.h"

namespace templates {

/// What Redis holds of transactions (ArchivedPack, ArchivedPlaces), compressed.
std::string encode_pack(const std::vector<SharedTransaction>& transactions);
std::string encode_places(const std::vector<std::uint32_t>& places);

/// The transactions of a template, in block order. Nothing when a pack or the places are damaged.
std::optional<std::vector<base::Bytes>> read_archived(const std::vector<std::string>& packs,
                                                      std::string_view places);

}  // namespace templates
