// How long an operator waits: pages of 100,000 channels over gRPC, and what watchers of them cost.
// Prints `case<TAB>median ms<TAB>slowest ms`, a line each.

#include <fmt/format.h>
#include <grpcpp/create_channel.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "admin/api_server.h"
#include "base/clock.h"
#include "base/random.h"

namespace {

namespace proto = adit::admin::v1;

constexpr std::uint32_t channels = 100'000;
constexpr int rounds = 15;

class NoRedis final : public redis::Client {
  public:
    void command(redis::Args, redis::Callback done) override {
        done(base::unexpected(redis::Error{}));
    }
    void command_then_wait(redis::Args, std::uint32_t, std::chrono::milliseconds,
                           redis::ReplicatedCallback done) override {
        done(base::unexpected(redis::Error{}));
    }
    void reconnect() override {}
    bool is_connected() const override { return false; }
};

/// A channel with every field that a running pool gives it.
proto::Channel channel(std::uint32_t number, base::Random& random) {
    const auto chance = [&] { return static_cast<double>(random.next_u64() >> 11) / 9e15; };
    proto::Channel made;
    made.set_name(fmt::format("channels/{:016x}", number));
    made.set_user_identity(fmt::format("account{}.rig{}", number % 5'000, number));
    made.set_kind(proto::Channel::KIND_EXTENDED);
    made.set_gateway(fmt::format("gateways/gateway-{}", number % 4));
    made.mutable_open_time()->set_seconds(1'700'000'000 + number);
    made.mutable_last_share_time()->set_seconds(1'700'100'000 + number);
    made.set_difficulty(chance() * 1e6);
    made.set_nominal_hash_rate(chance() * 1e14);
    made.mutable_hash_rates()->set_last_minute(chance() * 1e14);
    made.mutable_hash_rates()->set_last_5_minutes(chance() * 1e14);
    made.mutable_hash_rates()->set_last_hour(chance() * 1e14);
    made.mutable_hash_rates()->set_last_day(chance() * 1e14);
    made.mutable_shares()->set_accepted(random.next_u64() % 10'000);
    made.mutable_shares()->set_rejected(random.next_u64() % 100);
    (*made.mutable_shares()->mutable_rejected_by_reason())["stale-share"] = 7;
    made.mutable_shares()->set_valid_ratio(chance());
    made.mutable_shares()->set_work(chance() * 1e12);
    made.set_convergence(chance() * 2);
    made.set_silence_probability(chance());
    made.set_is_silent(number % 1'000 == 0);
    return made;
}

template <class Act>
void measure(const std::string& what, Act act) {
    const base::SystemClock clock;
    std::vector<double> took;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = clock.steady_now();
        act();
        took.push_back(
            std::chrono::duration<double, std::milli>(clock.steady_now() - begin).count());
    }
    std::sort(took.begin(), took.end());
    std::printf("%s\t%.2f\t%.2f\n", what.c_str(), took[took.size() / 2], took.back());
}

void check(const grpc::Status& status) {
    if (!status.ok()) throw std::runtime_error{status.error_message()};
}

}  // namespace

int main() try {
    base::SystemClock clock;
    base::SeededRandom random{1};
    boost::asio::io_context loop{1};
    service::Registry metrics{"admin", "0"};
    admin::View view;
    NoRedis redis;
    for (std::uint32_t i = 0; i < channels; ++i) view.channels.upsert(channel(i, random));
    admin::ApiServer api{{.listen = {"127.0.0.1", 0}},  loop, clock, random, metrics,
                         {.view = view, .redis = redis}};
    api.start();
    std::thread thread{[&] {
        const auto work = boost::asio::make_work_guard(loop);
        loop.run();
    }};
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    const auto stub = proto::ChannelService::NewStub(grpc::CreateCustomChannel(
        "127.0.0.1:" + std::to_string(api.port()), grpc::InsecureChannelCredentials(), arguments));

    const struct {
        const char* what;
        int page_size;
        const char* filter;
        const char* order_by;
    } lists[] = {
        {"50 by name", 50, "", ""},
        {"50 by hash rate", 50, "", "hash_rates.last_5_minutes desc"},
        {"50 that are silent, by last share", 50, "is_silent = true", "last_share_time"},
        {"50 of an account", 50, "user_identity : \"account77.\"", "difficulty desc"},
        {"1,000 by hash rate", 1'000, "", "hash_rates.last_5_minutes desc"},
    };
    for (const auto& list : lists) {
        proto::ListChannelsRequest request;
        request.set_page_size(list.page_size);
        request.set_filter(list.filter);
        request.set_order_by(list.order_by);
        proto::ListChannelsResponse response;
        const auto page = [&] {
            grpc::ClientContext context;
            check(stub->ListChannels(&context, request, &response));
        };
        measure(std::string{"first "} + list.what, page);
        if (response.next_page_token().empty()) continue;
        // The hundredth page costs what the first does.
        for (int i = 0; i < 20 && !response.next_page_token().empty(); ++i) {
            request.set_page_token(response.next_page_token());
            page();
        }
        measure(std::string{"later "} + list.what, page);
    }
    measure("a snapshot of all to a watcher", [&] {
        grpc::ClientContext context;
        const auto reader = stub->WatchChannels(&context, {});
        proto::WatchChannelsResponse response;
        while (reader->Read(&response) && !response.synced()) {
        }
        context.TryCancel();
        (void)reader->Finish();
    });
    boost::asio::post(loop, [&] {
        api.leave();
        loop.stop();
    });
    thread.join();
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "list_probe: %s\n", error.what());
    return 1;
}
