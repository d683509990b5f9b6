#include "ledger/ban_follower.h"

#include <utility>

#include "ledger/bans.h"

namespace ledger {

BanFollower::BanFollower(boost::asio::io_context& loop, redis::Client& client)
    : client_(client), timer_(loop) {}

void BanFollower::start(std::function<void()> on_change) {
    on_change_ = std::move(on_change);
    ask();
}

void BanFollower::ask() {
    follow_bans(client_, version_, [this](base::Result<std::optional<Bans>, std::string> answer) {
        if (answer && *answer) {
            version_ = std::move((*answer)->version);
            list_ = BanList{(*answer)->bans};
            on_change_();
        }
        timer_.expires_after(ban_follow_interval);
        timer_.async_wait([this](const boost::system::error_code& error) {
            if (!error) ask();
        });
    });
}

}  // namespace ledger
