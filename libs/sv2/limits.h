#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "sv2/frame.h"

/// What a peer may cost us, on one page. Each limit that is passed closes the connection, or
/// refuses the request, with a counted reason; other peers do not notice. Services take these as
/// the defaults of their configuration.
namespace sv2::limits {

using namespace std::chrono_literals;

// Time. A peer that is slower than this holds a socket and a buffer for nothing.

/// From accept to the end of the Noise handshake. It is two messages and one round trip; ten
/// seconds cover a satellite link with a lost packet or two.
inline constexpr std::chrono::seconds handshake_deadline = 10s;

/// From the handshake to SetupConnection, which the client sends without waiting for anything.
inline constexpr std::chrono::seconds setup_deadline = 10s;

/// From SetupConnection.Success to the first open channel (Sv2 5.3.2): proxies may wait for their
/// first device, but a connection without channels cannot earn.
inline constexpr std::chrono::seconds first_channel_deadline = 60s;

/// From the first byte of a frame to its last. A share is one segment; the largest legal frame of
/// a miner, 74 KiB, takes this long at 2.5 KiB/s.
inline constexpr std::chrono::seconds frame_deadline = 30s;

/// What the peer had to read at some time has not all been read so much later: it does not read, or
/// a byte now and then. Jobs that old are worthless anyway.
inline constexpr std::chrono::seconds write_stall_deadline = 30s;

/// A peer that dies without a FIN: TCP keep-alive finds it in about this time.
inline constexpr std::chrono::seconds keep_alive_deadline = 120s;

// Size of a payload, checked against the header before anything is read or allocated.

/// From a miner or proxy. The largest legal message is SetCustomMiningJob with 74,274 bytes.
inline constexpr std::size_t payload_from_miner_max = 128 * 1024;

/// From a mining server. The largest legal message is NewExtendedMiningJob: two parts of a
/// coinbase of up to 64 KiB each and a merkle path of 255 hashes, 139,253 bytes.
inline constexpr std::size_t payload_from_pool_max = 256 * 1024;

/// Template distribution and job declaration carry the transactions of whole blocks.
inline constexpr std::size_t payload_of_blocks_max = payload_size_max;

/// Whatever a header announces, memory follows the bytes that came: at most this much ahead.
inline constexpr std::size_t allocation_ahead_max = 256 * 1024;

// Number.

/// Channels of one connection: a translator or proxy may stand for a whole farm.
inline constexpr std::size_t channels_per_connection_max = 10'000;

/// Requests to open a channel that await their answer. A farm that reconnects sends thousands at
/// once; past this we stop reading the socket, so that TCP slows the peer down.
inline constexpr std::size_t pending_opens_per_connection_max = 1'000;

/// Requests of one connection in a second, other than shares of its channels: opens, updates, what
/// is answered with an error. More are not refused, the socket is read more slowly. A translator
/// asks for 10,000 channels in five seconds, and the ledger's pace (bus/paced_events.h) takes a
/// little longer; without a bound one peer that asks in a loop takes the CPU of all.
inline constexpr std::size_t requests_per_second_max = 2'000;
/// And so many at once: a farm of some hundred devices does not wait.
inline constexpr std::size_t requests_burst_max = 500;

/// Connections of one address. A farm behind one address runs a proxy or stays below this; without
/// it one host could use up the process's file descriptors (20,000).
inline constexpr std::size_t connections_per_address_max = 1'024;

/// Connections in their handshake, over all addresses: each holds a socket and may cost a
/// signature's worth of CPU. One more pushes out the oldest: an honest handshake is one round trip.
inline constexpr std::size_t handshakes_in_progress_max = 2'048;

/// Anomalies that are dropped before the connection is closed: unknown types, wrong direction,
/// wrong sub-protocol, wrong channel bits. Old peers cause a few; only a broken one causes more.
inline constexpr std::size_t anomalies_per_connection_max = 100;

/// Extensions in one RequestExtensions. The registry knows two.
inline constexpr std::size_t requested_extensions_max = 64;

/// Future jobs that a client keeps for one channel (the Rust reference keeps as many).
inline constexpr std::size_t future_jobs_per_channel_max = 16;

// Memory of one connection.

/// Bytes that wait to be read by the peer. From 64 KiB on superseded jobs are dropped; when a tip
/// change finds more than this, the connection is closed. An extended job with a large coinbase is
/// some 10 KiB.
inline constexpr std::size_t send_queue_max = 1024 * 1024;

/// And for each of its channels: a tip change is a NewMiningJob and a SetNewPrevHash of 87 and 86
/// sealed bytes for a standard channel, and two tips may come at once.
inline constexpr std::size_t send_queue_per_channel = 384;

/// What the kernel keeps in each direction, besides; it takes twice as much. Windows of this size
/// carry 1,500 shares/s over 200 ms, and without a bound Linux lets a peer that never reads hold
/// 4 MiB of ours, 6 MiB while we do not read it.
inline constexpr int kernel_receive_buffer = 64 * 1024;
inline constexpr int kernel_send_buffer = 128 * 1024;

/// All that a connection may hold: session, jobs, and buffers. 10,000 channels take some 10 MiB,
/// three rounds of new targets for each of them over three tips 20 MiB, the queue of a tip change
/// 10 MiB. More than this is a peer that asks for new work without doing any.
inline constexpr std::size_t memory_per_connection_max = 64 * 1024 * 1024;

/// What an idle connection with one channel may take in all (budget: see ARCHITECTURE.md).
inline constexpr std::size_t idle_connection_memory_max = 4 * 1024;

}  // namespace sv2::limits
