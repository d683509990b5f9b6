#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/hex.h"
#include "bus/batch_builder.h"
#include "bus/codec.h"
#include "fuzz/noise_fixture.h"
#include "mining/records_testing.h"
#include "noise/key_text.h"
#include "sv1/notifications.h"
#include "sv1/responses.h"
#include "sv2/message_table.h"
#include "sv2/tlv.h"
#include "sv2/vectors.h"

// Writes the seeds of every corpus: `fuzz_seeds tests/fuzz/corpus`. Run it when a message is added;
// what the fuzzer has found since stands beside the seeds under other names.

namespace {

using base::Bytes;
using base::ByteView;

class Corpus {
  public:
    Corpus(const std::filesystem::path& root, const char* target) : folder_(root / target) {
        std::filesystem::create_directories(folder_);
    }
    void add(const std::string& name, std::initializer_list<Bytes> parts) {
        std::ofstream file{folder_ / ("seed-" + name), std::ios::binary};
        for (const auto& part : parts)
            file.write(reinterpret_cast<const char*>(part.data()),
                       static_cast<std::streamsize>(part.size()));
    }

  private:
    std::filesystem::path folder_;
};

Bytes one(std::size_t value) {
    return {static_cast<std::byte>(value)};
}
Bytes two(std::size_t value) {
    return {static_cast<std::byte>(value & 0xff), static_cast<std::byte>(value >> 8)};
}
Bytes hex(std::string_view text) {
    return base::from_hex(text).value();
}
Bytes text(std::string_view characters) {
    return base::to_bytes(characters);
}

std::string number(std::size_t value) {
    return (value < 10 ? "0" : "") + std::to_string(value);
}

void frames(Corpus corpus) {
    Bytes all;
    std::size_t count = 0;
    for (const auto vector : sv2::vectors::all) {
        corpus.add("vector-" + number(count++), {one(255), hex(vector)});
        base::append(all, hex(vector));
    }
    corpus.add("stream-in-bytes", {one(0), all});
    corpus.add("stream-in-pieces", {one(40), all});
    corpus.add("too-large", {one(7), hex("00001affffff00")});
    corpus.add("proxy-v1", {one(0), text("PROXY TCP4 192.0.2.1 10.0.0.1 12345 24250\r\n")});
    corpus.add("proxy-v1-unknown", {one(3), text("PROXY UNKNOWN what ever\r\n")});
    corpus.add("proxy-v2", {one(9), hex("0d0a0d0a000d0a515549540a2111000f"
                                        "c00002010a00000130395eba040000")});
    corpus.add("proxy-v2-v6", {one(1), hex("0d0a0d0a000d0a515549540a21210024"
                                           "20010db8000000000000000000000001"
                                           "20010db800000000000000000000000230395eba")});
    corpus.add("proxy-v2-local", {one(2), hex("0d0a0d0a000d0a515549540a20000000")});
    corpus.add("half-a-header", {one(1), hex("00001a18")});
}

void messages(Corpus corpus) {
    std::size_t index = 0;
    sv2::for_each_message([&]<class M>(std::type_identity<M>) {
        Bytes best;
        for (const auto vector : sv2::vectors::all) {
            const auto frame = hex(vector);
            const auto header = sv2::decode_header(ByteView{frame}.first<sv2::frame_header_size>());
            if (header.extension_type == M::info.extension_type() &&
                header.message_type == M::info.message_type && frame.size() > best.size())
                best = frame;
        }
        if (best.empty()) best = sv2::encode(M{});
        corpus.add("message-" + number(index),
                   {one(index), base::to_bytes(ByteView{best}.subspan(sv2::frame_header_size))});
        ++index;
    });
    Bytes tlvs;
    sv2::append_user_identity("Worker_001", tlvs);
    corpus.add("tlv", {one(index), tlvs});
    corpus.add("tlv-too-long", {one(index), hex("0200012100"), Bytes(33, std::byte{'w'})});
    corpus.add("tlv-big-endian", {one(index), hex("000201000a"), text("Worker_001")});
    corpus.add("tlv-truncated", {one(index), hex("0100000000"), hex("0200010a00"), text("Work")});
}

void handshakes(Corpus corpus) {
    const auto e = fuzz::ephemeral_of(0x11);
    const auto accepted =
        noise::Responder{fuzz::identity(), fuzz::ephemeral_of(0x22)}.accept(e.encoding.bytes);
    corpus.add("act1", {one(0), base::to_bytes(e.encoding.bytes)});
    corpus.add("act1-of-zeros", {one(0), Bytes(noise::act1_size)});
    corpus.add("act1-of-ones", {one(0), Bytes(noise::act1_size, std::byte{0xff})});
    corpus.add("act2", {one(1), base::to_bytes(accepted->act2)});
    corpus.add("act2-of-zeros", {one(1), Bytes(noise::act2_size)});
    corpus.add("act2-as-sent", {one(2)});
    for (const std::size_t at : {0U, 63U, 64U, 143U, 144U, 145U, 150U, 233U}) {
        Bytes difference(noise::act2_size);
        difference[at] = std::byte{1};
        corpus.add("act2-damaged-at-" + std::to_string(at), {one(2), difference});
    }
    auto certificate = noise::serialise(fuzz::identity().certificate);
    corpus.add("certificate", {one(3), base::to_bytes(certificate)});
    certificate[0] = std::byte{1};
    corpus.add("certificate-version-1", {one(3), base::to_bytes(certificate)});
}

void transports(Corpus corpus) {
    auto [client, server] = fuzz::connect();
    Bytes raw;
    const Bytes empty_frame(noise::frame_header_size);
    static_cast<void>(server.sealer.seal(empty_frame, raw));
    corpus.add("from-the-wrong-end", {one(0), raw});
    corpus.add("noise", {one(0), Bytes(300, std::byte{0x5a})});
    corpus.add("half-a-header", {one(0), Bytes(21)});
    corpus.add("share", {one(1), two(24), two(0xffff), two(0), one(0)});
    corpus.add("shares-in-bytes", {one(3), two(24), two(24), two(24), two(0), two(0), one(0)});
    corpus.add("empty", {one(2), two(0), two(0), two(4), two(0), one(0)});
    std::size_t count = 0;
    for (const auto size : {65519U, 65520U, 65535U})
        corpus.add("block-" + number(count++),
                   {one(2), two(size), two(1), two(1459), two(0), one(0)});
    for (const auto at : {0U, 21U, 22U, 61U, 62U, 100U})
        corpus.add("damaged-at-" + number(at),
                   {one(2), two(24), two(24), two(30), two(at), one(0x80)});
}

void key_texts(Corpus corpus) {
    const auto authority = noise::AuthorityPublicKey{fuzz::key_of(0x44).public_key()};
    const auto key = noise::authority_key_text(authority);
    corpus.add("base58", {one(0), text(key)});
    corpus.add("base58-damaged", {one(0), text("1" + key)});
    corpus.add("authority", {one(1), text(key)});
    corpus.add("authority-of-the-spec",
               {one(1), text("9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh")});
    corpus.add("secret", {one(2), text(noise::secret_key_text(fuzz::key_of(0x33)))});
    corpus.add("url", {one(3), text("stratum2+tcp://pool.example:34254/" + key)});
    corpus.add("url-ipv6", {one(3), text("stratum2+tcp://[2001:db8::1]:3333/" + key)});
    corpus.add("url-without-key", {one(3), text("stratum2+tcp://pool.example:34254")});
    const noise::IssuedCertificate issued{fuzz::identity().certificate,
                                          fuzz::identity().static_key.public_key(), authority};
    const auto certificate = noise::certificate_file(issued);
    corpus.add("kind", {one(4), text(certificate)});
    corpus.add("authority-secret-file",
               {one(5), text(noise::authority_secret_file(fuzz::key_of(0x44)).view())});
    corpus.add("authority-public-file", {one(6), text(noise::authority_public_file(authority))});
    corpus.add("gateway-secret-file",
               {one(7), text(noise::gateway_secret_file(fuzz::key_of(0x33)).view())});
    corpus.add("certificate-file", {one(8), text(certificate)});
    corpus.add("certificate-file-commented",
               {one(8), text("# ours\n\n" + certificate + "x = 1\n")});
}

template <class M>
Bytes from_miner(const M& message, ByteView tlvs = {}) {
    const auto frame = sv2::encode(message, tlvs);
    Bytes step{std::byte{6}, static_cast<std::byte>(frame.size())};
    base::append(step, frame);
    return step;
}

void sessions(Corpus corpus) {
    const auto grant = one(7);
    const auto refuse = hex("0101");
    const auto without_work = hex("0102");
    const auto refresh = one(2);
    const auto new_tip = one(3);
    const auto propose = hex("0405");
    const auto accept = hex("0500");
    const auto reject = hex("0501");
    sv2::U256 any_target{};
    any_target.fill(std::byte{0xff});
    const auto standard = from_miner(sv2::OpenStandardMiningChannel{.request_id = {1},
                                                                    .user_identity = "alice",
                                                                    .nominal_hash_rate = 1e6F,
                                                                    .max_target = any_target});
    const auto extended = from_miner(sv2::OpenExtendedMiningChannel{.request_id = {2},
                                                                    .user_identity = "bob",
                                                                    .nominal_hash_rate = 1e6F,
                                                                    .max_target = any_target,
                                                                    .min_extranonce_size = 8});
    const std::array<std::uint16_t, 2> ids{1, 2};
    const auto request = from_miner(sv2::RequestExtensions{
        .request_id = {9}, .requested_extensions = std::span<const std::uint16_t>{ids}});
    const auto share = from_miner(sv2::SubmitSharesStandard{.channel_id = {1},
                                                            .sequence_number = 1,
                                                            .job_id = {1},
                                                            .ntime = 1000,
                                                            .version = 0x20000000});
    const Bytes extranonce(8, std::byte{0x5a});
    const sv2::SubmitSharesExtended found{.channel_id = {1},
                                          .sequence_number = 1,
                                          .job_id = {1},
                                          .ntime = 1000,
                                          .version = 0x20000000,
                                          .extranonce = extranonce};
    Bytes worker;
    sv2::append_user_identity("Worker_001", worker);
    const Bytes long_worker = [] {
        auto tlv = hex("0200012100");
        tlv.resize(tlv.size() + 33, std::byte{'w'});
        return tlv;
    }();
    corpus.add("setup-from-the-miner",
               {one(0x80), from_miner(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                                           .min_version = 2,
                                                           .max_version = 2,
                                                           .flags = 0xffffffff})});
    corpus.add("no-setup", {one(0x80), standard});
    corpus.add("setup-twice", {one(0), from_miner(sv2::SetupConnection{})});
    corpus.add("standard",
               {one(0), standard, grant, share, accept, new_tip, share, refresh, reject});
    corpus.add("standard-jobs",
               {one(1), standard, standard, grant, extended, new_tip, share, accept});
    corpus.add("extended",
               {one(4), extended, grant, from_miner(found), accept, new_tip, from_miner(found)});
    corpus.add("group", {one(0), extended, extended, extended, grant, new_tip, refresh,
                         from_miner(sv2::CloseChannel{.channel_id = {4}}), new_tip});
    corpus.add("refused", {one(0), standard, refuse, standard, without_work, new_tip});
    corpus.add("target",
               {one(0), standard, grant, propose, propose, hex("0490"), new_tip, refresh,
                from_miner(sv2::UpdateChannel{
                    .channel_id = {1}, .nominal_hash_rate = 1e9F, .maximum_target = any_target})});
    corpus.add("closed", {one(0), standard, grant, from_miner(sv2::CloseChannel{.channel_id = {1}}),
                          share, new_tip, share, new_tip, share, accept});
    corpus.add("custom-job", {one(0), from_miner(sv2::SetCustomMiningJob{.channel_id = {1}})});
    corpus.add("extensions", {one(0), request, request, extended, grant, from_miner(found, worker),
                              from_miner(found), from_miner(found, long_worker), request});
    corpus.add("worker-not-agreed", {one(0), extended, grant, from_miner(found, worker)});
    corpus.add("misdirected",
               {one(0), from_miner(sv2::SetTarget{}), from_miner(sv2::NewTemplate{})});
}

