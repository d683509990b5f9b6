#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "edge/certificate_watch.h"
#include "edge/identity.h"
#include "gateway/front.h"
#include "miner.h"
#include "mining/records_testing.h"
#include "noise/key_text.h"
#include "support/loop.h"
#include "sv2/common_messages.h"
#include "sv2/mining_messages.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using test_support::run_until;
namespace fs = std::filesystem;

constexpr std::uint32_t start = 1'700'000'000;
constexpr std::uint32_t day = 24 * 3600;

noise::SecretKey key_of(int byte) {
    std::array<std::byte, 32> bytes{};
    bytes.fill(std::byte(byte));
    return noise::SecretKey::from_bytes(bytes).value();
}

/// Answers what a worker would: every channel is opened, every share accepted.
class FriendlyPool final : public ShareSink {
  public:
    bus::Partition partition_of(ConnectionId) const override { return {}; }
    bool is_full(bus::Partition) const override { return false; }
    void take(ConnectionId id, bus::Partition, const Effects& effects) override {
        for (const auto& share : effects.shares)
            later(
                [id, key = share.channel->key, sequence = share.share.sequence_number](
                    Session& session, Effects& out) {
                    session.on_verdict(key, sequence, {.difficulty = {1}}, out);
                    session.on_verdicts_end({}, out);
                },
                id);
        for (const auto& event : effects.events)
            if (const auto* open = std::get_if<bus::ChannelOpen>(&event))
                later(
                    [key = open->key](Session& session, Effects& out) {
                        session.on_open_outcome({.key = key,
                                                 .error_code = "",
                                                 .target = bitcoin::target_max(),
                                                 .outputs = mining::some_outputs()},
                                                out);
                    },
                    id);
    }

    boost::asio::io_context* loop = nullptr;
    std::unique_ptr<Front>* front = nullptr;

  private:
    template <class Act>
    void later(Act act, ConnectionId id) {
        boost::asio::post(*loop, [this, act, id] {
            if (auto* connection = (*front)->find(id)) connection->act(act);
        });
    }
};

/// A front with its keys in files, as a gateway has them, and miners on real sockets.
class CertificateReload : public testing::Test {
  protected:
    CertificateReload() {
        auto pattern = testing::TempDir() + "adit-certificate-XXXXXX";
        folder = ::mkdtemp(pattern.data());
        files.key_file = folder / "gateway.key";
        files.certificate_file = folder / "gateway.cert";
        files.check_interval = 20ms;
        write_key(key_of(0x33));
        certify(key_of(0x33), day);
        work.set_current(mining::some_template());
        pool.loop = &loop;
        pool.front = &front;
    }
    ~CertificateReload() override { fs::remove_all(folder); }

    void open() {
        watch = std::make_unique<edge::CertificateWatch>(files, clock,
                                                         edge::load_identity(files, clock), loop,
                                                         certificate_metrics(registry), health);
        front = std::make_unique<Front>(
            Front::Parts{loop, clock, random, watch->identity(), metrics, work},
            service::Endpoint{.host = "127.0.0.1", .port = 0}, FrontLimits{});
        front->open(pool, keys);
        watch->start();
    }

    void write_key(const noise::SecretKey& key, mode_t mode = 0600) const {
        write(files.key_file, noise::gateway_secret_file(key).view(), mode);
    }
    std::string certificate_text(const noise::SecretKey& key, std::uint32_t ends_in,
                                 int authority_byte = 0x44) const {
        const auto static_key = key.public_key();
        const auto by = key_of(authority_byte);
        const auto now = base::to_unix_seconds(clock.unix_now());
        return noise::certificate_file(
            {noise::sign_certificate(by, static_key, {start - day, now + ends_in},
                                     std::array<std::byte, 32>{}),
             static_key,
             {by.public_key()}});
    }
    void certify(const noise::SecretKey& key, std::uint32_t ends_in) const {
        write(files.certificate_file, certificate_text(key, ends_in));
    }
    static void write(const fs::path& file, std::string_view text, mode_t mode = 0644) {
        const auto fresh = file.string() + ".new";
        std::ofstream{fresh} << text;
        ::chmod(fresh.c_str(), mode);
        fs::rename(fresh, file);
    }

