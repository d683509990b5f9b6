#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "base/ip_network.h"
#include "edge/request_pace.h"
#include "sv1/line_reader.h"

namespace translator {

/// How long a miner may take for each step; the reasons stand with the defaults.
struct MinerDeadlines {
    /// From accept to the end of the PROXY header and of TLS' handshake: two round trips at most.
    std::chrono::milliseconds handshake{std::chrono::seconds{10}};
    /// From then to the first line. Firmware speaks at once; some wait for their hash boards.
    std::chrono::milliseconds first_line{std::chrono::seconds{30}};
    /// From the first line to `mining.subscribe`. Before it nobody can earn.
    std::chrono::milliseconds subscribe{std::chrono::seconds{60}};
    /// From the first byte of a line to its end. A line is one segment, nearly always.
    std::chrono::milliseconds line{std::chrono::seconds{30}};
    /// What the miner had to read at some time has not all been read so much later.
    std::chrono::milliseconds write_stall{std::chrono::seconds{30}};
};

/// What a stranger may cost; the reasons stand with the defaults.
struct FrontLimits {
    MinerDeadlines deadlines{};
    /// Connections from here begin with a PROXY protocol header; from nobody else's is one taken.
    std::vector<base::IpNetwork> proxies{};
    /// Below the descriptors that a process gets here.
    std::size_t connections_max{15'000};
    /// A farm behind one address stays below this; without it one host could take all of them.
    std::size_t connections_per_address_max{4'096};
    /// Connections that have not said a line yet; one more pushes out the oldest. Who means to mine
    /// speaks within a round trip, so these are scanners, probes and floods.
    std::size_t silent_max{2'048};
    std::size_t line_size_max{sv1::line_size_max_default};
    /// Unread output. A job is 2 to 12 KiB, and from a quarter of this on none of the same tip is
    /// added: what waits here would be stale when it is read.
    std::size_t send_queue_max{256 * 1024};
    /// Lines of one miner. A share every two seconds is much; before vardiff has found its target,
    /// a fast machine may find hundreds a second, and is read more slowly.
    edge::RequestPace::Limits lines{.per_second = 200, .burst = 400};
};

}  // namespace translator
