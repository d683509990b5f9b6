#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "admin/console_topics.h"
#include "admin/view.h"
#include "admin/web_message.h"
#include "base/clock.h"

namespace admin {

/// Tells every browser once a second what is new: the topics that its page has chosen, and of the
/// rows that it shows those that have changed, a few kilobytes at a time, each in its turn. Owned
/// by Console; the loop's.
class ConsoleEvents {
  public:
    static constexpr std::size_t browsers_max = 100;
    static constexpr std::size_t rows_max = 200;
    /// Of rows, for one browser in one second; one row goes always.
    static constexpr std::size_t row_bytes_max = 4096;

    ConsoleEvents(boost::asio::io_context& loop, const View& view, const base::Clock& clock,
                  std::uint64_t boot);

    void start();
    void close();

    /// Answers `/api/events?topics=services,nodes&row=identities/alice/workers/rig1&row=...`.
    WebReply open(const WebRequest& request);
    /// What start() does each second.
    void tick();
    std::size_t browsers() const { return browsers_.size(); }

  private:
    struct Row {
        std::string name{};
        std::string sent{};
        bool is_told_gone = false;
    };
    struct Browser {
        std::shared_ptr<EventStream> stream{};
        ConsoleTopics::Wanted wanted = 0;
        ConsoleTopics::Known known{};
        std::vector<Row> rows{};
        std::size_t next_row = 0;
    };

    void wait();
    void tell(Browser& browser);
    std::string changed_rows(Browser& browser);
    /// Empty: there is none. Made once a second for all.
    const std::string& row_json(const std::string& name);

    const View& view_;
    const base::Clock& clock_;
    boost::asio::steady_timer timer_;
    ConsoleTopics topics_;
    std::vector<Browser> browsers_{};
    std::map<std::string, std::string, std::less<>> row_texts_{};
    bool is_closed_ = false;
};

}  // namespace admin
