#include "gateway/gateway_control.h"

#include <fmt/format.h>

#include <span>
#include <stdexcept>

#include "gateway/connection_list.h"
#include "rpc/unary_call.h"

namespace gateway {

namespace proto = adit::control::v1;

namespace {

using grpc::StatusCode;

constexpr std::uint32_t whole = 10'000;  // basis points
/// Miners that are asked to leave over a longer time are not being drained.
constexpr std::uint64_t spread_max_ms = 24ULL * 3600 * 1000;
constexpr std::size_t reason_max = 255;

std::string to_bytes(std::span<const std::byte> bytes) {
    return std::string{base::to_string(bytes)};
}

grpc::Status bad_spread(std::uint64_t spread_ms) {
    return {StatusCode::INVALID_ARGUMENT,
            fmt::format("spread_ms: {} is not 0 to {}, a day", spread_ms, spread_max_ms)};
}

}  // namespace

proto::Certificate GatewayControl::certificate() const {
    const auto& identity = certificate_.identity();
    proto::Certificate out;
    out.set_static_key(to_bytes(identity.static_key.public_key().bytes));
    out.set_authority_key(to_bytes(identity.authority.key.bytes));
    out.set_valid_from(identity.certificate.valid_from);
    out.set_not_valid_after(identity.certificate.not_valid_after);
    return out;
}

grpc::ServerUnaryReactor* GatewayControl::GetGateway(grpc::CallbackServerContext* context,
                                                     const proto::GetGatewayRequest*,
                                                     proto::GetGatewayResponse* response) {
    return rpc::UnaryCall<proto::GetGatewayResponse>::accept(
        context, response, mailbox_.sender(), [this](const auto& call) {
            const auto standing = gateway_.standing();
            proto::GetGatewayResponse out;
            out.set_epoch(standing.epoch.value);
            out.set_listen_address(service::to_string({config_.listen.host, standing.port}));
            out.set_connections(static_cast<std::uint32_t>(gateway_.front().connections()));
            out.set_connections_max(static_cast<std::uint32_t>(config_.limits.connections_max));
            out.set_channels(static_cast<std::uint32_t>(standing.channels));
            out.set_is_draining(standing.is_draining);
            out.set_draining_connections(static_cast<std::uint32_t>(gateway_.departures().size()));
            *out.mutable_certificate() = certificate();
            call->answer(std::move(out));
        });
}

grpc::ServerWriteReactor<proto::ListConnectionsResponse>* GatewayControl::ListConnections(
    grpc::CallbackServerContext*, const proto::ListConnectionsRequest*) {
    return ConnectionList::accept(mailbox_.sender(), gateway_, clock_);
}

grpc::ServerUnaryReactor* GatewayControl::Disconnect(grpc::CallbackServerContext* context,
                                                     const proto::DisconnectRequest* request,
                                                     proto::DisconnectResponse* response) {
    return rpc::UnaryCall<proto::DisconnectResponse>::accept(
        context, response, mailbox_.sender(), [this, asked = *request](const auto& call) {
            if (!gateway_.disconnect({asked.connection_id()}, asked.reason()))
                return call->refuse({StatusCode::NOT_FOUND, fmt::format("there is no connection {}",
                                                                        asked.connection_id())});
            call->answer({});
        });
}

grpc::ServerUnaryReactor* GatewayControl::CloseChannel(grpc::CallbackServerContext* context,
                                                       const proto::CloseChannelRequest* request,
                                                       proto::CloseChannelResponse* response) {
    return rpc::UnaryCall<proto::CloseChannelResponse>::accept(
        context, response, mailbox_.sender(), [this, asked = *request](const auto& call) {
            if (asked.reason_code().size() > reason_max)
                return call->refuse({StatusCode::INVALID_ARGUMENT,
                                     fmt::format("reason_code: longer than {} bytes", reason_max)});
            const std::string reason =
                asked.reason_code().empty() ? "closed-by-operator" : asked.reason_code();
            if (!gateway_.close_channel({asked.channel_key()}, reason))
                return call->refuse({StatusCode::NOT_FOUND,
                                     fmt::format("there is no channel {}", asked.channel_key())});
            call->answer({});
        });
}

grpc::ServerUnaryReactor* GatewayControl::Drain(grpc::CallbackServerContext* context,
                                                const proto::DrainRequest* request,
                                                proto::DrainResponse* response) {
    return rpc::UnaryCall<proto::DrainResponse>::accept(
        context, response, mailbox_.sender(),
        [this, spread = request->spread_ms()](const auto& call) {
            if (spread > spread_max_ms) return call->refuse(bad_spread(spread));
            proto::DrainResponse out;
            out.set_connections(static_cast<std::uint32_t>(
                gateway_.drain_by_hand(std::chrono::milliseconds{spread})));
            call->answer(std::move(out));
        });
}

grpc::ServerUnaryReactor* GatewayControl::Undrain(grpc::CallbackServerContext* context,
                                                  const proto::UndrainRequest*,
                                                  proto::UndrainResponse* response) {
    return rpc::UnaryCall<proto::UndrainResponse>::accept(
        context, response, mailbox_.sender(), [this](const auto& call) {
            try {
                gateway_.undrain();
            } catch (const std::runtime_error& error) {
                return call->refuse({StatusCode::FAILED_PRECONDITION, error.what()});
            }
            call->answer({});
        });
}

grpc::ServerUnaryReactor* GatewayControl::Rebalance(grpc::CallbackServerContext* context,
                                                    const proto::RebalanceRequest* request,
                                                    proto::RebalanceResponse* response) {
    return rpc::UnaryCall<proto::RebalanceResponse>::accept(
        context, response, mailbox_.sender(), [this, asked = *request](const auto& call) {
            if (asked.basis_points() > whole)
                return call->refuse({StatusCode::INVALID_ARGUMENT,
                                     fmt::format("basis_points: {} is more than {}, all of them",
                                                 asked.basis_points(), whole)});
            if (asked.spread_ms() > spread_max_ms)
                return call->refuse(bad_spread(asked.spread_ms()));
            const auto leaving = gateway_.rebalance(asked.basis_points(),
                                                    std::chrono::milliseconds{asked.spread_ms()});
            if (!leaving)
                return call->refuse({StatusCode::FAILED_PRECONDITION,
                                     "the gateway drains: all of its miners are on the way out"});
            proto::RebalanceResponse out;
            out.set_connections(static_cast<std::uint32_t>(*leaving));
            call->answer(std::move(out));
        });
}

grpc::ServerUnaryReactor* GatewayControl::RotateCertificate(
    grpc::CallbackServerContext* context, const proto::RotateCertificateRequest* request,
    proto::RotateCertificateResponse* response) {
    return rpc::UnaryCall<proto::RotateCertificateResponse>::accept(
        context, response, mailbox_.sender(),
        [this, text = request->certificate()](const auto& call) {
            const auto done = [this, call](const auto& rotated) {
                if (!rotated)
                    return call->refuse({StatusCode::FAILED_PRECONDITION, rotated.error()});
                proto::RotateCertificateResponse out;
                *out.mutable_certificate() = certificate();
                out.set_is_kept(rotated->is_kept);
                call->answer(std::move(out));
            };
            if (text.empty())
                certificate_.read_again(done);
            else
                certificate_.take_certificate(text, done);
        });
}

}  // namespace gateway
