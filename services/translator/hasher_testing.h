#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/sha256.h"
#include "sv1/difficulty.h"
#include "sv1/parser.h"
#include "sv1/requests.h"
#include "sv1/text.h"

/// For tests: an SV1 miner that reads what it is told and hashes accordingly, by nothing but the
/// lines.
namespace translator::testing {

class Hasher {
  public:
    struct Job {
        std::string id{};
        bitcoin::BlockHash prev_hash{};
        base::Bytes coinbase1{};
        base::Bytes coinbase2{};
        std::vector<bitcoin::Uint256> branch{};
        std::uint32_t version{};
        std::uint32_t nbits{};
        std::uint32_t ntime{};
        bool clean_jobs{};
        // As of its arrival.
        base::Bytes extranonce1{};
        std::size_t extranonce2_size{};
        double difficulty{};
    };
    struct Found {
        std::string line{};
        bitcoin::Header header{};
    };

    /// What the pool has said, in its order. `set_difficulty` and `set_extranonce` are in force
    /// with the next job, as cgminer has it.
    void read(const std::vector<std::string>& lines) {
        for (const auto& line : lines) {
            const auto message = parser_.parse(line);
            ASSERT_TRUE(message) << line;
            if (const auto* response = std::get_if<sv1::Response>(&*message))
                read_response(*response);
            else if (const auto& call = std::get<sv1::Request>(*message).call; call)
                std::visit([this](const auto& one) { read_call(one); }, *call);
        }
    }

    /// A share for a job that meets the difficulty it came with. `bits` are what the miner chose
    /// within the mask; `later` is how many seconds it has rolled ntime.
    Found find(const Job& job, std::string_view worker, std::optional<std::uint32_t> bits = {},
               std::uint32_t later = 0) {
        return find_for(job, sv1::target_of(job.difficulty), worker, bits, later);
    }
    /// One that does not.
    Found find_low(const Job& job, std::string_view worker) {
        return find_for(job, std::nullopt, worker, {}, 0);
    }

    const Job& job() const { return jobs.back(); }
    std::uint64_t last_id() const { return last_id_; }

    std::vector<Job> jobs{};
    std::optional<std::uint32_t> mask{};
    base::Bytes extranonce1{};
    std::size_t extranonce2_size{};
    std::optional<double> difficulty{};
    std::string session{};
    int difficulties_since_job{};

  private:
    void read_response(const sv1::Response& response) {
        if (const auto* subscribed = std::get_if<sv1::SubscribeResult>(&response.result)) {
            extranonce1 = base::to_bytes(subscribed->extranonce1.view());
            extranonce2_size = subscribed->extranonce2_size;
            session = subscribed->session_id;
        } else if (const auto* configured = std::get_if<sv1::ConfigureResult>(&response.result)) {
            mask = configured->version_rolling_mask;
        }
    }
    void read_call(const sv1::SetDifficulty& call) {
        difficulty = call.difficulty;
        EXPECT_EQ(++difficulties_since_job, 1) << "cgminer applies the second one job late";
    }
    void read_call(const sv1::SetExtranonce& call) {
        extranonce1 = base::to_bytes(call.extranonce1.view());
        extranonce2_size = call.extranonce2_size;
    }
    void read_call(const sv1::SetVersionMask& call) { mask = call.mask; }
    void read_call(const sv1::Notify& call) {
        ASSERT_TRUE(difficulty) << "a job before any difficulty";
        difficulties_since_job = 0;
        for (const auto& before : jobs)
            EXPECT_NE(before.id, call.job_id) << "some firmware ignores a job whose id it knows";
        jobs.push_back({std::string{call.job_id},
                        {call.prev_hash},
                        base::to_bytes(call.coinbase1),
                        base::to_bytes(call.coinbase2),
                        {call.merkle_branch.begin(), call.merkle_branch.end()},
                        call.version,
                        call.nbits,
                        call.ntime,
                        call.clean_jobs,
                        extranonce1,
                        extranonce2_size,
                        *difficulty});
    }
    template <class Other>
    void read_call(const Other&) {}

    Found find_for(const Job& job, std::optional<bitcoin::Target> met, std::string_view worker,
                   std::optional<std::uint32_t> bits, std::uint32_t later) {
        sv1::Submit share{
            .worker = worker, .job_id = job.id, .ntime = job.ntime + later, .version_bits = bits};
        share.extranonce2.size = job.extranonce2_size;
        ++counter_;
        for (std::size_t i = 0; i < job.extranonce2_size && i < sizeof counter_; ++i)
            share.extranonce2.bytes[i] = static_cast<std::byte>(counter_ >> (8 * i));
        auto coinbase = job.coinbase1;
        base::append(coinbase, job.extranonce1);
        base::append(coinbase, share.extranonce2.view());
        base::append(coinbase, job.coinbase2);
        const auto rolled = mask.value_or(0);
        Found found{.header = {.version = (job.version & ~rolled) | (bits.value_or(0) & rolled),
                               .prev_hash = job.prev_hash,
                               .merkle_root = bitcoin::fold_merkle_path(bitcoin::sha256d(coinbase),
                                                                        job.branch),
                               .ntime = share.ntime,
                               .nbits = job.nbits}};
        if (!bits) found.header.version = job.version;
        const auto wanted = met.value_or(sv1::target_of(job.difficulty));
        while (wanted.is_met_by(bitcoin::header_hash(found.header)) != met.has_value())
            ++found.header.nonce;
        share.nonce = found.header.nonce;
        sv1::append_call(sv1::Id::of(std::uint64_t{++last_id_}), share, found.line);
        found.line.pop_back();
        return found;
    }

    sv1::Parser parser_{};
    std::uint64_t counter_{};
    std::uint64_t last_id_{100};
};

}  // namespace translator::testing
