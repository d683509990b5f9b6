#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mining/ids.h"
#include "template/transaction_pool.h"

namespace templates {

/// Decides how the transactions of this leader's templates lie in Redis: each once, in packs of
/// those that came together, which templates share. When too much of the packs that a template
/// leans on is not its own, everything is packed anew, and the old packs run out with the templates
/// that need them. Pure state.
class Packer {
  public:
    struct Limits {
        /// Before compression: Redis is not to stand still for one command. One transaction may be
        /// larger.
        std::size_t pack_bytes_max = 256U << 10;
        std::size_t packs_max = 64;
        /// Bytes that a template leans on and does not have itself: as many as it has, and these.
        std::size_t waste_max = 1U << 20;
    };
    struct Pack {
        std::string key{};
        std::vector<SharedTransaction> transactions{};
    };
    struct Packed {
        std::vector<Pack> added{};            ///< to be stored first
        std::vector<std::string> packs{};     ///< keys of all that the template needs
        std::vector<std::uint32_t> places{};  ///< ArchivedPlaces
    };

    Packer() : Packer(Limits{}) {}
    explicit Packer(Limits limits) : limits_(limits) {}

    /// Keys are of this epoch from now on.
    void begin_epoch(mining::Epoch epoch);
    Packed pack(mining::TemplateRef ref, const std::vector<SharedTransaction>& transactions);
    /// Only these templates are kept alive in Redis from now on, and what they lean on.
    void retain(const std::function<bool(mining::TemplateRef)>& is_kept);
    /// What is in Redis is not known any more: the next template is packed anew.
    void forget();

  private:
    struct Place {
        std::uint32_t pack = 0;
        std::uint32_t index = 0;
    };
    struct Known {
        std::string key{};
        std::size_t bytes = 0;
    };
    void add_new(const std::vector<SharedTransaction>& transactions, Packed& packed);
    bool is_wasteful(const std::vector<SharedTransaction>& transactions) const;
    void place(const std::vector<SharedTransaction>& transactions, Packed& packed,
               std::set<std::uint32_t>& used) const;

    Limits limits_;
    mining::Epoch epoch_{};
    std::uint32_t packs_made_ = 0;
    std::unordered_map<std::uint32_t, Known> packs_{};
    std::unordered_map<bitcoin::Uint256, Place> places_{};
    std::map<mining::TemplateRef, std::set<std::uint32_t>> used_by_{};
};

}  // namespace templates
