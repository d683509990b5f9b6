#include "admin/webhooks.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "admin/moments.h"
#include "admin/webhook_signature.h"
#include "base/integer.h"
#include "base/log.h"
#include "ledger/keys.h"

namespace admin {
namespace {

constexpr unsigned http_gone = 410;
/// Hash: by webhook, up to which entry of `{pool}:blocks` its receiver has been told.
constexpr const char* webhook_places = "{pool}:webhooks";

std::string json_of(const google::protobuf::Message& message) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string text;
    const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
    return status.ok() ? text : "{}";
}

std::string rfc3339(base::UnixMicros at) {
    const auto text = json_of(to_timestamp(at));
    return text.substr(1, text.size() - 2);  // a JSON string
}

/// What an entry of the stream means to a receiver; empty for steps on the way.
std::string event_of(const ledger::BlockEntry& entry, const proto::Block* row) {
    if (entry.event == "found") return "block.found";
    if (entry.event == "accepted" || entry.event == "side_branch") return "block.accepted";
    if (entry.event == "confirmed") return "block.confirmed";
    if (entry.event == "orphaned") return "block.orphaned";
    const bool is_lost = row != nullptr && (row->state() == proto::Block::STATE_REJECTED ||
                                            row->state() == proto::Block::STATE_GIVEN_UP);
    if (entry.node.empty() && is_lost && (entry.event == "rejected" || entry.event == "given_up"))
        return "block.rejected";
    return {};
}

std::string body_of(const std::string& id, const std::string& event, base::UnixMicros at,
                    const char* what, const google::protobuf::Message& row) {
    return fmt::format(R"({{"id":"{}","event":"{}","time":"{}","{}":{}}})", id, event, rfc3339(at),
                       what, json_of(row));
}

}  // namespace

Webhooks::Webhooks(boost::asio::io_context& loop, const base::Clock& clock, redis::Client& client,
                   const std::vector<WebhookConfig>& configs, const View& view,
                   service::Registry& metrics)
    : loop_(loop),
      clock_(clock),
      client_(client),
      view_(view),
      timer_(loop),
      deliveries_(metrics.counters("adit_admin_webhook_deliveries_total",
                                   "Deliveries by what became of them: taken, failed (and tried "
                                   "again), given_up, dropped.",
                                   {"webhook", "result"})) {
    for (const auto& config : configs) {
        auto hook = std::make_unique<Hook>();
        hook->config = config;
        hook->tls = std::make_shared<boost::asio::ssl::context>(client_tls(config.ca_file));
        hooks_.push_back(std::move(hook));
    }
    auto& waiting =
        metrics.gauges("adit_admin_webhook_waiting", "Deliveries that wait.", {"webhook"});
    auto& oldest = metrics.gauges("adit_admin_webhook_oldest_seconds",
                                  "Since the first try of what is being delivered.", {"webhook"});
    metrics.on_collect([this, &waiting, &oldest] {
        for (const auto& hook : hooks_) {
            waiting.with({hook->config.name}).set(static_cast<double>(hook->queue.size()));
            const auto tried = hook->queue.oldest_tried();
            const std::chrono::duration<double> age =
                tried ? clock_.steady_now() - *tried : base::SteadyTime::duration::zero();
            oldest.with({hook->config.name}).set(age.count());
        }
    });
}

Webhooks::~Webhooks() {
    disk_.join();
}

void Webhooks::start() {
    files_at_ = clock_.steady_now();
    if (!hooks_.empty()) tick();
}

void Webhooks::stop() {
    timer_.cancel();
    is_alive_ = std::make_shared<bool>(true);  // answers that are on their way find nobody
}

Webhooks::Place Webhooks::place_of(const std::string& id) {
    const auto dash = std::min(id.find('-'), id.size());
    const std::string_view text{id};
    return {
        base::parse_integer<std::uint64_t>(text.substr(0, dash)).value_or(0),
        base::parse_integer<std::uint64_t>(text.substr(std::min(dash + 1, id.size()))).value_or(0)};
}

