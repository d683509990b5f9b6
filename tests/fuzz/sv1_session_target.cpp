#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "fuzz/target.h"
#include "service/metrics.h"
#include "sv1/difficulty.h"
#include "sv1/parser.h"
#include "sv1/text.h"
#include "translator/miner_context.h"
#include "translator/miner_outlet.h"
#include "translator/miner_session.h"

// A miner's connection to the translator. The first byte chooses settings. Then steps, a byte each
// with what belongs to it: a line from the miner, or something that pools or time do. Whatever
// comes, what is said to the miner is SV1 in an order that firmware can follow, what is forwarded
// is a share of the channel, memory is bounded, and in the end nothing is left open.

namespace {

using namespace std::chrono_literals;
using namespace translator;

constexpr std::size_t memory_max = 64 * 1024;

class FuzzPools final : public Channels {
  public:
    explicit FuzzPools(const base::Clock& clock) : clock_(clock) {}

    ChannelHandle open(const OpenTerms& terms, ChannelListener& listener) override {
        fuzz::check(terms.min_extranonce_size > 0 && terms.min_extranonce_size <= 12,
                    "a channel is asked for as many bytes as a miner can roll");
        fuzz::check(terms.nominal_hash_rate_hps >= 0 && terms.nominal_hash_rate_hps < 1e26,
                    "a hash rate fits the wire");
        channels[++last_] = {&listener, terms.min_extranonce_size};
        return {last_};
    }
    void update(ChannelHandle channel, double hps, const bitcoin::Target&) override {
        fuzz::check(channels.contains(channel.value), "only what is open is changed");
        fuzz::check(hps >= 0 && hps < 1e26, "a hash rate fits the wire");
    }
    void close(ChannelHandle channel) override {
        fuzz::check(channels.erase(channel.value) == 1, "only what is open is closed");
    }
    std::optional<ShareTicket> submit(ChannelHandle channel, const ChannelShare& share) override {
        fuzz::check(channels.contains(channel.value), "only what is open takes shares");
        fuzz::check(share.extranonce.size() == channels.at(channel.value).size,
                    "a share has all of the rolled bytes");
        fuzz::check(share.worker.size() <= 32, "a worker fits its extension");
        if (takes_nothing) return std::nullopt;
        waiting.emplace_back(channel.value, ++last_ticket_);
        return ShareTicket{last_ticket_};
    }
    std::optional<base::SteadyTime::duration> verdict_time(ChannelHandle) const override {
        return usual;
    }
    std::optional<std::size_t> extranonce_size() const override { return known_size; }
    bool is_served() const override { return served; }
    base::SteadyTime unserved_since() const override { return clock_.steady_now() - 10s; }

    struct Channel {
        ChannelListener* listener{};
        std::size_t size{};
    };
    std::map<std::uint64_t, Channel> channels{};
    std::vector<std::pair<std::uint64_t, std::uint64_t>> waiting{};
    bool takes_nothing{};
    bool served{true};
    std::optional<base::SteadyTime::duration> usual{};
    std::optional<std::size_t> known_size{};

  private:
    const base::Clock& clock_;
    std::uint64_t last_{};
    std::uint64_t last_ticket_{};
};

class FuzzOutlet final : public MinerOutlet {
  public:
    std::string& lines() override { return text; }
    void flush_soon() override {}
    bool is_backed_up() const override { return backed_up; }
    void close(std::string_view reason) override {
        fuzz::check(!reason.empty() && !is_closed, "a connection is closed once, for a reason");
        is_closed = true;
    }
    std::string text{};
    bool backed_up{};
    bool is_closed{};
};

MinerSettings settings_of(unsigned bits) {
    MinerSettings settings;
    if ((bits & 1U) != 0) settings.prefix_in = PrefixIn::coinbase1;
    settings.identity_follows_user = (bits & 2U) != 0;
    settings.extranonce2_size = 1 + ((bits >> 2) & 7U);
    if ((bits & 32U) != 0) settings.rounding = sv1::Rounding::power_of_two;
    if ((bits & 64U) != 0) settings.version_mask = 0x1fffe000;
    if ((bits & 128U) != 0) settings.resume_within = 0ms;
    return settings;
}

/// What the miner has understood so far; it knows no more than the lines.
class Reader {
  public:
    void read(std::string_view text) {
        while (!text.empty()) {
            const auto end = text.find('\n');
            fuzz::check(end != std::string_view::npos, "lines are whole");
            read_line(text.substr(0, end));
            text.remove_prefix(end + 1);
        }
    }
    std::string job_id{"1"};
    std::string session{"0000000000000000"};
    std::size_t extranonce2_size{};
    std::uint32_t ntime{};

