#include "admin/gateway_rows.h"

#include <algorithm>
#include <chrono>

#include "admin/moments.h"
#include "base/bytes.h"
#include "base/hex.h"
#include "ledger/keys.h"
#include "mining/ids.h"
#include "noise/keys.h"

namespace admin {
namespace {

namespace control = adit::control::v1;
using adit::admin::v1::Connection;
using adit::admin::v1::Gateway;
using adit::admin::v1::Service;

constexpr std::string_view services = "services/";

Gateway::State state_of(Service::State process, const control::GetGatewayResponse& said) {
    switch (process) {
        case Service::STATE_NOT_ANSWERING:
        case Service::STATE_WEDGED:
        case Service::STATE_GONE: return Gateway::STATE_NOT_ANSWERING;
        default: break;
    }
    if (said.is_draining())
        return said.connections() == 0 ? Gateway::STATE_DRAINED : Gateway::STATE_DRAINING;
    return process == Service::STATE_READY ? Gateway::STATE_SERVING : Gateway::STATE_NOT_SERVING;
}

Connection::State state_of(control::Connection::State said) {
    switch (said) {
        case control::Connection::STATE_HANDSHAKE: return Connection::STATE_HANDSHAKE;
        case control::Connection::STATE_SETUP: return Connection::STATE_SETUP;
        case control::Connection::STATE_MINING: return Connection::STATE_MINING;
        case control::Connection::STATE_DRAINING: return Connection::STATE_DRAINING;
        default: return Connection::STATE_UNSPECIFIED;
    }
}

}  // namespace

std::string gateway_name(std::string_view service_name) {
    if (!service_name.starts_with(services)) return {};
    return "gateways/" + std::string{service_name.substr(services.size())};
}

Gateway gateway_row(std::string_view service_name, const ProcessState& state,
                    const control::GetGatewayResponse& said) {
    Gateway row;
    row.set_name(gateway_name(service_name));
    row.set_service(std::string{service_name});
    row.set_epoch(said.epoch());
    row.set_listen_address(said.listen_address());
    row.set_connections(said.connections());
    row.set_connections_max(said.connections_max());
    row.set_channels(said.channels());
    row.set_state(state_of(state.state(), said));
    row.set_draining_connections(said.draining_connections());
    if (!said.has_certificate()) return row;
    const auto& certificate = said.certificate();
    row.mutable_certificate_expire_time()->set_seconds(certificate.not_valid_after());
    row.set_static_key(base::to_hex(base::as_bytes(certificate.static_key())));
    noise::AuthorityPublicKey authority;
    if (certificate.authority_key().size() == authority.key.bytes.size()) {
        std::ranges::copy(base::as_bytes(certificate.authority_key()), authority.key.bytes.begin());
        row.set_authority_key(noise::authority_key_text(authority));
    }
    return row;
}

Connection connection_row(std::string_view gateway_name, const control::Connection& said) {
    Connection row;
    row.set_name(std::string{gateway_name} + "/connections/" + std::to_string(said.id()));
    row.set_peer_address(said.peer_address());
    *row.mutable_connect_time() = to_timestamp(said.connected_at_us());
    row.set_vendor(said.vendor());
    row.set_hardware_version(said.hardware_version());
    row.set_firmware(said.firmware());
    row.set_device_id(said.device_id());
    row.set_state(state_of(said.state()));
    row.set_channels(said.channels());
    for (const auto key : said.channel_keys())
        row.add_channel_names("channels/" + ledger::keys::channel_name(mining::ChannelKey{key}));
    row.set_unacknowledged_shares(said.unacknowledged_shares());
    row.set_unsent_bytes(said.unsent_bytes());
    const auto unsent = std::chrono::microseconds{said.unsent_us()};
    const auto whole = std::chrono::floor<std::chrono::seconds>(unsent);
    row.mutable_unsent_duration()->set_seconds(whole.count());
    row.mutable_unsent_duration()->set_nanos(
        static_cast<std::int32_t>((unsent - whole).count() * 1000));
    row.set_reading_paused(said.reading_paused());
    row.set_accepted_shares(said.accepted_shares());
    row.set_rejected_shares(said.rejected_shares());
    if (said.last_share_at_us() != 0)
        *row.mutable_last_share_time() = to_timestamp(said.last_share_at_us());
    return row;
}

}  // namespace admin