    std::unique_ptr<TestMiner> connect() {
        auto miner = std::make_unique<TestMiner>(front->port());
        miner->begin_handshake({key_of(0x44).public_key()}, random);
        EXPECT_TRUE(run_until(loop, [&] {
            return miner->finish_handshake(base::to_unix_seconds(clock.unix_now()));
        }));
        return miner;
    }
    /// With a channel and a job for it.
    std::unique_ptr<TestMiner> connect_and_mine() {
        auto miner = connect();
        miner->say(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                        .min_version = 2,
                                        .max_version = 2,
                                        .vendor = "test"});
        miner->say(sv2::OpenStandardMiningChannel{.user_identity = "u", .max_target = {}});
        wait_for(*miner, sv2::SetNewPrevHash::info.message_type);
        return miner;
    }
    void wait_for(TestMiner& miner, std::uint8_t type) {
        EXPECT_TRUE(
            run_until(loop, [&] { return testing::Value(miner.heard(), testing::Contains(type)); }))
            << "message type " << int{type};
    }
    /// A share of the first job of the only channel is sent and acknowledged.
    void expect_share_answered(TestMiner& miner) {
        miner.say(sv2::SubmitSharesStandard{.channel_id = {1},
                                            .sequence_number = ++sequence,
                                            .job_id = {1},
                                            .ntime = work.current()->tip.min_ntime,
                                            .version = work.current()->version});
        wait_for(miner, sv2::SubmitSharesSuccess::info.message_type);
    }

    std::uint64_t reloads(const char* result) {
        return registry.counters("adit_gateway_certificate_reloads_total", "known", {"result"})
            .with({result})
            .value();
    }
    double gauge(const char* name) { return registry.gauge(name, "known").value(); }
    void wait_for_reloads(const char* result, std::uint64_t count) {
        EXPECT_TRUE(run_until(loop, [&] { return reloads(result) >= count; }))
            << result << " " << count;
    }
    /// What is in the files now is refused, once, and the first certificate goes on for old and
    /// new connections.
    void expect_refused(TestMiner& old) {
        const auto ended = connect()->certificate().not_valid_after;
        wait_for_reloads("refused", 1);
        loop.run_for(100ms);
        EXPECT_EQ(reloads("refused"), 1U) << "said once";
        EXPECT_EQ(reloads("ok"), 0U);
        EXPECT_EQ(gauge("adit_gateway_certificate_files_good"), 0);
        EXPECT_EQ(connect()->certificate().not_valid_after, ended);
        EXPECT_EQ(connect()->static_key(), key_of(0x33).public_key());
        EXPECT_TRUE(health.is_ready()) << health.reason();
        expect_share_answered(old);
    }

    fs::path folder{};
    edge::CertificateFiles files{};
    boost::asio::io_context loop{1};
    base::ManualClock clock{base::UnixMicros{std::chrono::seconds{start}}};
    base::SeededRandom random{1};
    service::Registry registry{"gateway", "test"};
    service::Health health;
    Metrics metrics{registry};
    WorkBook work;
    FriendlyPool pool;
    ChannelKeys keys{mining::Epoch{1}};
    std::unique_ptr<edge::CertificateWatch> watch;
    std::unique_ptr<Front> front;
    std::uint32_t sequence = 0;
};

TEST_F(CertificateReload, ANewCertificateServesNewConnectionsAndOldOnesMineOn) {
    open();
    const auto old = connect_and_mine();
    expect_share_answered(*old);
    EXPECT_EQ(gauge("adit_gateway_certificate_expiry_timestamp_seconds"), start + day);

    certify(key_of(0x33), 30 * day);
    wait_for_reloads("ok", 1);
    const auto fresh = connect_and_mine();
    EXPECT_EQ(old->certificate().not_valid_after, start + day);
    EXPECT_EQ(fresh->certificate().not_valid_after, start + 30 * day);
    EXPECT_EQ(gauge("adit_gateway_certificate_expiry_timestamp_seconds"), start + 30 * day);
    expect_share_answered(*old);
    expect_share_answered(*fresh);
    EXPECT_EQ(front->connections(), 2U);
    loop.run_for(100ms);
    EXPECT_EQ(reloads("ok"), 1U) << "the same files are no reload";
}