  private:
    void read_line(std::string_view line) {
        static sv1::Parser parser{64 * 1024};
        const auto message = parser.parse(line);
        fuzz::check(message.has_value(), "what is said is SV1");
        if (const auto* response = std::get_if<sv1::Response>(&*message)) {
            const auto* told = std::get_if<sv1::SubscribeResult>(&response->result);
            if (told == nullptr) return;
            is_subscribed_ = true;
            session = told->session_id;
            extranonce2_size = told->extranonce2_size;
            fuzz::check(told->extranonce1.size > 0, "cgminer refuses an empty extranonce1");
            return;
        }
        const auto& call = std::get<sv1::Request>(*message).call;
        fuzz::check(call.has_value(), "what is pushed is understood");
        fuzz::check(is_subscribed_, "nothing is pushed before subscribe's answer");
        if (std::holds_alternative<sv1::SetDifficulty>(*call))
            fuzz::check(!has_new_difficulty_, "one difficulty between two jobs");
        has_new_difficulty_ = std::holds_alternative<sv1::SetDifficulty>(*call) ||
                              (has_new_difficulty_ && !std::holds_alternative<sv1::Notify>(*call));
        has_difficulty_ = has_difficulty_ || has_new_difficulty_;
        if (const auto* changed = std::get_if<sv1::SetExtranonce>(&*call))
            extranonce2_size = changed->extranonce2_size;
        if (const auto* job = std::get_if<sv1::Notify>(&*call)) {
            fuzz::check(has_difficulty_, "a job has a difficulty");
            fuzz::check(job_id != job->job_id || job_id == "1", "a job's id is new");
            job_id = job->job_id;
            ntime = job->ntime;
        }
    }
    bool is_subscribed_{};
    bool has_difficulty_{};
    bool has_new_difficulty_{};
};

class Translator {
  public:
    explicit Translator(unsigned bits) : settings_(settings_of(bits)) { connect(); }
    ~Translator() {
        hang_up();
        clock_.advance(1h);
        context_.on_time();
        fuzz::check(pools_.channels.empty(), "no channel is left open");
    }
    Translator(const Translator&) = delete;
    Translator& operator=(const Translator&) = delete;

    void step(fuzz::Script& script) {
        switch (script.byte() % 10) {
            case 0: say(base::as_string_view(script.take(script.u16()))); break;
            case 1:
            case 2: say_usual(script); break;
            case 3: pool(script); break;
            case 4: give_job(script.byte()); break;
            case 5: verdict(script.byte()); break;
            case 6: pass(std::chrono::milliseconds{script.byte() * 200}); break;
            case 7: outlet_->backed_up = script.byte() % 2 != 0; break;
            case 8: session_->ask_to_leave(); break;
            default: hang_up(); connect();
        }
        listen();
    }

