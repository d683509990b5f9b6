// A miner that makes its own job, on a pool that runs:
//
//   custom_job_peer URL TEMPLATE_HOST:PORT PAYOUT_SCRIPT
//
// Connects with REQUIRES_WORK_SELECTION, sets jobs that must be refused and one that must not, on
// the tip that the template service names, and submits a share of the latter. Prints a JSON object
// for each answer of the pool; a minute without one ends it.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "base/clock.h"
#include "base/hex.h"
#include "base/random.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/merkle.h"
#include "bitcoin/nonce_scan.h"
#include "bitcoin/sha256.h"
#include "bitcoin/transaction.h"
#include "gateway/miner.h"
#include "mining/custom_job.h"
#include "noise/url.h"
#include "rpc/template_client.h"
#include "sv2/common_messages.h"
#include "sv2/mining_messages.h"
#include "sv2/setup_flags.h"

namespace {

using nlohmann::json;

void print(const json& line) {
    std::cout << line.dump() << std::endl;
}

mining::BlockTemplate current_template(const std::string& address, base::Random& random) {
    boost::asio::io_context loop;
    rpc::TemplateClient client{
        loop, random, {.replicas = {address}, .subscriber = "custom_job_peer"}};
    client.start([](const auto&) {});
    while (client.current() == nullptr) loop.run_one();
    return *client.current();
}

base::Bytes one_output(std::uint64_t value_sat, const base::Bytes& script) {
    base::Bytes bytes{std::byte{1}};
    bitcoin::append_output(bytes, {.value_sat = value_sat, .script = script});
    return bytes;
}

/// On the template's tip, without its transactions; all of what the template is worth is paid to
/// the script.
mining::CustomJob make_job(const mining::BlockTemplate& from, const base::Bytes& script) {
    return {.version = 0x20000000,
            .prev_hash = from.tip.prev_hash,
            .min_ntime = from.tip.min_ntime,
            .nbits = from.tip.nbits,
            .coinbase_tx_version = 2,
            .coinbase_prefix = bitcoin::height_push(from.tip.height),
            .coinbase_tx_input_sequence = 0xffffffff,
            .coinbase_tx_outputs = one_output(from.coinbase_tx_value_remaining, script),
            .coinbase_tx_locktime = 0,
            .merkle_path = {}};
}

class Peer {
  public:
    Peer(const noise::PoolUrl& url, base::Random& random) : miner_(url.port) {
        miner_.begin_handshake(url.authority.key, random);
        const base::SystemClock clock;
        do miner_.wait_for_bytes();
        while (!miner_.finish_handshake(base::to_unix_seconds(clock.unix_now())));
    }

    /// True if the pool takes the flag.
    bool set_up() {
        miner_.say(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                        .min_version = 2,
                                        .max_version = 2,
                                        .flags = sv2::mining_client_flag::requires_work_selection,
                                        .vendor = "custom_job_peer"});
        const auto frame = next();
        if (is<sv2::SetupConnectionSuccess>(frame)) return true;
        const auto refused = as<sv2::SetupConnectionError>(frame);
        print({{"setup", std::string{refused.error_code}}, {"flags", refused.flags}});
        return false;
    }

    void open_channel() {
        miner_.say(sv2::OpenExtendedMiningChannel{.request_id = {1},
                                                  .user_identity = "maker.own",
                                                  .nominal_hash_rate = 1e6F,
                                                  .max_target = all_ones(),
                                                  .min_extranonce_size = 4});
        const auto frame = next();
        const auto opened = as<sv2::OpenExtendedMiningChannelSuccess>(frame);
        channel_ = opened.channel_id;
        target_.value = bitcoin::Uint256::from_bytes(opened.target);
        prefix_ = base::to_bytes(opened.extranonce_prefix);
        extranonce_.assign(opened.extranonce_size, std::byte{7});
    }

    /// Returns the job's id, or nothing when it is refused.
    std::optional<sv2::JobId> set(const std::string& name, const mining::CustomJob& job) {
        sv2::U256 prev_hash{};
        std::ranges::copy(job.prev_hash.value.as_bytes(), prev_hash.begin());
        miner_.say(
            sv2::SetCustomMiningJob{.channel_id = channel_,
                                    .request_id = {++request_},
                                    .mining_job_token = {},
                                    .version = job.version,
                                    .prev_hash = prev_hash,
                                    .min_ntime = job.min_ntime,
                                    .nbits = job.nbits,
                                    .coinbase_tx_version = job.coinbase_tx_version,
                                    .coinbase_prefix = job.coinbase_prefix,
                                    .coinbase_tx_input_n_sequence = job.coinbase_tx_input_sequence,
                                    .coinbase_tx_outputs = job.coinbase_tx_outputs,
                                    .coinbase_tx_locktime = job.coinbase_tx_locktime,
                                    .merkle_path = {}});
        const auto frame = next();
        if (is<sv2::SetCustomMiningJobError>(frame)) {
            const auto refused = as<sv2::SetCustomMiningJobError>(frame);
            print({{"job", name}, {"answer", std::string{refused.error_code}}});
            return std::nullopt;
        }
        print({{"job", name}, {"answer", "accepted"}});
        return as<sv2::SetCustomMiningJobSuccess>(frame).job_id;
    }

