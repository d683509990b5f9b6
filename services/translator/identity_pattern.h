#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace translator {

/// What a pool is told of who mines, with `{user}` for what the miner authorized as and `{worker}`
/// for what follows its first dot. `{{` is a brace.
class IdentityPattern {
  public:
    /// Errors: what is wrong with the text, and what would be right.
    static base::Result<IdentityPattern, std::string> parse(std::string_view text);

    /// A placeholder is in it: each miner has an identity of its own.
    bool depends_on_miner() const { return depends_on_miner_; }
    /// At most the 255 bytes that the wire carries, cut on a boundary of UTF-8.
    std::string identity_of(std::string_view user) const;

  private:
    std::string text_{};
    bool depends_on_miner_ = false;
};

}  // namespace translator