  private:
    void connect() {
        outlet_ = std::make_unique<FuzzOutlet>();
        session_ = std::make_unique<MinerSession>(context_, *outlet_, "fuzz");
        const auto session = reader_.session;
        reader_ = {};
        reader_.session = session;
    }
    void hang_up() {
        session_->on_end();
        session_.reset();
    }
    void listen() {
        reader_.read(std::exchange(outlet_->text, {}));
        fuzz::check(session_->memory() < memory_max, "memory is bounded");
        static_cast<void>(session_->status());
    }
    void say(std::string_view line) {
        static sv1::Parser parser;
        const auto copy = base::to_bytes(line);
        const auto message = parser.parse(base::as_string_view(copy));
        if (message)
            session_->on_line(*message);
        else
            session_->on_bad_line(message.error());
    }
    /// What firmware says, with bits of it left to the script.
    void say_usual(fuzz::Script& script) {
        const auto kind = script.byte() % 12;
        const auto bits = script.byte();
        const std::string user = bits % 3 == 0 ? "bob.1" : bits % 3 == 1 ? "bob.2" : "eve";
        switch (kind) {
            case 0:
                return say(R"({"id":1,"method":"mining.configure","params":[["version-rolling",)"
                           R"("minimum-difficulty"],{"version-rolling.mask":"1fffe0)" +
                           hex_digits(bits) + R"(","minimum-difficulty.value":)" +
                           std::to_string(bits) + "}]}");
            case 1: return say(R"({"id":2,"method":"mining.subscribe","params":["NiceHash/1"]})");
            case 2:
                return say(R"({"id":2,"method":"mining.subscribe","params":["x",")" +
                           reader_.session + R"("]})");
            case 3:
            case 4:
                return say(R"({"id":"a","method":"mining.authorize","params":[")" + user +
                           R"(","d=)" + std::to_string(bits) + R"("]})");
            case 5: return say(R"({"id":3,"method":"mining.extranonce.subscribe"})");
            case 6:
                return say(R"({"id":4,"method":"mining.suggest_difficulty","params":[)" +
                           std::to_string(bits) + "]}");
            case 7: return say(R"({"method":"mining.ping"})");
            default: return submit(user, bits, script.byte());
        }
    }
    static std::string hex_digits(unsigned bits) {
        constexpr std::string_view digits = "0123456789abcdef";
        return {digits[bits >> 4 & 15U], digits[bits & 15U]};
    }
    void submit(const std::string& user, unsigned bits, unsigned nonce) {
        std::string line = R"({"id":5,"method":"mining.submit","params":[")" + user + "\",\"" +
                           reader_.job_id + "\",\"";
        for (std::size_t i = 0; i < reader_.extranonce2_size; ++i) line += hex_digits(bits);
        line += R"(",")";
        sv1::append_hex32(reader_.ntime, line);
        line += R"(",")" + hex_digits(nonce) + "\"";
        if (bits % 2 != 0) line += R"(,"00)" + hex_digits(bits) + R"(2000")";
        say(line + "]}");
    }

    ChannelListener* some_listener(unsigned which) {
        if (pools_.channels.empty()) return nullptr;
        auto channel = pools_.channels.begin();
        std::advance(channel, which % pools_.channels.size());
        handle_ = channel->first;
        return channel->second.listener;
    }
    void pool(fuzz::Script& script) {
        const auto what = script.byte();
        pools_.takes_nothing = (what & 16U) != 0;
        pools_.served = (what & 32U) == 0;
        if ((what & 64U) != 0) pools_.usual = (what & 128U) != 0 ? 2s : 100ms;
        auto* const listener = some_listener(what >> 4);
        if (listener == nullptr) return;
        if (what % 4 == 0) return listener->on_interrupted();
        if (what % 8 == 1) {
            pools_.channels.erase(handle_);
            constexpr std::string_view codes[] = {"unknown-user", "min-extranonce-size-too-large",
                                                  "max-target-out-of-range", "\xff"};
            return listener->on_refused(codes[what >> 6]);
        }
        auto& size = pools_.channels.at(handle_).size;
        const auto granted = script.byte();
        if (granted < 16) pools_.known_size = size = granted;
        prefix_ = std::make_shared<const base::Bytes>(granted % 17U, std::byte{0xaa});
        listener->on_terms({.extranonce_prefix = prefix_,
                            .extranonce_size = size,
                            .target = bitcoin::target_max(),
                            .is_version_fixed = (granted & 128U) != 0});
    }
    /// Only where there are terms: before them no pool has a job.
    void give_job(unsigned bits) {
        auto* const listener = some_listener(bits >> 4);
        if (listener == nullptr || prefix_ == nullptr) return;
        auto parts = std::make_shared<JobParts>();
        parts->version = 0x20000000;
        parts->may_roll_version = (bits & 1U) != 0;
        parts->coinbase_prefix.resize(bits, std::byte{1});
        parts->coinbase_suffix.resize(40, std::byte{2});
        if ((bits & 2U) != 0 || tip_ == nullptr)
            tip_ = std::make_shared<const Tip>(
                Tip{.prev_hash = {{.bytes = {static_cast<std::uint8_t>(++tips_)}}},
                    .nbits = 0x1d00ffff,
                    .min_ntime = 1'700'000'000,
                    .since = clock_.steady_now()});
        listener->on_job({.id = ++last_job_,
                          .parts = parts,
                          .tip = tip_,
                          .min_ntime = tip_->min_ntime,
                          .target = sv1::target_of((bits & 4U) != 0 ? 1e-9 : bits + 0.5),
                          .extranonce_prefix = prefix_,
                          .extranonce_size = pools_.channels.at(handle_).size,
                          .is_clean = (bits & 2U) != 0});
    }
    void verdict(unsigned bits) {
        if (pools_.waiting.empty()) return;
        const auto [channel, ticket] = pools_.waiting.front();
        pools_.waiting.erase(pools_.waiting.begin());
        const auto open = pools_.channels.find(channel);
        if (open == pools_.channels.end()) return;
        open->second.listener->on_verdict({ticket}, static_cast<Verdict>(bits % 6), "a\ncode");
    }
    void pass(std::chrono::milliseconds time) {
        clock_.advance(time);
        context_.on_time();
        session_->on_tick();
    }

    MinerSettings settings_;
    base::ManualClock clock_{};
    base::SeededRandom random_{7};
    FuzzPools pools_{clock_};
    static MinerMetrics& metrics() {
        static service::Registry registry{"translator", "fuzz"};
        static MinerMetrics all{registry};
        return all;
    }
    MinerContext context_{pools_, settings_, metrics(), random_, clock_};
    std::unique_ptr<FuzzOutlet> outlet_{};
    std::unique_ptr<MinerSession> session_{};
    Reader reader_{};
    std::shared_ptr<const base::Bytes> prefix_{};
    std::shared_ptr<const Tip> tip_{};
    std::uint64_t handle_{};
    std::uint64_t last_job_{};
    unsigned tips_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script{fuzz::view(data, size)};
    static const bool is_quiet = [] {
        base::configure_log("fuzz", base::LogLevel::error, base::LogFormat::key_value);
        return true;
    }();
    static_cast<void>(is_quiet);
    Translator translator{script.byte()};
    while (!script.is_empty()) translator.step(script);
    return 0;
}
