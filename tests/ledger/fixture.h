#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/keys.h"
#include "ledger/ledger.h"
#include "redis/hiredis_client.h"
#include "support/loop.h"
#include "support/redis_server.h"

namespace ledger {

/// A Redis of its own, a client, and calls that turn the loop until they are answered.
class LedgerTest : public testing::Test {
  protected:
    using Answer = base::Result<Committed, LedgerError>;

    static redis::ClientConfig config_for(const test_support::RedisServer& server) {
        redis::ClientConfig config;
        config.address = server.address();
        config.backoff_min = std::chrono::milliseconds{5};
        config.backoff_max = std::chrono::milliseconds{20};
        return config;
    }

    /// Starts `take(callback)` and waits for its result.
    template <class R, class Take>
    R await(Take take) {
        std::optional<R> result;
        take([&result](R got) { result = std::move(got); });
        EXPECT_TRUE(test_support::run_until(io_, [&result] { return result.has_value(); }));
        return std::move(*result);
    }

    Answer commit(Ledger& ledger, const Commit& commit) {
        return await<Answer>([&](auto done) { ledger.commit(commit, std::move(done)); });
    }
    Answer commit(const Commit& what) { return commit(ledger_, what); }

    /// What a script answers, where no caller is between.
    redis::Reply script(std::string_view text, const redis::Args& keys, const redis::Args& args) {
        return server_.run_script(text, keys, args);
    }
    std::int64_t integer(const redis::Args& args) {
        const auto reply = server_.run(args);
        return reply.integer() == nullptr ? -1 : *reply.integer();
    }
    /// Redis' clock, in microseconds.
    std::int64_t redis_now_us() {
        const auto time = server_.run({"TIME"});
        return std::stoll(std::string{time.string_at(0)}) * 1'000'000 +
               std::stoll(std::string{time.string_at(1)});
    }
    std::size_t keys_like(const std::string& pattern) {
        const auto reply = server_.run({"KEYS", pattern});
        return reply.array() == nullptr ? 0 : reply.array()->size();
    }

    test_support::RedisServer server_{{"--appendonly", "yes", "--appendfsync", "always"}};
    boost::asio::io_context io_{};
    base::SystemClock clock_{};
    base::SeededRandom random_{7};
    redis::HiredisClient client_{io_, config_for(server_), clock_, random_};
    Ledger ledger_{client_, LedgerSettings{}};
};

inline bitcoin::BlockHash hash_of(std::uint32_t number) {
    bitcoin::BlockHash hash;
    hash.value.bytes.fill(0x5a);
    for (std::size_t i = 0; i < 4; ++i)
        hash.value.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return hash;
}
inline const bitcoin::BlockHash tip_a = hash_of(0xaaaaaaaa);
inline const bitcoin::BlockHash tip_b = hash_of(0xbbbbbbbb);

/// A batch whose shares, numbered so, are all credited.
inline Commit batch(std::uint64_t epoch, std::uint64_t sequence,
                    const std::vector<std::uint32_t>& shares,
                    const bitcoin::BlockHash& tip = tip_a) {
    Commit commit;
    commit.epoch = mining::Epoch{epoch};
    commit.sequence = sequence;
    commit.live_tips = {tip};
    commit.shares = static_cast<std::uint32_t>(shares.size());
    for (std::uint32_t i = 0; i < commit.shares; ++i)
        commit.credited.push_back({i, tip, hash_of(shares[i])});
    commit.record = "record " + std::to_string(epoch) + "/" + std::to_string(sequence);
    commit.outcome = "outcome " + std::to_string(epoch) + "/" + std::to_string(sequence);
    return commit;
}

inline std::vector<bool> flags(const std::string& digits) {
    std::vector<bool> flags;
    for (const char digit : digits) flags.push_back(digit == '1');
    return flags;
}

}  // namespace ledger
