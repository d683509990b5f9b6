#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ledger/durability.h"
#include "redis/client.h"
#include "template/background.h"
#include "template/metrics.h"
#include "template/packer.h"
#include "template/template_disk.h"
#include "template/template_store.h"

namespace templates {

/// The templates of the recent tips in Redis, for whoever has missed the stream: the template in a
/// record that is there before miners work on it, its transactions right behind, each once
/// (packer.h). What Redis did not take, has lost, as by a failover, or has not confirmed to be with
/// its replicas is looked for soon, and stored again as long as this replica holds it; until it is
/// confirmed there is a copy on this replica's disk. Whatever goes wrong here costs only this.
///
/// Owned and called by the loop.
class Archive {
  public:
    struct Settings {
        /// How long a template that nobody keeps any more stays.
        std::chrono::milliseconds grace = std::chrono::minutes{10};
        /// When a template counts as stored.
        ledger::Durability durability{};
    };
    using OnStored = std::function<void()>;
    enum class LoadError {
        no_answer,  ///< Redis may have it, or the disk
        damaged,    ///< what it has is no such template
    };
    struct LoadFailure {
        LoadError kind{};
        std::string why{};
    };
    /// Nothing where neither has such a template.
    using OnLoaded = std::function<void(base::Result<std::optional<HeldTemplate>, LoadFailure>)>;

    /// `store` is what the replica holds; `compressor` is where transactions are compressed, and is
    /// waited for.
    Archive(boost::asio::io_context& loop, redis::Client& redis, TemplateStore& store,
            Background& compressor, TemplateDisk& disk, Metrics& metrics, Settings settings);
    /// Waits for what is being compressed.
    ~Archive();
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    /// This replica leads, and keeps in Redis what it holds, until end_epoch().
    void begin_epoch(mining::Epoch epoch);
    void end_epoch();

    /// Of this leader. `on_record` runs when Redis has the template, `on_whole` when it has the
    /// transactions too, where they are known, and its replicas have all; neither where it fails.
    void store(const HeldTemplate& held, OnStored on_record, OnStored on_whole);
    /// Of one that was stored without.
    void store_transactions(mining::TemplateRef ref) {
        enqueue(ref, [] {});
    }

    /// Redis has answered the last that it was asked: it is worth waiting for.
    bool is_answering() const { return redis_.is_connected() && is_answering_; }
    /// An answer that was waited for did not come.
    void on_late() { is_answering_ = false; }

    /// From this replica's disk or else from Redis, with its transactions where they are there.
    void load(mining::TemplateRef ref, OnLoaded on_loaded);
    /// From the disk alone, with its transactions. Nothing where it has none.
    using OnCopy = std::function<void(std::optional<HeldTemplate>)>;
    void load_copy(mining::TemplateRef ref, OnCopy on_copy);

  private:
    struct Job {
        mining::TemplateRef ref{};
        OnStored on_whole = [] {};
        std::uint32_t attempts = 0;
    };
    struct Encoded {
        std::string block_template{};
        std::vector<std::pair<std::string, std::string>> packs{};  ///< that are new
        std::vector<std::string> leans_on{};
        std::string places{};
    };
    using Confirmed = base::Result<redis::Replicated, redis::Error>;

    void enqueue(mining::TemplateRef ref, OnStored on_whole);
    void next_job();
    void write_packs(Encoded encoded);
    void write_record(Encoded encoded);
    void finish(bool is_replicated);
    void fail();
    void note(bool is_stored, const std::string& why);
    void doubt();
    void check();
    void on_checked(const std::vector<mining::TemplateRef>& refs, std::uint64_t doubts,
                    const Confirmed& answer);
    void on_all_confirmed(const std::vector<mining::TemplateRef>& refs);
    bool is_waiting(mining::TemplateRef ref) const;
    void note_lost(const std::vector<mining::TemplateRef>& refs, const redis::Reply& places);
    void check_later();
    HeldTemplate held(TemplateCopy copy);
    void load_from_redis(mining::TemplateRef ref, OnLoaded on_loaded);
    void on_record(mining::TemplateRef ref, const redis::Reply& reply, OnLoaded on_loaded);
    void decode(HeldTemplate held, std::vector<std::string> packs, std::string places,
                OnLoaded on_loaded);

    boost::asio::io_context& loop_;
    redis::Client& redis_;
    TemplateStore& store_;
    Background& compressor_;
    TemplateDisk& disk_;
    Metrics& metrics_;
    Settings settings_;
    Packer packer_{};
    std::optional<mining::Epoch> epoch_{};
    std::deque<Job> jobs_{};                  // the first one is being done
    std::deque<mining::TemplateRef> lost_{};  // by Redis, and no job yet
    /// Something may not be in Redis, or not with its replicas: until the next check.
    std::optional<std::chrono::milliseconds> doubt_{};
    std::uint64_t doubts_ = 0;
    bool is_busy_ = false;
    bool is_answering_ = false;
    bool is_warned_ = false;
    boost::asio::steady_timer check_timer_;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
