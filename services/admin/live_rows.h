#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace admin {

/// The rows of a collection as browsers have them, in JSON, and what is new in them since when.
/// What is told is made once for all that know the same. Pure; owned by ConsoleEvents.
class LiveRows {
  public:
    using Revision = std::uint64_t;

    /// Begins a look at the collection: what is not put until end() is gone.
    void begin();
    void put(std::string_view name, std::string json);
    void end();

    /// Counts the changes, from 1; 0 is what somebody knows who knows nothing.
    Revision revision() const { return revision_; }
    /// `{"rows":[...],"removed":["..."]}` for who knows `since`, or, where that is too old or from
    /// elsewhere, everything: `{"all":true,"rows":[...]}`. Null where nothing has changed.
    std::shared_ptr<const std::string> changes_since(Revision since);

  private:
    struct Row {
        std::string json{};
        Revision revision = 0;
        bool is_seen = false;
    };
    static constexpr std::size_t removals_kept = 1000;

    std::string written(Revision since) const;

    std::map<std::string, Row, std::less<>> rows_{};
    std::map<std::string, Revision, std::less<>> removed_{};
    Revision forgotten_ = 0;
    Revision revision_ = 1;  // an empty collection is news, too, to who knows nothing
    std::map<Revision, std::shared_ptr<const std::string>> made_{};
};

/// A text as JSON writes it, with quotes.
std::string json_string(std::string_view text);

}  // namespace admin