    void submit(sv2::JobId id, const mining::CustomJob& job) {
        const auto coinbase = coinbase_of(job);
        const bitcoin::Header header{
            .version = job.version,
            .prev_hash = job.prev_hash,
            .merkle_root = bitcoin::fold_merkle_path(bitcoin::sha256d(coinbase), job.merkle_path),
            .ntime = job.min_ntime,
            .nbits = job.nbits,
            .nonce = 0};
        const auto found = bitcoin::scan_nonces(bitcoin::header_midstate(header), 0,
                                                std::uint64_t{1} << 32, target_);
        if (!found) throw std::runtime_error{"no share in 2^32 hashes"};
        miner_.say(sv2::SubmitSharesExtended{.channel_id = channel_,
                                             .sequence_number = 1,
                                             .job_id = id,
                                             .nonce = found->nonce,
                                             .ntime = header.ntime,
                                             .version = header.version,
                                             .extranonce = extranonce_});
        const auto frame = next();
        const auto answer =
            is<sv2::SubmitSharesError>(frame)
                ? std::string{as<sv2::SubmitSharesError>(frame).error_code}
                : "accepted " + std::to_string(
                                    as<sv2::SubmitSharesSuccess>(frame).new_submits_accepted_count);
        print({{"share", found->hash.value.to_be_hex()}, {"answer", answer}});
    }

  private:
    /// Stripped of its witness, by hand as a miner's own software would do it.
    base::Bytes coinbase_of(const mining::CustomJob& job) const {
        base::Bytes bytes;
        base::append_le(bytes, job.coinbase_tx_version);
        bytes.push_back(std::byte{1});
        bytes.resize(bytes.size() + 32);
        base::append_le(bytes, std::uint32_t{0xffffffff});
        bytes.push_back(static_cast<std::byte>(job.coinbase_prefix.size() + prefix_.size() +
                                               extranonce_.size()));
        base::append(bytes, job.coinbase_prefix);
        base::append(bytes, prefix_);
        base::append(bytes, extranonce_);
        base::append_le(bytes, job.coinbase_tx_input_sequence);
        base::append(bytes, job.coinbase_tx_outputs);
        base::append_le(bytes, job.coinbase_tx_locktime);
        return bytes;
    }
    static sv2::U256 all_ones() {
        sv2::U256 all{};
        all.fill(std::byte{0xff});
        return all;
    }
    template <class Message>
    static bool is(const base::Bytes& frame) {
        return sv2::decode_header(base::ByteView{frame}.first<sv2::frame_header_size>())
                   .message_type == Message::info.message_type;
    }
    /// Its views are of the frame.
    template <class Message>
    static Message as(const base::Bytes& frame) {
        if (!is<Message>(frame))
            throw std::runtime_error{"wanted " + std::string{Message::info.name} + ", came " +
                                     base::to_hex(frame)};
        return sv2::decode<Message>(base::ByteView{frame}.subspan(sv2::frame_header_size)).value();
    }
    /// The next message that is an answer: a target comes when the pool likes.
    base::Bytes next() {
        for (;;) {
            while (frames_.empty()) {
                miner_.wait_for_bytes();
                for (auto& frame : miner_.frames()) frames_.push_back(std::move(frame));
            }
            auto frame = std::move(frames_.front());
            frames_.pop_front();
            if (!is<sv2::SetTarget>(frame)) return frame;
        }
    }

    gateway::TestMiner miner_;
    std::deque<base::Bytes> frames_{};
    sv2::ChannelId channel_{};
    bitcoin::Target target_{};
    base::Bytes prefix_{};
    base::Bytes extranonce_{};
    std::uint32_t request_ = 1;
};

void run(const std::string& url_text, const std::string& templates, const std::string& script_hex) {
    const auto url = noise::parse_pool_url(url_text);
    const auto script = base::from_hex(script_hex);
    if (!url || !script) throw std::runtime_error{"not an URL, or not a script"};
    base::SystemRandom random;
    Peer peer{*url, random};
    if (!peer.set_up()) return;
    const auto block_template = current_template(templates, random);
    peer.open_channel();
    const auto good = make_job(block_template, *script);
    auto stale = good;
    stale.prev_hash.value = bitcoin::sha256d(base::as_bytes(std::string{"another tip"}));
    peer.set("stale tip", stale);
    auto eased = good;
    eased.nbits ^= 1;
    peer.set("wrong nbits", eased);
    auto unpaid = good;
    unpaid.coinbase_tx_outputs =
        one_output(block_template.coinbase_tx_value_remaining, base::Bytes(22, std::byte{1}));
    peer.set("missing payout", unpaid);
    if (const auto id = peer.set("good", good)) peer.submit(*id, good);
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 4) throw std::runtime_error{"want URL TEMPLATE_HOST:PORT PAYOUT_SCRIPT"};
    ::alarm(60);
    run(argv[1], argv[2], argv[3]);
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::cerr << "custom_job_peer: " << error.what() << '\n';
    return EXIT_FAILURE;
}
