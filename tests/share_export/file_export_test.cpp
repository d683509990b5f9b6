#include "share_export/file_export.h"

#include <signal.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "log_fixture.h"
#include "share_export/archive_reader.h"
#include "support/child.h"

namespace share_export {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test_support::run_until;

class FileExportTest : public ExportTest {
  protected:
    FileExportTest() {
        char pattern[] = "/tmp/adit-export-XXXXXX";
        folder_ = ::mkdtemp(pattern);
        config_.how = {.reader = "export-files", .deliver_every = 20ms, .deliver_shares = 60};
        config_.archive.folder = folder_ / "shares";
        config_.archive.file_size_max = 4'000;
        std::ofstream{folder_ / "export.toml"}
            << "[export.files]\nfolder = \"shares\"\ndeliver_every = \"50ms\"\n"
               "deliver_shares = 20\n";
    }
    ~FileExportTest() override { fs::remove_all(folder_); }

    std::unique_ptr<FileExport> export_here(redis::Client& client) {
        auto made = std::make_unique<FileExport>(io_, clock_, client, partitions, config_, metrics_,
                                                 stage_);
        made->start();
        return made;
    }
    std::unique_ptr<test_support::Child> export_in_a_process() const {
        return std::make_unique<test_support::Child>(std::vector<std::string>{
            EXPORT_RUNNER, std::to_string(server_.port()), std::to_string(partitions),
            (folder_ / "export.toml").string()});
    }
    std::vector<ShareRow> exported() const {
        std::vector<ShareRow> rows;
        ArchiveReader reader{config_.archive.folder, {}};
        while (auto more = reader.next()) rows.insert(rows.end(), more->begin(), more->end());
        return rows;
    }
    void expect_the_ledger_once() { EXPECT_EQ(in_order(exported()), in_order(ledger_rows())); }
    bool has_all() {
        return run_until(io_, [&] { return is_all_acknowledged("export-files"); });
    }
    double metric(const std::string& line) {
        const auto text = metrics_.text();
        const auto at = text.find(line + " ");
        return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size() + 1));
    }

    fs::path folder_{};
    FileExportConfig config_{};
    service::Registry metrics_{"admin", "0"};
    service::Stage stage_{"export_files", 60s};
};

TEST_F(FileExportTest, DeliversTheLogAndWhatIsYetToCome) {
    write(50);
    const auto running = export_here(client_);
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
    write(30);
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
    EXPECT_EQ(metric("adit_admin_export_shares_total{sink=\"files\"}"),
              static_cast<double>(ledger_rows().size()));
    EXPECT_EQ(metric("adit_admin_export_up{sink=\"files\"}"), 1);
    EXPECT_LT(metric("adit_admin_export_behind_seconds{sink=\"files\"}"), 2);
    EXPECT_EQ(metric("adit_admin_export_failures_total{sink=\"files\"}"), 0);
    EXPECT_GT(archive_files(config_.archive.folder).size(), 1U) << "no file was ever full";
}

TEST_F(FileExportTest, HoldsTheLogUntilItIsOnDisk) {
    // The folder cannot be made: the log waits, and nothing is acknowledged.
    std::ofstream{folder_ / "shares"} << "in the way";
    const auto running = export_here(client_);
    write(20);
    ASSERT_TRUE(run_until(io_, [&] {
        return acknowledged(0, "export-files") == "required 0-0" &&
               metric("adit_admin_export_failures_total{sink=\"files\"}") > 1;
    }));
    EXPECT_EQ(metric("adit_admin_export_up{sink=\"files\"}"), 0);
    fs::remove(folder_ / "shares");
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
    EXPECT_EQ(metric("adit_admin_export_up{sink=\"files\"}"), 1);
}

