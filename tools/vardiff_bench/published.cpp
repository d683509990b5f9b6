// Algorithms in use elsewhere, written from their descriptions; none of their code.
#include "vardiff_bench/published.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include "vardiff_bench/algorithm.h"

namespace vardiff_bench {
namespace {

/// SRI "classic": looks once a minute, the more suspicious the longer ago the last change is.
class Sri final : public Algorithm {
  public:
    explicit Sri(double shares_per_minute) : wanted_(shares_per_minute) {}
    void open(double hashes_per_share) override { hash_rate_ = hashes_per_share * wanted_ / 60; }
    std::optional<double> on_share(double) override {
        ++shares_;
        return std::nullopt;
    }
    std::optional<double> on_tick(double now) override {
        const double since = now - changed_at_;
        if (since <= 15) return std::nullopt;
        const double realised = shares_ / (since / 60);
        double next = hash_rate_ * realised / wanted_;
        const double deviation = std::abs(next - hash_rate_) / hash_rate_ * 100;
        const bool is_change =
            deviation >= 100 || (deviation >= 60 && since >= 60) ||
            (deviation >= 50 && since >= 120) || (deviation >= 45 && since >= 180) ||
            (deviation >= 30 && since >= 240) || (deviation >= 15 && since >= 300);
        if (!is_change) return std::nullopt;
        if (shares_ == 0)
            next = hash_rate_ / (since <= 30 ? 1.5 : since < 60 ? 2 : 3);
        else if (deviation > 1000)
            next = hash_rate_ * (since <= 30 ? 10 : since < 60 ? 5 : 3);
        hash_rate_ = std::max(1.0, next);
        changed_at_ = now;
        shares_ = 0;
        return hash_rate_ * 60 / wanted_;
    }
    double tick() const override { return 60; }

  private:
    double wanted_;
    double hash_rate_{};
    double changed_at_{};
    double shares_{};
};

/// ckpool: an exponentially weighted mean over five minutes, looked at when a share comes.
class Ckpool final : public Algorithm {
  public:
    explicit Ckpool(double shares_per_minute)
        : optimal_(60 / shares_per_minute), shares_to_look_(4 * shares_per_minute) {}
    void open(double hashes_per_share) override { work_ = hashes_per_share; }
    std::optional<double> on_share(double now) override {
        rate_ = rate_ * std::exp(-(now - last_) / window) + work_ / window;
        last_ = now;
        if (first_ < 0) first_ = now;
        ++shares_;
        if (shares_ < shares_to_look_ && now - changed_at_ < 240) return std::nullopt;
        // What the mean lacks because it began at nothing.
        const double bias = std::max(1e-3, 1 - std::exp(-(now - first_) / window));
        const double rate = rate_ / bias;
        // 0.15 to 0.4 of what is 0.3 at eighteen a minute.
        const double of_wanted = rate / work_ * optimal_;
        if (of_wanted > 0.5 && of_wanted < 4.0 / 3) return std::nullopt;
        work_ = std::max(1.0, rate * optimal_);
        shares_ = 0;
        changed_at_ = now;
        return work_;
    }
    std::optional<double> on_tick(double) override { return std::nullopt; }
    double tick() const override { return 1e9; }

  private:
    static constexpr double window = 300;
    double optimal_;
    double shares_to_look_;
    double work_{};
    double rate_{};
    double last_{};
    double first_{-1};
    double shares_{};
    double changed_at_{};
};

/// DATUM: the mean interval since the last change, doubled or halved with the next job, which
/// comes every 40 s; a flood is answered at once.
class Datum final : public Algorithm {
  public:
    explicit Datum(double shares_per_minute) : interval_(60 / shares_per_minute) {}
    void open(double hashes_per_share) override { work_ = hashes_per_share; }
    std::optional<double> on_share(double now) override {
        ++shares_;
        if (pending_ || shares_ < 8 || now - since_ < 1) return std::nullopt;
        const double mean = (now - since_) / shares_;
        if (mean < interval_ / 8) {
            const double wanted = std::exp2(std::floor(std::log2(interval_ / mean)));
            return set(work_ * std::max(4.0, wanted), now);
        }
        adjust(mean, now);
        return std::nullopt;
    }
    std::optional<double> on_tick(double now) override {
        if (!pending_) {
            if (shares_ == 0) {
                if (now - since_ > 60) plan(0.5, now);
            } else if (now - since_ >= 1) {
                adjust((now - since_) / shares_, now);
            }
        }
        // What an earlier share has planned, or this look, goes out with the job.
        if (!pending_) return std::nullopt;
        const double factor = *pending_;
        pending_.reset();
        work_ = std::max(1.0, work_ * factor);
        return work_;
    }
    double tick() const override { return 40; }

  private:
    void adjust(double mean, double now) {
        if (mean > interval_ * 2)
            plan(0.5, now);
        else if (shares_ >= 16 && mean < interval_ / 2)
            plan(2, now);
    }
    void plan(double factor, double now) {
        pending_ = factor;
        shares_ = 0;
        since_ = now;
    }
    double set(double work, double now) {
        work_ = work;
        shares_ = 0;
        since_ = now;
        return work_;
    }
    double interval_;
    double work_{};
    double shares_{};
    double since_{};
    std::optional<double> pending_{};
};

/// btcpool: a window of fifteen minutes in steps of ten seconds, doubled or halved.
class Btcpool final : public Algorithm {
  public:
    explicit Btcpool(double shares_per_minute) : expected_(shares_per_minute * 15) {}
    void open(double hashes_per_share) override { work_ = hashes_per_share; }
    std::optional<double> on_share(double now) override {
        move_to(now);
        bins_.back() += 1;
        sum_ += 1;
        return look(now);
    }
    std::optional<double> on_tick(double now) override {
        move_to(now);
        return look(now);
    }
    double tick() const override { return 10; }

  private:
    void move_to(double now) {
        const auto bin = static_cast<long>(now / 10);
        for (; last_bin_ < bin; ++last_bin_) {
            bins_.push_back(0);
            if (bins_.size() > 90) {
                sum_ -= bins_.front();
                bins_.pop_front();
            }
        }
    }
    std::optional<double> scale(double by) {
        for (auto& bin : bins_) bin /= by;
        sum_ /= by;
        work_ *= by;
        return work_;
    }
    std::optional<double> look(double now) {
        const bool is_full = now >= 900;
        if (!is_full && now >= 60 && sum_ <= std::floor(now / 60) && work_ >= 2) return scale(0.5);
        if (sum_ > expected_ * 1.4) {
            std::optional<double> next;
            while (sum_ > expected_) next = scale(2);
            return next;
        }
        if (is_full && sum_ < expected_ * 0.4 && work_ >= 2) {
            std::optional<double> next;
            // An empty window says nothing about how far.
            do {
                next = scale(0.5);
            } while (sum_ > 0 && sum_ < expected_ * 0.4 && work_ >= 2);
            return next;
        }
        return std::nullopt;
    }
    double expected_;
    double work_{};
    std::deque<double> bins_ = std::deque<double>(1, 0.0);
    double sum_{};
    long last_bin_{};
};

}  // namespace

std::unique_ptr<Algorithm> make_published(Name name, double shares_per_minute) {
    switch (name) {
        case Name::sri: return std::make_unique<Sri>(shares_per_minute);
        case Name::ckpool: return std::make_unique<Ckpool>(shares_per_minute);
        case Name::datum: return std::make_unique<Datum>(shares_per_minute);
        case Name::btcpool: return std::make_unique<Btcpool>(shares_per_minute);
        case Name::ours: break;
    }
    return nullptr;
}

}  // namespace vardiff_bench
