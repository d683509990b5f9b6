#include "auditor/ledger_reader.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ledger/keys.h"
#include "share_log/follower.h"
#include "share_log/record.h"

namespace auditor {
namespace {

constexpr const char* page_size = "500";
constexpr std::uint32_t page_entries = 500;

class PartitionReader {
  public:
    PartitionReader(redis_session::Session& session, std::uint32_t partition, Audit& audit)
        : session_(session), partition_(partition), audit_(audit) {}

    /// False at the end of the log.
    bool read_page() {
        const auto key = ledger::keys::log(partition_);
        const auto raw =
            session_.command({"XRANGE", key, "(" + position_.id, "+", "COUNT", page_size});
        const auto page = share_log::to_page(raw, position_, page_entries);
        if (!page) throw std::runtime_error(fmt::format("{}: {}", key, page.error()));
        if (page->gap) say_gap(*page->gap);
        for (const auto& entry : page->entries) {
            const auto record = share_log::decode_record(entry.record, entry.duplicates);
            if (!record)
                throw std::runtime_error(
                    fmt::format("{} {}: not a record that we know", key, entry.position.id));
            audit_.add(*record);
            position_ = entry.position;
            ++records_;
        }
        if (page->unreadable_id)
            throw std::runtime_error(
                fmt::format("{} {}: not a record that we know", key, *page->unreadable_id));
        return !page->entries.empty();
    }
    std::size_t records() const { return records_; }
    const std::optional<std::string>& warning() const { return warning_; }

  private:
    void say_gap(const share_log::Gap& gap) {
        const auto what = gap.is_rollback
                              ? fmt::format("after entry {} it counts anew", position_.id)
                              : fmt::format("{} bytes of records are missing after entry {}",
                                            gap.bytes_missing, position_.id);
        if (position_ != share_log::Position{}) return audit_.add_missing(partition_, what);
        warning_ = fmt::format(
            "the log of partition {} was trimmed: {} bytes of records cannot be "
            "checked",
            partition_, gap.bytes_missing);
    }

    redis_session::Session& session_;
    std::uint32_t partition_;
    Audit& audit_;
    share_log::Position position_{};
    std::size_t records_ = 0;
    std::optional<std::string> warning_{};
};

}  // namespace

std::vector<std::string> read_ledger(const redis_session::Options& redis, Audit& audit,
                                     const std::function<void(std::size_t)>& on_progress) {
    redis_session::Session session{redis};
    std::vector<std::string> warnings;
    std::size_t records = 0;
    const auto partitions = session.partitions();
    for (std::uint32_t partition = 0; partition < partitions; ++partition) {
        PartitionReader reader{session, partition, audit};
        while (reader.read_page()) on_progress(records + reader.records());
        records += reader.records();
        if (reader.warning()) warnings.push_back(*reader.warning());
    }
    return warnings;
}

}  // namespace auditor