void bus_frames(Corpus corpus) {
    const bus::Channel channel{.key = mining::some_record().channel,
                               .kind = mining::ChannelKind::extended,
                               .user_identity = "alice",
                               .extranonce_size = 8};
    bus::BatchBuilder builder{mining::Epoch{7}, bus::Partition{3}};
    builder.add_live_tip(mining::some_template().tip.prev_hash);
    builder.add_share({channel, mining::some_record(), mining::some_outputs()},
                      mining::some_share(), "worker");
    builder.add_event(bus::ChannelOpen{.key = channel.key, .user_identity = "alice", .peer = "p"});
    builder.add_event(
        bus::ChannelUpdate{channel.key, 1e12F, bitcoin::target_max(), "account", {7}});
    builder.add_event(bus::ChannelClose{channel.key, "by-miner"});
    builder.add_event(bus::TargetApplied{channel.key, bitcoin::target_max()});
    const auto batch = std::move(builder).finish(5);
    const auto frame = bus::encode(batch);
    const bus::Result result{
        .epoch = {7},
        .partition = {3},
        .sequence = 5,
        .verdicts = {{.error = {}, .difficulty = {1ULL << 32}, .solves_block = true},
                     {.error = mining::ShareError::stale_share}},
        .opens = {{.key = channel.key,
                   .error_code = "",
                   .target = bitcoin::target_max(),
                   .outputs = mining::some_outputs()}}};
    const bus::ToGateway to_gateway[] = {
        bus::Ready{.worker = {1}, .derivation_versions = {1, 2}, .partitions = 16, .credits = 64},
        bus::Goodbye{{1}},
        bus::Waiting{{1}, {2}, 3, bus::WaitsFor::templates},
        bus::Refused{{1}, {2}, 3, "epoch was reaped"},
        result,
        bus::ScanWaiting{{7}, 9, bus::WaitsFor::solution},
        bus::Scanned{{7}, 9, 1},
    };
    std::size_t count = 0;
    for (const auto& message : to_gateway)
        corpus.add("to-gateway-" + number(count++), {one(0), text(bus::encode(message))});
    corpus.add("hello", {one(1), text(bus::encode(bus::Hello{{7}, "no"}))});
    corpus.add("batch", {one(1), text(frame)});
    corpus.add("batch-truncated", {one(1), text(frame.substr(0, frame.size() / 2))});
    corpus.add("scan", {one(1), text(bus::encode(bus::Scan{9, batch}))});
    corpus.add("batch-of-the-log", {one(2), text(bus::decode_to_worker(frame)->batch_bytes)});
    corpus.add("result", {one(3), text(bus::encode_result(result))});
}