void Webhooks::ask_places() {
    is_asking_ = true;
    redis::Args names{"HMGET", webhook_places};
    for (const auto& hook : hooks_) names.push_back(hook->config.name);
    const std::weak_ptr alive{is_alive_};
    client_.command(std::move(names), [this, alive](const auto& known) {
        if (alive.expired()) return;
        is_asking_ = known.has_value();  // else at the next turn
        if (!known) return;
        client_.command(
            {"XREVRANGE", ledger::keys::blocks, "+", "-", "COUNT", "1"},
            [this, alive, known = *known](const auto& last) {
                if (alive.expired()) return;
                is_asking_ = false;
                if (!last) return;
                const bool is_empty = last->array() == nullptr || last->array()->empty();
                on_places(known,
                          is_empty ? "0-0" : std::string{last->array()->front().string_at(0)});
            });
    });
}

/// Who is new is told of what happens from now on.
void Webhooks::on_places(const redis::Reply& known, const std::string& last) {
    for (std::size_t i = 0; i < hooks_.size(); ++i) {
        auto& hook = *hooks_[i];
        const std::string place{known.string_at(i)};
        hook.told = place_of(place.empty() ? last : place);
        if (place.empty())
            client_.command({"HSET", webhook_places, hook.config.name, last}, [](const auto&) {});
    }
    knows_places_ = true;
    for (const auto& event : std::exchange(events_, {}))
        for (const auto& hook : hooks_) push(*hook, event);
}

void Webhooks::on_block_entry(const std::string& place, const ledger::BlockEntry& entry) {
    if (hooks_.empty()) return;
    const auto name = "blocks/" + entry.hash.value.to_be_hex();
    const auto event = event_of(entry, view_.blocks.find(name));
    // Several replicas and nodes may say the same of a block: the first one counts.
    if (event.empty() || !told_ids_.insert(event + ":" + name).second) return;
    const BlockEvent told{.place = place, .event = event, .block = name, .at = entry.at};
    if (!knows_places_) return events_.push_back(told);
    for (const auto& hook : hooks_) push(*hook, told);
}

void Webhooks::push(Hook& hook, const BlockEvent& event) {
    if (place_of(event.place) <= hook.told) return;
    const auto* const row = view_.blocks.find(event.block);
    if (row == nullptr || !hook.config.wants(event.event)) return;
    const auto id = event.event + ":" + event.block.substr(event.block.find('/') + 1);
    push(hook, {.id = id,
                .event = event.event,
                .body = body_of(id, event.event, event.at, "block", *row),
                .place = event.place});
}

void Webhooks::push(Hook& hook, Delivery delivery) {
    if (!hook.queue.push(std::move(delivery)))
        deliveries_.with({hook.config.name, "dropped"}).add();
    pump(hook);
}

void Webhooks::look_at_problems() {
    if (!view_.problems.knows(problems_seen_)) problems_seen_ = 0;
    if (problems_seen_ == view_.problems.version()) return;
    const auto changes = view_.problems.since(problems_seen_);
    problems_seen_ = changes.version;
    for (const auto* const problem : changes.upserted) {
        const auto [at, is_new] = raised_.insert_or_assign(problem->name(), *problem);
        if (is_new) tell_problem("problem.raised", *problem, from_timestamp(problem->start_time()));
    }
    for (const auto& name : changes.removed) {
        const auto found = raised_.extract(name);
        if (!found.empty()) tell_problem("problem.cleared", found.mapped(), clock_.unix_now());
    }
}

void Webhooks::tell_problem(const char* event, const proto::Problem& problem, base::UnixMicros at) {
    const auto started = from_timestamp(problem.start_time()).time_since_epoch().count();
    const auto id = fmt::format("{}:{}:{}", event, problem.name(), started);
    for (const auto& hook : hooks_)
        if (hook->config.wants(event))
            push(*hook, {.id = id,
                         .event = event,
                         .body = body_of(id, event, at, "problem", problem),
                         .place = {}});
}

