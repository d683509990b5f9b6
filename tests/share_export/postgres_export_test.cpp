#include "share_export/postgres_export.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "log_fixture.h"
#include "postgres_server.h"
#include "share_export/columns.h"
#include "share_export/row_text.h"
#include "support/child.h"

namespace share_export {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test_support::run_until;

class PostgresExportTest : public ExportTest {
  protected:
    void SetUp() override {
        if (const auto why = PostgresServer::why_not(); !why.empty()) GTEST_SKIP() << why;
        postgres_ = std::make_unique<PostgresServer>();
        config_.how = {.reader = "export-postgresql", .deliver_every = 20ms, .deliver_shares = 40};
        config_.address = {.port = postgres_->port(), .database = "postgres", .user = "postgres"};
        config_.address.timeout = 2s;
    }

    std::unique_ptr<PostgresExport> export_here(redis::Client& client) {
        auto made = std::make_unique<PostgresExport>(io_, clock_, client, partitions, config_,
                                                     metrics_, stage_);
        made->start();
        return made;
    }
    std::unique_ptr<test_support::Child> export_in_a_process() const {
        const auto file = postgres_->folder() / "export.toml";
        std::ofstream{file} << "[export.postgresql]\naddress = \"127.0.0.1:" << postgres_->port()
                            << "\"\ndatabase = \"postgres\"\nuser = \"postgres\"\n"
                               "deliver_every = \"50ms\"\ndeliver_shares = 20\n";
        return std::make_unique<test_support::Child>(
            std::vector<std::string>{EXPORT_RUNNER, std::to_string(server_.port()),
                                     std::to_string(partitions), file.string()});
    }
    PostgresConnection::Rows ask(const std::string& sql) {
        PostgresConnection connection{io_, config_.address};
        using Asked = base::Result<PostgresConnection::Rows, std::string>;
        const auto connected =
            await<Asked>([&](auto done) { connection.connect(std::move(done)); });
        if (!connected) throw std::runtime_error(connected.error());
        auto answer = await<Asked>([&](auto done) { connection.query(sql, std::move(done)); });
        if (!answer) throw std::runtime_error(answer.error());
        return *std::move(answer);
    }
    /// What the table has, as a CSV of the same columns would.
    std::vector<ShareRow> exported() {
        std::vector<ShareRow> rows;
        LineReader reader{TextFormat::csv};
        auto header = header_line(TextFormat::csv);
        header.pop_back();
        EXPECT_TRUE(reader.read(header).has_value());
        std::string fields;
        for (const auto& column : columns()) {
            if (!fields.empty()) fields += ",";
            const std::string name = "\"" + std::string{column.name} + "\"";
            if (column.kind == ColumnKind::hex)
                fields += "encode(" + name + ",'hex')";
            else if (column.kind == ColumnKind::time)
                fields +=
                    "to_char(" + name + " at time zone 'UTC','YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
            else if (column.kind == ColumnKind::boolean)
                fields += name + "::text";
            else
                fields += name;
        }
        for (const auto& row : ask("SELECT " + fields + " FROM adit.shares")) {
            std::string line;
            for (const auto& field : row) {
                if (&field != &row.front()) line.push_back(',');
                line.push_back('"');
                for (const char c : field.value_or("")) {
                    if (c == '"') line.push_back('"');
                    line.push_back(c);
                }
                line.push_back('"');
            }
            const auto read = reader.read(line);
            EXPECT_TRUE(read.has_value()) << read.error();
            if (read && *read) rows.push_back(**read);
        }
        return rows;
    }
    void expect_the_ledger_once() { EXPECT_EQ(in_order(exported()), in_order(ledger_rows())); }
    bool has_all() {
        return run_until(io_, [&] { return is_all_acknowledged("export-postgresql"); });
    }
    double metric(const std::string& line) {
        const auto text = metrics_.text();
        const auto at = text.find(line + " ");
        return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size() + 1));
    }

    std::unique_ptr<PostgresServer> postgres_{};
    PostgresExportConfig config_{};
    service::Registry metrics_{"admin", "0"};
    service::Stage stage_{"export_postgresql", 60s};
};

TEST_F(PostgresExportTest, DeliversTheLogAndWhatIsYetToCome) {
    write(40);
    const auto running = export_here(client_);
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
    write(20);
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
    const auto days =
        ask("SELECT count(*) FROM pg_inherits WHERE inhparent = 'adit.shares'::regclass");
    EXPECT_GE(std::stoi(*days[0][0]), 1);
    EXPECT_EQ(metric("adit_admin_export_up{sink=\"postgresql\"}"), 1);
}

