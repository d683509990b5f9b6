#include "template/zmq_blocks.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"

namespace templates {
namespace {

constexpr std::string_view topic = "hashblock";
constexpr std::size_t heard_max = 16;
// An announcement follows what the node's RPC says within milliseconds.
constexpr std::chrono::seconds patience{2};

zmq::socket_t subscriber(zmq::context_t& context) {
    zmq::socket_t socket{context, zmq::socket_type::sub};
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::subscribe, topic);
    // Blocks are rare: without these a link that is gone would look like a quiet one.
    socket.set(zmq::sockopt::heartbeat_ivl, 1000);
    socket.set(zmq::sockopt::heartbeat_timeout, 3000);
    socket.set(zmq::sockopt::handshake_ivl, 5000);
    socket.set(zmq::sockopt::reconnect_ivl, 100);
    socket.set(zmq::sockopt::reconnect_ivl_max, 1000);
    // A topic, a hash and a number; a stranger's frame ends there.
    socket.set(zmq::sockopt::maxmsgsize, std::int64_t{1024});
    return socket;
}

}  // namespace

std::optional<AnnouncedBlock> read_announcement(const std::vector<std::string>& frames) {
    if (frames.size() != 3 || frames[0] != topic || frames[1].size() != 32 ||
        frames[2].size() != sizeof(std::uint32_t))
        return std::nullopt;
    AnnouncedBlock block{
        .hash = {}, .sequence = base::load_le<std::uint32_t>(base::as_bytes(frames[2]).data())};
    std::transform(frames[1].rbegin(), frames[1].rend(), block.hash.value.bytes.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c); });
    return block;
}

ZmqBlocks::ZmqBlocks(boost::asio::io_context& loop, std::string endpoint, Callbacks callbacks)
    : loop_(loop),
      endpoint_(std::move(endpoint)),
      callbacks_(std::move(callbacks)),
      patience_(loop) {
    subscribe();
}

void ZmqBlocks::subscribe() {
    socket_.reset();
    monitor_.reset();
    sequence_.reset();
    auto socket = subscriber(context_);
    monitor_ = std::make_unique<zeromq::Monitor>(loop_, context_, socket,
                                                 [this](bool is_linked) { on_link(is_linked); });
    try {
        socket.connect(endpoint_);
    } catch (const zmq::error_t& error) {
        base::log_warning("cannot subscribe to the node's blocks: check zmq_hashblock",
                          {{"endpoint", endpoint_}, {"reason", error.what()}});
    }
    socket_ = std::make_unique<zeromq::Socket>(
        loop_, std::move(socket),
        [this](const std::vector<std::string>& frames) { on_message(frames); });
}

void ZmqBlocks::on_message(const std::vector<std::string>& frames) {
    const auto block = read_announcement(frames);
    if (!block) return;
    const bool has_gap = sequence_ && block->sequence != *sequence_ + 1;
    sequence_ = block->sequence;
    heard_.push_back(block->hash);
    if (heard_.size() > heard_max) heard_.erase(heard_.begin());
    set_deaf(false);
    callbacks_.on_block(block->hash);
    if (!has_gap) return;
    base::log_warning("the node's announcements have a gap: asking it for its tip",
                      {{"endpoint", endpoint_}});
    callbacks_.on_doubt();
}

void ZmqBlocks::on_link(bool is_linked) {
    if (std::exchange(is_linked_, is_linked) == is_linked) return;
    sequence_.reset();
    if (!is_linked) expected_.reset();
    callbacks_.on_change();
    if (is_linked) callbacks_.on_doubt();
}

void ZmqBlocks::set_deaf(bool is_deaf) {
    if (std::exchange(is_deaf_, is_deaf) != is_deaf) callbacks_.on_change();
}

bool ZmqBlocks::has_heard(const bitcoin::BlockHash& hash) const {
    return std::find(heard_.begin(), heard_.end(), hash) != heard_.end();
}

void ZmqBlocks::expect(const bitcoin::BlockHash& hash) {
    if (!is_alive() || has_heard(hash)) return;
    expected_ = hash;
    patience_.expires_after(patience);
    patience_.async_wait([this, life = std::weak_ptr{life_}](const auto& error) {
        if (error || life.expired() || !expected_ || has_heard(*expected_)) return;
        base::log_warning("the node did not announce a block that it has: subscribing again",
                          {{"endpoint", endpoint_}, {"block", expected_->value.to_be_hex()}});
        expected_.reset();
        set_deaf(true);
        is_linked_ = false;
        subscribe();
    });
}

}  // namespace templates
