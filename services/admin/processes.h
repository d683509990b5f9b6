#pragma once

#include <grpc/support/time.h>
#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/api_error.h"
#include "rpc/ask.h"
#include "rpc/mailbox.h"

namespace admin {

/// How the API reaches the processes of the pool.
struct Processes {
    /// "services/gateway-1", "gateways/gateway-1"; null where there is none.
    std::function<std::shared_ptr<grpc::Channel>(std::string_view name)> channel_of{};
    /// Has View::connections filled, and calls back.
    std::function<void(std::function<void()> done)> want_connections{};
};

/// What a process has answered with, as the API says it.
ApiError to_api_error(const grpc::Status& status, std::string_view process);

/// An operator waits.
inline constexpr std::chrono::seconds process_patience{5};

/// Asks one process, by name. `start` begins the call, `async.Method(context, request, response,
/// done)`; `then` is called on the loop, once, unless that ends.
template <class Service, class Request, class Response, class Start>
void ask_process(const Processes& processes, const rpc::Mailbox::Sender& to_loop,
                 const std::string& process, Request request, Start start,
                 std::function<void(ApiResult<Response>)> then) {
    const auto channel = processes.channel_of(process);
    if (!channel)
        return then(base::unexpected(ApiError{Reason::service_unreachable,
                                              "no address of \"" + process + "\" is known",
                                              {{"service", process}}}));
    const auto stub = Service::NewStub(channel);
    rpc::ask<Request, Response>(
        to_loop, process_patience, std::move(request),
        [&](auto* context, auto* asked, auto* response, auto done) {
            start(*stub->async(), context, asked, response, std::move(done));
        },
        [process, then = std::move(then)](const grpc::Status& status, Response& response) {
            if (!status.ok()) return then(base::unexpected(to_api_error(status, process)));
            then(std::move(response));
        });
}

/// What several processes have answered, in the order in which they were named.
template <class Response>
using Answers = std::vector<ApiResult<Response>>;

/// Asks each of them the same; `then` is called when the last one has answered or had its time.
template <class Service, class Request, class Response, class Start>
void ask_all(const Processes& processes, const rpc::Mailbox::Sender& to_loop,
             const std::vector<std::string>& names, const Request& request, Start start,
             std::function<void(Answers<Response>)> then) {
    struct Round {
        Answers<Response> answers{};
        std::size_t awaited = 0;
        std::function<void(Answers<Response>)> then{};
    };
    auto round = std::make_shared<Round>();
    round->then = std::move(then);
    round->awaited = names.size();
    for (const auto& name : names)
        round->answers.push_back(base::unexpected(
            ApiError{Reason::service_unreachable, name + " was not asked", {{"service", name}}}));
    if (names.empty()) return round->then({});
    for (std::size_t place = 0; place < names.size(); ++place)
        ask_process<Service, Request, Response>(processes, to_loop, names[place], request, start,
                                                [round, place](ApiResult<Response> answer) {
                                                    round->answers[place] = std::move(answer);
                                                    if (--round->awaited == 0)
                                                        round->then(std::move(round->answers));
                                                });
}

/// The first success; else the refusal that says most: one that is no mere NOT_FOUND.
template <class Response>
ApiResult<Response> best_of(Answers<Response> answers, const ApiError& none) {
    const ApiError* worst = nullptr;
    for (auto& answer : answers) {
        if (answer) return std::move(*answer);
        if (worst == nullptr || worst->reason == Reason::not_found) worst = &answer.error();
    }
    if (worst == nullptr || worst->reason == Reason::not_found) return base::unexpected(none);
    return base::unexpected(*worst);
}

}  // namespace admin