TEST_F(PostgresExportTest, NeitherLosesNorDoublesAShareWhenItIsKilledAtAnyMoment) {
    write(60);
    for (int round = 0; round < 12; ++round) {
        const auto process = export_in_a_process();
        write(2 + below(8));
        io_.restart();
        io_.run_for(std::chrono::milliseconds{below(250)});
        process->signal(SIGKILL);
        ASSERT_EQ(process->wait(), 128 + SIGKILL) << process->output();
    }
    const auto last = export_in_a_process();
    ASSERT_TRUE(has_all()) << last->output();
    expect_the_ledger_once();
}

TEST_F(PostgresExportTest, SurvivesAServerThatIsKilled) {
    const auto running = export_here(client_);
    for (int round = 0; round < 3; ++round) {
        write(15);
        io_.restart();
        io_.run_for(std::chrono::milliseconds{below(100)});
        postgres_->kill();
        write(3);
        io_.restart();
        io_.run_for(100ms);
        postgres_->start();
    }
    write(3);
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
    EXPECT_GT(metric("adit_admin_export_failures_total{sink=\"postgresql\"}"), 0);
    EXPECT_EQ(metric("adit_admin_export_up{sink=\"postgresql\"}"), 1);
}

TEST_F(PostgresExportTest, TwoAtOnceDeliverEachShareOnce) {
    redis::HiredisClient other{io_, config_for(server_), clock_, random_};
    const auto one = export_here(client_);
    const auto two = export_here(other);
    for (int i = 0; i < 10; ++i) write(4);
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
}

TEST_F(PostgresExportTest, RecordsAGapWithTheRowsBehindIt) {
    write(20);
    {
        const auto running = export_here(client_);
        ASSERT_TRUE(has_all());
    }
    for (std::uint32_t partition = 0; partition < partitions; ++partition)
        server_.run({"DEL", ledger::keys::readers(partition)});
    write(20);
    server_.run({"XTRIM", ledger::keys::log(1), "MAXLEN", "2"});
    const auto running = export_here(client_);
    ASSERT_TRUE(has_all());
    const auto gaps = ask("SELECT partition, kind, bytes_missing > 0 FROM adit.share_gaps");
    ASSERT_EQ(gaps.size(), 1U);
    EXPECT_EQ(gaps[0][0], "1");
    EXPECT_EQ(gaps[0][1], "trimmed");
    EXPECT_EQ(gaps[0][2], "t");
}

TEST_F(PostgresExportTest, LeavesASchemaOfAnotherVersionAlone) {
    ask("CREATE SCHEMA adit; CREATE TABLE adit.share_schema(version integer); "
        "INSERT INTO adit.share_schema VALUES (99)");
    const auto running = export_here(client_);
    write(3);
    ASSERT_TRUE(run_until(
        io_, [&] { return metric("adit_admin_export_failures_total{sink=\"postgresql\"}") > 1; }));
    EXPECT_EQ(ask("SELECT to_regclass('adit.shares') IS NULL")[0][0], "t");
}

TEST_F(PostgresExportTest, DoesNotHoldTheLoopWhileTheServerIsSilent) {
    config_.address.timeout = 1s;
    const auto running = export_here(client_);
    write(5);
    ASSERT_TRUE(has_all());
    postgres_->freeze();
    write(5);
    auto longest = 0ms;
    const auto until = clock_.steady_now() + 3s;
    while (clock_.steady_now() < until) {
        const auto begin = clock_.steady_now();
        io_.restart();
        io_.run_one_for(10ms);
        longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                        clock_.steady_now() - begin));
    }
    // Who waited for the server would have waited for its timeout.
    EXPECT_LT(longest, 800ms);
    postgres_->thaw();
    ASSERT_TRUE(has_all());
    expect_the_ledger_once();
}

TEST_F(PostgresExportTest, SaysWhyItCannotConnect) {
    using Asked = base::Result<PostgresConnection::Rows, std::string>;
    const struct {
        const char* what;
        PostgresAddress address;
    } cases[] = {
        {"nobody listens", {.port = test_support::free_port(), .database = "postgres"}},
        {"no such name", {.host = "nowhere.invalid", .database = "postgres"}},
        {"no such database", {.port = postgres_->port(), .database = "absent", .user = "postgres"}},
        {"its password cannot be read",
         {.port = postgres_->port(),
          .database = "postgres",
          .user = "postgres",
          .read_password = []() -> std::string { throw std::runtime_error{"no such file"}; }}},
    };
    for (const auto& [what, address] : cases) {
        SCOPED_TRACE(what);
        PostgresConnection connection{io_, address};
        const auto connected =
            await<Asked>([&](auto done) { connection.connect(std::move(done)); });
        ASSERT_FALSE(connected.has_value());
        EXPECT_GT(connected.error().size(), std::string_view{"PostgreSQL: "}.size());
    }
}

}  // namespace
}  // namespace share_export
