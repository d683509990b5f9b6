#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sv2/tlv.h"

namespace gateway {

/// The extensions that one connection has agreed on (extension 0x0001). We serve negotiation itself
/// and the worker's identity in shares (extension 0x0002).
class Extensions {
  public:
    using Ids = std::vector<std::uint16_t>;

    /// `required`: what a client has to use before it may do anything else.
    explicit Extensions(Ids required) : required_(std::move(required)) {}

    /// What RequestExtensions is answered.
    struct Answer {
        bool is_success{};
        Ids supported{};    ///< for Success: those of the request that are now in use
        Ids unsupported{};  ///< for Error: those of the request that are not served
        Ids missing{};      ///< for Error: those required that were not requested
        /// The client was told before what is required and asks again without it.
        bool is_hopeless{};
    };
    /// A request before the first channel replaces what was agreed; one after it is refused and
    /// changes nothing, for shares of the old agreement are on their way (ours to decide).
    Answer on_request(const Ids& requested, bool has_channels);

    /// Every required extension is in use.
    bool is_satisfied() const;
    bool has(std::uint16_t extension) const;
    bool has_worker_identity() const { return has(sv2::worker_identity_extension); }

  private:
    Ids required_;
    Ids agreed_{};
    bool was_told_{};
};

}  // namespace gateway
