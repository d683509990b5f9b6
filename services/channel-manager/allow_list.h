#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace channel_manager {

/// The accounts and identities that may open channels.
class AllowList {
  public:
    AllowList() = default;

    /// Reads one name a line: an account, for all of its workers, or an identity
    /// (account.worker), for that one. Space around it, empty lines and lines that begin with `#`
    /// do not count. Errors: which line is no identity.
    static base::Result<AllowList, std::string> parse(std::string_view text);

    bool has(std::string_view identity) const;
    std::size_t size() const { return names_.size(); }

  private:
    std::set<std::string, std::less<>> names_{};
};

}  // namespace channel_manager
