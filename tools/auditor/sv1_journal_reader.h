#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auditor/journal_line.h"
#include "auditor/sv1_journal.h"

namespace auditor {

/// Gathers the SV1 events of one journal. Throws for what is none.
class Sv1JournalReader {
  public:
    /// A connection of SV1, which has that name from now on, or of anything else.
    void connected(const Object& line, std::string name);
    void read(std::string_view event, const Object& line);
    /// Those that submitted anything.
    std::vector<Sv1Connection> take();

  private:
    struct Open {
        std::size_t place = 0;  // of connections_
        std::map<std::string, std::optional<LedgerJob>, std::less<>> jobs{};
        std::map<std::uint64_t, std::size_t> shares{};  // without an answer, by request id
    };
    void submit(Open& open, const Object& line);
    void answer(Open& open, const Object& line);

    std::vector<Sv1Connection> connections_{};
    std::map<std::uint64_t, Open> open_{};
};

}  // namespace auditor
