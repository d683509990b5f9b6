#include "loadgen/misbehaviour.h"

#include <algorithm>
#include <utility>

namespace loadgen {
namespace {

using namespace std::chrono_literals;
using Wish = Peer::Wish;

// What nobody takes is not gathered without end.
constexpr std::size_t unsent_max = 256 * 1024;
constexpr auto again_after = 1000ms;
constexpr auto tick = 20ms;

/// Counts what it does; answers are thrown away.
class Misbehaving : public Peer {
  public:
    Misbehaving(Misbehaviour kind, Statistics& statistics)
        : deeds_(statistics.hostile[std::string{name_of(kind)}]) {
        ++deeds_.peers;
    }

    Wish on_connected(base::SteadyTime now, std::string& out) override {
        ++deeds_.connections;
        is_connected_ = true;
        begin(now, out);
        return Wish::stay;
    }
    Wish on_bytes(std::span<std::byte>, base::SteadyTime, std::string&) override {
        return Wish::stay;
    }
    Wish on_due(base::SteadyTime now, std::string& out) override {
        go_on(now, out);
        return Wish::stay;
    }
    base::SteadyTime due() const override { return due_; }
    std::chrono::milliseconds on_lost(std::string_view, base::SteadyTime) override {
        if (is_connected_) ++deeds_.closed;
        is_connected_ = false;
        due_ = never;
        return again_after;
    }
    std::chrono::milliseconds on_left(base::SteadyTime) override { return again_after; }

  protected:
    virtual void begin(base::SteadyTime now, std::string& out) = 0;
    virtual void go_on(base::SteadyTime, std::string&) {}
    void say(std::string_view line, std::string& out) {
        out.append(line).push_back('\n');
        ++deeds_.lines;
    }

    base::SteadyTime due_ = never;

  private:
    Statistics::Deeds& deeds_;
    bool is_connected_ = false;
};

std::string subscribe_line() {
    return R"({"id":1,"method":"mining.subscribe","params":["loadgen/0"]})";
}
std::string authorize_line(const std::string& user) {
    return R"({"id":2,"method":"mining.authorize","params":[")" + user + R"(","x"]})";
}
constexpr std::string_view ping_line = R"({"id":3,"method":"mining.ping","params":[]})";

class NeverReads final : public Misbehaving {
  public:
    NeverReads(std::string user, Statistics& statistics)
        : Misbehaving(Misbehaviour::never_reads, statistics), user_(std::move(user)) {}
    bool is_reading() const override { return false; }
    bool has_little_window() const override { return true; }

  private:
    void begin(base::SteadyTime now, std::string& out) override {
        say(subscribe_line(), out);
        say(authorize_line(user_), out);
        due_ = now + tick;
    }
    void go_on(base::SteadyTime now, std::string& out) override {
        due_ = now + tick;
        for (int i = 0; i < 4 && out.size() < unsent_max; ++i) say(ping_line, out);
    }
    std::string user_;
};

class HalfLines final : public Misbehaving {
  public:
    HalfLines(std::string user, Statistics& statistics, base::Random& random)
        : Misbehaving(Misbehaviour::half_lines, statistics),
          user_(std::move(user)),
          random_(random) {}

  private:
    void begin(base::SteadyTime now, std::string& out) override {
        count_ = 0;
        rest_.clear();
        go_on(now, out);
    }
    void go_on(base::SteadyTime now, std::string& out) override {
        due_ = now + 100ms + std::chrono::milliseconds{random_.next_u64() % 1000};
        if (!rest_.empty()) return say(std::exchange(rest_, std::string{}), out);
        ++count_;
        const auto line = count_ == 1   ? subscribe_line()
                          : count_ == 2 ? authorize_line(user_)
                                        : std::string{ping_line};
        const auto at = 1 + random_.next_u64() % (line.size() - 1);
        out.append(line, 0, at);
        if (count_ % 5 == 0)
            due_ = never;  // and nothing follows
        else
            rest_ = line.substr(at);
    }
    std::string user_;
    base::Random& random_;
    std::string rest_{};
    std::uint64_t count_ = 0;
};

class Floods final : public Misbehaving {
  public:
    Floods(std::string user, double lines_per_second, Statistics& statistics, base::Random& random)
        : Misbehaving(Misbehaviour::floods, statistics),
          user_(std::move(user)),
          each_tick_(lines_per_second * std::chrono::duration<double>(tick).count()),
          random_(random) {}

  private:
    void begin(base::SteadyTime now, std::string& out) override {
        has_garbage_ = !has_garbage_;
        say(subscribe_line(), out);
        say(authorize_line(user_), out);
        due_ = now + tick;
    }
    void go_on(base::SteadyTime now, std::string& out) override {
        due_ = now + tick;
        for (owed_ += each_tick_; owed_ >= 1; owed_ -= 1)
            if (out.size() < unsent_max) say(next_line(), out);
    }
    std::string next_line() {
        const auto number = std::to_string(++count_);
        switch (random_.next_u64() % (has_garbage_ ? 5 : 4)) {
            case 4: return "}{ garbage " + number;
            case 0: return R"({"id":)" + number + R"(,"method":"mining.nothing","params":[1,2]})";
            case 1: return R"({"id":)" + number + R"(,"method":"mining.submit","params":[]})";
            case 2: return R"({"id":)" + number + R"(,"method":"mining.ping","params":[]})";
            default:
                return R"({"id":)" + number + R"(,"method":"mining.submit","params":[")" + user_ +
                       R"(","no-such-job-)" + number +
                       R"(","0000000000000000","60000000","00000000"]})";
        }
    }
    std::string user_;
    double each_tick_;
    double owed_ = 0;
    bool has_garbage_ = true;
    base::Random& random_;
    std::uint64_t count_ = 10;
};

class Silent final : public Misbehaving {
  public:
    explicit Silent(Statistics& statistics) : Misbehaving(Misbehaviour::silent, statistics) {}

  private:
    void begin(base::SteadyTime, std::string&) override {}
};

}  // namespace

std::string_view name_of(Misbehaviour kind) {
    switch (kind) {
        case Misbehaviour::never_reads: return "never-reads";
        case Misbehaviour::half_lines: return "half-lines";
        case Misbehaviour::floods: return "floods";
        case Misbehaviour::silent: return "silent";
    }
    return "";
}

std::string_view text_of(Misbehaviour kind) {
    switch (kind) {
        case Misbehaviour::never_reads: return "goes on asking and never reads its socket";
        case Misbehaviour::half_lines: return "sends lines in halves; every fifth never ends";
        case Misbehaviour::floods:
            return "sends lines without end, and garbage on every other connection";
        case Misbehaviour::silent: return "connects and says nothing";
    }
    return "";
}

std::unique_ptr<Peer> misbehaving(Misbehaviour kind, std::string user, double lines_per_second,
                                  Statistics& statistics, base::Random& random) {
    switch (kind) {
        case Misbehaviour::never_reads:
            return std::make_unique<NeverReads>(std::move(user), statistics);
        case Misbehaviour::half_lines:
            return std::make_unique<HalfLines>(std::move(user), statistics, random);
        case Misbehaviour::floods:
            return std::make_unique<Floods>(std::move(user), lines_per_second, statistics, random);
        case Misbehaviour::silent: return std::make_unique<Silent>(statistics);
    }
    return nullptr;
}

}  // namespace loadgen