void Webhooks::tick() {
    if (!knows_places_ && !is_asking_) ask_places();
    look_at_problems();
    look_at_files();
    for (const auto& hook : hooks_) pump(*hook);
    timer_.expires_after(interval);
    timer_.async_wait([this](const auto& error) {
        if (!error) tick();
    });
}

/// On the files' thread.
Webhooks::Files Webhooks::read_files(const WebhookConfig& config) {
    Files files;
    try {
        files.secret = read_webhook_secret(config.secret_file, "webhooks.secret_file");
        if (config.ca_file)
            files.tls = std::make_shared<boost::asio::ssl::context>(client_tls(config.ca_file));
    } catch (const std::exception& error) {
        files.failure = error.what();
    }
    return files;
}

void Webhooks::look_at_files() {
    if (clock_.steady_now() - files_at_ < files_interval) return;
    files_at_ = clock_.steady_now();
    for (const auto& hook : hooks_)
        boost::asio::post(disk_, [this, &hook = *hook, &loop = loop_, config = hook->config,
                                  alive = std::weak_ptr{is_alive_}] {
            boost::asio::post(loop, [this, &hook, alive, files = read_files(config)] {
                if (!alive.expired()) take_files(hook, files);
            });
        });
}

/// For the deliveries from now on. What is not in order is said once, and what was there goes on.
void Webhooks::take_files(Hook& hook, Files files) {
    if (!files.failure.empty()) {
        if (files.failure != std::exchange(hook.complaint, files.failure))
            base::log_error("webhook's files not taken, what is in use goes on",
                            {{"webhook", hook.config.name}, {"reason", files.failure}});
        return;
    }
    hook.complaint.clear();
    if (files.tls) hook.tls = std::move(files.tls);
    if (files.secret == hook.config.secret) return;
    hook.config.secret = std::move(files.secret);
    base::log_info("webhook has a new secret", {{"webhook", hook.config.name}});
}

void Webhooks::pump(Hook& hook) {
    const auto* const delivery = hook.queue.next(clock_.steady_now());
    if (delivery == nullptr) return;
    HttpPost request;
    request.url = hook.config.url;
    request.body = delivery->body;
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(clock_.unix_now()).time_since_epoch().count();
    request.headers = {
        {"Content-Type", "application/json"},
        {"User-Agent", "adit-admin"},
        {"Adit-Delivery", delivery->id},
        {"Adit-Event", delivery->event},
        {"Adit-Signature", webhook_signature(hook.config.secret, seconds, delivery->body)}};
    post(loop_, *hook.tls, std::move(request),
         [this, &hook, sent = *delivery, tls = hook.tls,
          alive = std::weak_ptr{is_alive_}](HttpOutcome outcome) {
             if (!alive.expired()) on_outcome(hook, sent, outcome);
         });
}

void Webhooks::on_outcome(Hook& hook, const Delivery& delivery, const HttpOutcome& outcome) {
    using Outcome = WebhookQueue::Outcome;
    const bool is_taken = outcome.status >= 200 && outcome.status < 300;
    const auto how = is_taken                      ? Outcome::taken
                     : outcome.status == http_gone ? Outcome::refused_for_good
                                                   : Outcome::failed;
    const auto ended = hook.queue.on_outcome(how, clock_.steady_now());
    deliveries_
        .with({hook.config.name, is_taken            ? "taken"
                                 : ended.is_given_up ? "given_up"
                                                     : "failed"})
        .add();
    if (how == Outcome::refused_for_good)
        base::log_warning("webhook wants no more: its receiver answered 410",
                          {{"webhook", hook.config.name}});
    else if (!is_taken)
        base::log_warning("webhook was not taken", {{"webhook", hook.config.name},
                                                    {"delivery", delivery.id},
                                                    {"status", outcome.status},
                                                    {"reason", outcome.why},
                                                    {"given_up", ended.is_given_up}});
    if (!ended.place.empty()) {
        hook.told = std::max(hook.told, place_of(ended.place));
        // Where that fails the receiver is told once more after a restart.
        client_.command({"HSET", webhook_places, hook.config.name, ended.place},
                        [](const auto&) {});
    }
    pump(hook);
}

}  // namespace admin
