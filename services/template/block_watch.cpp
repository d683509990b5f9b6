#include "template/block_watch.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace templates {

BlockWatch::BlockWatch(boost::asio::io_context& loop, const base::Clock& clock, Nodes& nodes,
                       Spool& spool, Settings settings)
    : clock_(clock),
      nodes_(nodes),
      spool_(spool),
      settings_(settings),
      tips_(settings.heights_max),
      timer_(loop),
      was_reachable_(nodes.size()) {}

void BlockWatch::start() {
    for (const auto* entry : spool_.solutions().newest(settings_.heights_max))
        if (entry->state.chain == BlockState::Chain::in_chain)
            tips_.assume(entry->block.hash, entry->block.height);
    wait();
}

void BlockWatch::on_tip(const bitcoin::BlockHash& hash, std::uint32_t height) {
    if (!tips_.on_tip(hash, height)) return;
    is_new_tip_ = true;
    spool_.on_tip(height);
}

void BlockWatch::wait() {
    timer_.expires_after(settings_.round_min);
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) on_time();
    });
}

void BlockWatch::look_for_nodes() {
    for (NodeIndex node = 0; node < nodes_.size(); ++node) {
        const bool is_reachable = nodes_.status(node).is_reachable;
        const bool was_reachable = std::exchange(was_reachable_[node], is_reachable) != 0;
        if (is_reachable && !was_reachable) spool_.on_node_back(node);
    }
}

void BlockWatch::on_time() {
    look_for_nodes();
    const auto now = clock_.steady_now();
    const bool is_due = is_new_tip_ || now - round_at_ >= settings_.round_max;
    if (!is_due || !tips_.height()) return wait();
    is_new_tip_ = false;
    round_at_ = now;
    round_ = spool_.solutions().watched();
    std::reverse(round_.begin(), round_.end());
    ask_next();
}

void BlockWatch::ask_next() {
    if (round_.empty()) return wait();
    answers_.assign(nodes_.size(), {});
    unanswered_ = nodes_.size();
    const auto hash = round_.back();
    for (NodeIndex node = 0; node < nodes_.size(); ++node)
        nodes_.find_block(node, hash,
                          [this, node, alive = std::weak_ptr{is_alive_}](const auto& standing) {
                              if (!alive.expired()) on_found(node, standing);
                          });
}

void BlockWatch::on_found(NodeIndex node, const BlockStanding& standing) {
    answers_[node] = {.standing = standing, .height = nodes_.status(node).height};
    if (--unanswered_ == 0) conclude();
}

void BlockWatch::conclude() {
    const auto hash = round_.back();
    round_.pop_back();
    auto standing = combine(answers_);
    if (standing.kind != BlockStanding::Kind::unknown) can_ask_ = true;
    const auto* const entry = spool_.solutions().find(hash);
    if (entry != nullptr && !can_ask_) standing = tips_.standing(hash, entry->block.height);
    if (entry != nullptr) spool_.on_standing(hash, standing, *tips_.height());
    // On a turn of its own: a node may answer inside the call.
    boost::asio::post(timer_.get_executor(), [this, alive = std::weak_ptr{is_alive_}] {
        if (!alive.expired()) ask_next();
    });
}

}  // namespace templates