TEST_F(CertificateReload, AHangupIsHeardAtOnce) {
    files.check_interval = 24h;
    open();
    const auto old = connect_and_mine();
    certify(key_of(0x33), 30 * day);
    std::raise(SIGHUP);
    wait_for_reloads("ok", 1);
    EXPECT_EQ(connect()->certificate().not_valid_after, start + 30 * day);
    expect_share_answered(*old);
}

TEST_F(CertificateReload, ALinkThatKubernetesTurnsBringsANewKeyAndCertificate) {
    const auto first = folder / "..first";
    const auto second = folder / "..second";
    const auto put = [&](const fs::path& into, int key_byte, std::uint32_t ends_in) {
        fs::create_directory(into);
        write(into / "gateway.key", noise::gateway_secret_file(key_of(key_byte)).view(), 0600);
        write(into / "gateway.cert", certificate_text(key_of(key_byte), ends_in));
    };
    put(first, 0x33, day);
    fs::create_symlink("..first", folder / "..data");
    for (const auto& file : {files.key_file, files.certificate_file}) {
        fs::remove(file);
        fs::create_symlink(fs::path{"..data"} / file.filename(), file);
    }
    open();
    const auto old = connect_and_mine();
    put(second, 0x55, 2 * day);
    fs::create_symlink("..second", folder / "..data_tmp");
    fs::rename(folder / "..data_tmp", folder / "..data");
    fs::remove_all(first);
    wait_for_reloads("ok", 1);
    const auto fresh = connect();
    EXPECT_EQ(fresh->static_key(), key_of(0x55).public_key());
    EXPECT_EQ(fresh->certificate().not_valid_after, start + 2 * day);
    EXPECT_EQ(reloads("refused"), 0U) << "never one file of each";
    expect_share_answered(*old);
}

TEST_F(CertificateReload, ACertificateOfAnotherKeyIsRefused) {
    open();
    const auto old = connect_and_mine();
    certify(key_of(0x55), 30 * day);
    expect_refused(*old);
}

TEST_F(CertificateReload, ACertificateThatHasExpiredIsRefused) {
    open();
    const auto old = connect_and_mine();
    clock.advance(100s);
    certify(key_of(0x33), std::uint32_t(-50));
    expect_refused(*old);
}

TEST_F(CertificateReload, ACertificateOfAnotherAuthorityIsRefused) {
    open();
    const auto old = connect_and_mine();
    write(files.certificate_file, certificate_text(key_of(0x33), 30 * day, 0x66));
    expect_refused(*old);
}

TEST_F(CertificateReload, AKeyThatOthersCanReadIsRefused) {
    open();
    const auto old = connect_and_mine();
    write_key(key_of(0x33), 0644);
    expect_refused(*old);
}

TEST_F(CertificateReload, AFileThatIsGoneIsRefused) {
    open();
    const auto old = connect_and_mine();
    fs::remove(files.certificate_file);
    expect_refused(*old);
}

TEST_F(CertificateReload, HalfAFileIsRefusedAndTakenWhenItIsWhole) {
    open();
    const auto old = connect_and_mine();
    const auto text = certificate_text(key_of(0x33), 30 * day);
    write(files.certificate_file, std::string_view{text}.substr(0, text.size() / 2));
    expect_refused(*old);
    write(files.certificate_file, text);
    wait_for_reloads("ok", 1);
    EXPECT_EQ(connect()->certificate().not_valid_after, start + 30 * day);
    EXPECT_EQ(gauge("adit_gateway_certificate_files_good"), 1);
    expect_share_answered(*old);
}

TEST_F(CertificateReload, AnExpiredCertificateMakesNotReadyAndTouchesNobody) {
    open();
    const auto old = connect_and_mine();
    clock.advance(std::chrono::seconds{day + 1});
    EXPECT_TRUE(run_until(loop, [&] { return !health.is_ready(); }));
    EXPECT_THAT(health.reason(), testing::HasSubstr("certificate: expired at 2023-11-15"));
    expect_share_answered(*old);
    EXPECT_EQ(front->connections(), 1U);
    certify(key_of(0x33), day);
    EXPECT_TRUE(run_until(loop, [&] { return health.is_ready(); }));
    EXPECT_EQ(connect()->certificate().not_valid_after, start + 2 * day + 1);
    expect_share_answered(*old);
}

}  // namespace
}  // namespace gateway
