#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bus/codec.h"
#include "bus/dispatcher.h"

namespace bus {

using namespace std::chrono_literals;

inline constexpr mining::Epoch dispatcher_epoch{77};

/// A gateway's side with workers that a test speaks for.
class DispatcherTest : public testing::Test {
  protected:
    void join(const std::string& worker, std::uint32_t credits = 4) {
        dispatcher.on_message(worker, ready(worker, credits), now);
        take();
    }

    static Ready ready(const std::string& worker, std::uint32_t credits) {
        return {.worker = {std::hash<std::string>{}(worker)},
                .version = bus_version,
                .derivation_versions = {1},
                .partitions = 16,
                .duplicate_key_fingerprint = 5,
                .credits = credits};
    }

    void add_share(std::uint32_t partition, std::uint32_t sequence_number = 1) {
        const Channel channel{.key = {partition + 1},
                              .kind = mining::ChannelKind::standard,
                              .user_identity = "u",
                              .extranonce_size = 0};
        mining::JobRecord job;
        job.channel = channel.key;
        mining::SubmittedShare share;
        share.sequence_number = sequence_number;
        dispatcher.add_share({partition}, {channel, job, {}}, share, "", now);
    }

    /// Carries out nothing; sorts what would be.
    void take() {
        dispatcher.flush(now);
        for (auto& effect : dispatcher.take_effects()) {
            if (auto* send = std::get_if<Dispatcher::Send>(&effect)) sent.push_back(*send);
            if (auto* one = std::get_if<Dispatcher::Done>(&effect)) done.push_back(*one);
            if (auto* one = std::get_if<Dispatcher::Fenced>(&effect)) fenced.push_back(one->reason);
        }
    }

    /// The batches sent since the last call, with the worker of each.
    std::vector<std::pair<std::string, Batch>> batches() {
        take();
        std::vector<std::pair<std::string, Batch>> found;
        for (const auto& [worker, frame] : std::exchange(sent, {})) {
            auto received = decode_to_worker(frame);
            if (auto* batch = std::get_if<Batch>(&received->message))
                found.emplace_back(worker, *batch);
        }
        return found;
    }

    static Result result_of(const Batch& batch) {
        return {.epoch = batch.epoch,
                .partition = batch.partition,
                .sequence = batch.sequence,
                .verdicts = std::vector<Verdict>(batch.shares.size()),
                .opens = {}};
    }

    DispatcherSettings settings{.epoch = dispatcher_epoch, .duplicate_key_fingerprint = 5};
    Dispatcher dispatcher{settings};
    base::SteadyTime now{1h};
    std::vector<Dispatcher::Send> sent;
    std::vector<Dispatcher::Done> done;
    std::vector<std::string> fenced;
};

}  // namespace bus