void lines(Corpus corpus) {
    const auto whole = one(0);
    corpus.add("cgminer",
               {whole, text("{\"id\": 0, \"method\": \"mining.configure\", \"params\": "
                            "[[\"version-rolling\"], {\"version-rolling.mask\": \"ffffffff\", "
                            "\"version-rolling.min-bit-count\": \"2\", "
                            "\"minimum-difficulty.value\": 2048}]}\n"
                            "{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": "
                            "[\"cgminer/4.11.1\", \"08000002\"]}\n"
                            "{\"id\": 2, \"method\": \"mining.authorize\", \"params\": "
                            "[\"bob.1\", \"x\"]}\n")});
    corpus.add("submit",
               {whole, text("{\"params\": [\"bob.1\", \"17\", \"00000001\", \"680be961\", "
                            "\"4107\", \"00800000\"], \"id\": 4, \"method\": "
                            "\"mining.submit\"}\n")});
    corpus.add("suggestions",
               {whole, text("{\"id\":1,\"method\":\"mining.suggest_difficulty\",\"params\":"
                            "[0.00015]}\r\n{\"id\":\"a\",\"method\":\"mining.suggest_target\","
                            "\"params\":[\"ffff0000\"]}\r\n{\"id\":null,\"method\":"
                            "\"mining.multi_version\",\"params\":[4]}\n")});
    corpus.add("bare",
               {one(3), text("{\"id\":1,\"method\":\"mining.ping\"}\n\n{\"method\":"
                             "\"mining.extranonce.subscribe\",\"params\":null}\n{\"id\":2,"
                             "\"method\":\"client.get_version\"}\n{\"id\":2,\"method\":"
                             "\"mining.get_transactions\"}\n{\"id\":3,\"method\":\"x\"}\n")});
    const Bytes coinbase(20, std::byte{0x5a});
    const bitcoin::Uint256 branch[] = {bitcoin::uint256_max()};
    std::string said;
    sv1::append_call(sv1::Notify{.job_id = "17",
                                 .coinbase1 = coinbase,
                                 .coinbase2 = coinbase,
                                 .merkle_branch = branch,
                                 .version = 0x20000000},
                     said);
    corpus.add("notify", {whole, text(said)});
    said.clear();
    sv1::append_call(sv1::SetDifficulty{1.5}, said);
    sv1::append_call(sv1::SetExtranonce{{{}, 4}, 4}, said);
    sv1::append_call(sv1::SetVersionMask{0x1fffe000}, said);
    sv1::append_call(sv1::Reconnect{"b.example", 3333, 5}, said);
    sv1::append_call(sv1::ShowMessage{"hello"}, said);
    corpus.add("notifications", {one(7), text(said)});
    said.clear();
    const auto id = sv1::Id::of(std::int64_t{1});
    sv1::append_result(id, true, said);
    sv1::append_error(id, sv1::ErrorCode::job_not_found, said);
    sv1::append_subscribed(id, {"5e55", coinbase, 4}, said);
    const std::string_view asked[] = {"version-rolling", "minimum-difficulty"};
    sv1::append_configured(id, {.extensions = asked}, {0x1fffe000, true, false}, said);
    corpus.add("responses", {one(255), text(said)});
    corpus.add("not-utf8", {whole, text("{\"id\":1,\"method\":\"\xff\"}\n")});
    corpus.add("deep", {whole, text("{\"id\":1,\"params\":[[[[[[[[[[]]]]]]]]]]}\n")});
    corpus.add("too-long", {one(1), Bytes(5000, std::byte{'x'}), text("\n")});
}