/// kill -9 at any moment: while it reads, writes, syncs, rotates, acknowledges. Whatever it has on
/// the disk then says where it goes on.
TEST_F(FileExportTest, NeitherLosesNorDoublesAShareWhenItIsKilledAtAnyMoment) {
    write(100);
    for (int round = 0; round < 20; ++round) {
        const auto process = export_in_a_process();
        write(2 + below(12));
        io_.restart();
        io_.run_for(std::chrono::milliseconds{below(250)});
        process->signal(SIGKILL);
        ASSERT_EQ(process->wait(), 128 + SIGKILL) << process->output();
    }
    const auto last = export_in_a_process();
    ASSERT_TRUE(has_all()) << last->output();
    last->signal(SIGKILL);
    ASSERT_TRUE(last->wait().has_value());
    expect_the_ledger_once();
    EXPECT_GT(ledger_rows().size(), 200U);
}

TEST_F(FileExportTest, SurvivesARedisThatIsKilled) {
    const auto running = export_here(client_);
    for (int i = 0; i < 3; ++i) {
        write(20);
        io_.restart();
        io_.run_for(std::chrono::milliseconds{below(60)});
        server_.kill();
        server_.start();
        ASSERT_TRUE(run_until(io_, [&] { return client_.is_connected(); }));
    }
    write(5);
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
}

TEST_F(FileExportTest, SaysWhatWasTrimmedBeforeItCouldReadIt) {
    write(30);
    {
        const auto running = export_here(client_);
        ASSERT_TRUE(has_all());
    }
    const auto before = ledger_rows();
    // As after an operator unregistered it, and the log went on without it.
    for (std::uint32_t partition = 0; partition < partitions; ++partition)
        server_.run({"DEL", ledger::keys::readers(partition)});
    write(30);
    server_.run({"XTRIM", ledger::keys::log(0), "MAXLEN", "3"});
    const auto running = export_here(client_);
    ASSERT_TRUE(has_all());
    auto expected = ledger_rows();
    expected.insert(expected.end(), before.begin(), before.end());
    expected = in_order(expected);
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    EXPECT_EQ(in_order(exported()), expected);
    EXPECT_EQ(metric("adit_admin_export_gaps_total{sink=\"files\",kind=\"trimmed\"}"), 1);
    EXPECT_GT(metric("adit_admin_export_missing_bytes_total{sink=\"files\"}"), 0);
    EXPECT_NE(read_file(config_.archive.folder / gaps_file).find("\"trimmed\""), std::string::npos);
}

TEST_F(FileExportTest, SaysThatTheLedgerWentBack) {
    write(30);
    server_.remember_files();
    write(30);
    const auto running = export_here(client_);
    ASSERT_TRUE(has_all());
    server_.go_back_to_remembered_files();
    ASSERT_TRUE(run_until(io_, [&] { return client_.is_connected(); }));
    write(20);
    ASSERT_TRUE(has_all());
    EXPECT_GE(metric("adit_admin_export_gaps_total{sink=\"files\",kind=\"rollback\"}"), 1);
    std::set<std::tuple<std::uint32_t, EntryId, std::uint32_t>> seen;
    for (const auto& row : exported())
        EXPECT_TRUE(seen.emplace(row.partition, row.entry, row.index).second) << "twice";
    for (const auto& row : ledger_rows())
        EXPECT_TRUE(seen.contains({row.partition, row.entry, row.index}))
            << row.partition << " " << row.entry.text();
}

TEST_F(FileExportTest, RegistersAgainWhenItIsUnregisteredWhileItRuns) {
    const auto running = export_here(client_);
    write(10);
    ASSERT_TRUE(has_all());
    server_.run({"DEL", ledger::keys::readers(0), ledger::keys::readers(1)});
    write(10);
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
}

TEST_F(FileExportTest, StandsStillAtWhatItCannotRead) {
    write(10);
    auto strange = ledger::batch(9, 1, {});
    ASSERT_TRUE(commit(strange).has_value());
    const auto running = export_here(client_);
    ASSERT_TRUE(run_until(
        io_, [&] { return metric("adit_admin_export_stuck_partitions{sink=\"files\"}") == 1; }));
    EXPECT_FALSE(is_all_acknowledged("export-files"));
}

}  // namespace
}  // namespace share_export