/// Settings, then steps as sv1_session_target.cpp reads them.
void sv1_sessions(Corpus corpus) {
    const auto steps = [](std::initializer_list<std::size_t> values) {
        Bytes bytes;
        for (const auto value : values) bytes.push_back(static_cast<std::byte>(value));
        return bytes;
    };
    const auto subscribe = steps({1, 1, 0});
    const auto authorize = steps({1, 3, 0});
    const auto terms = steps({3, 2, 12});
    const auto clean_job = steps({4, 6});
    const auto submit = steps({1, 8, 0, 7});
    const auto accepted = steps({5, 0});
    corpus.add("mine", {one(4), subscribe, authorize, terms, clean_job, submit, accepted});
    corpus.add("mine-in-coinbase1",
               {one(31), subscribe, authorize, terms, clean_job, submit, accepted});
    corpus.add("roll", {one(4), steps({1, 0, 0}), subscribe, authorize, terms, steps({4, 7}),
                        steps({1, 8, 1, 7}), steps({5, 3})});
    corpus.add("verdict-late", {one(4), subscribe, authorize, terms, clean_job, submit,
                                steps({6, 10}), steps({5, 1})});
    corpus.add("resume", {one(4), subscribe, authorize, terms, clean_job, steps({9}),
                          steps({1, 2, 0}), authorize, submit});
    corpus.add("refused", {one(3), subscribe, authorize, steps({3, 1}), authorize, terms});
    corpus.add("interrupted",
               {one(4), subscribe, authorize, terms, clean_job, steps({3, 0}), submit,
                steps({1, 5, 0}), steps({3, 2, 9}), clean_job, steps({6, 255})});
    corpus.add("keep-alive",
               {one(4), subscribe, authorize, terms, clean_job, steps({6, 255}), steps({7, 1}),
                steps({4, 4}), steps({7, 0}), steps({6, 5}), steps({8})});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        static_cast<void>(std::fprintf(stderr, "usage: fuzz_seeds CORPUS_FOLDER\n"));
        return EXIT_FAILURE;
    }
    const std::filesystem::path root{argv[1]};
    frames({root, "frame"});
    messages({root, "message"});
    handshakes({root, "handshake"});
    transports({root, "transport"});
    key_texts({root, "key_text"});
    sessions({root, "session"});
    bus_frames({root, "bus_codec"});
    lines({root, "sv1_line"});
    sv1_sessions({root, "sv1_session"});
    return EXIT_SUCCESS;
}
