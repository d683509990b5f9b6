#include "admin/share_service.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>

#include <cstdlib>
#include <filesystem>
#include <future>

#include "log_fixture.h"
#include "service/grpc_server.h"
#include "share_export/file_export.h"
#include "share_export/share_codec.h"

namespace share_export {
namespace {

namespace fs = std::filesystem;
namespace v1 = adit::admin::v1;
using namespace std::chrono_literals;
using test_support::run_until;

class ShareServiceTest : public ExportTest {
  protected:
    ShareServiceTest() {
        char pattern[] = "/tmp/adit-shares-XXXXXX";
        folder_ = ::mkdtemp(pattern);
    }
    ~ShareServiceTest() override { fs::remove_all(folder_); }

    struct Answer {
        std::vector<ShareRow> rows{};
        grpc::Status status{};
        v1::Places places{};
    };

    void serve(std::optional<fs::path> archive) {
        service_.emplace(gate_, io_, clock_, client_, partitions, std::move(archive));
        server_port_.emplace(service::Endpoint{"127.0.0.1", 0}, "test",
                             std::vector<grpc::Service*>{&*service_});
        stub_ = v1::ShareService::NewStub(
            grpc::CreateChannel("127.0.0.1:" + std::to_string(server_port_->port()),
                                grpc::InsecureChannelCredentials()));
        ASSERT_TRUE(run_until(io_, [&] { return client_.is_connected(); }));
    }
    void TearDown() override {
        if (service_) service_->close();
        io_.restart();
        io_.run_for(20ms);
        mailbox_.close();
        server_port_.reset();
        service_.reset();
    }

    template <class Call>
    Answer wait_for(Call call) {
        auto answer = std::async(std::launch::async, std::move(call));
        EXPECT_TRUE(
            run_until(io_, [&] { return answer.wait_for(0s) == std::future_status::ready; }));
        return answer.get();
    }
    template <class Response>
    static void take(const Response& response, Answer& answer) {
        for (const auto& share : response.shares()) answer.rows.push_back(*from_proto(share));
    }
    Answer export_shares(const v1::ExportSharesRequest& request) {
        return wait_for([&] {
            Answer answer;
            grpc::ClientContext context;
            context.set_deadline(std::chrono::system_clock::now() + 20s);
            const auto reader = stub_->ExportShares(&context, request);
            for (v1::ExportSharesResponse response; reader->Read(&response);)
                take(response, answer);
            answer.status = reader->Finish();
            return answer;
        });
    }
    /// Until there are so many shares, or the stream ends.
    Answer tail(const v1::TailSharesRequest& request, std::size_t count) {
        return wait_for([this, request, count] {
            Answer answer;
            grpc::ClientContext context;
            context.set_deadline(std::chrono::system_clock::now() + 15s);
            const auto reader = stub_->TailShares(&context, request);
            v1::TailSharesResponse response;
            while (answer.rows.size() < count && reader->Read(&response)) {
                take(response, answer);
                answer.places = response.places();
            }
            // Where it has said enough; else it has ended by itself, and says why.
            if (answer.rows.size() >= count) context.TryCancel();
            answer.status = reader->Finish();
            return answer;
        });
    }
    void export_to_files() {
        FileExportConfig config;
        config.how = {.reader = "export-files", .deliver_every = 20ms, .deliver_shares = 30};
        config.archive.folder = folder_;
        service::Registry metrics{"admin", "0"};
        service::Stage stage{"export_files", 60s};
        FileExport exporting{io_, clock_, client_, partitions, config, metrics, stage};
        exporting.start();
        ASSERT_TRUE(run_until(io_, [&] { return is_all_acknowledged("export-files"); }));
        exporting.leave();
    }
    static v1::ExportSharesRequest since(base::UnixMicros at) {
        v1::ExportSharesRequest request;
        const auto micros = at.time_since_epoch().count();
        request.mutable_from()->set_seconds(micros / 1'000'000);
        request.mutable_from()->set_nanos(static_cast<std::int32_t>(micros % 1'000'000 * 1'000));
        return request;
    }
    static v1::TailSharesRequest from_the_beginning() {
        v1::TailSharesRequest request;
        for (std::uint32_t partition = 0; partition < partitions; ++partition)
            (*request.mutable_after()->mutable_entry_ids())[partition] = "0-0";
        return request;
    }

    fs::path folder_{};
    admin::Access access_{false, {}};
    rpc::Mailbox mailbox_{io_};
    admin::OpenCalls calls_{};
    admin::ApiGate gate_{access_, mailbox_.sender(), calls_};
    std::optional<admin::ShareService> service_{};
    std::optional<service::GrpcServer> server_port_{};
    std::unique_ptr<v1::ShareService::Stub> stub_{};
};

TEST_F(ShareServiceTest, ExportsWhatTheArchiveHasAndThenTheLog) {
    write(60);
    export_to_files();
    for (std::uint32_t partition = 0; partition < partitions; ++partition)
        server_.run({"DEL", ledger::keys::readers(partition)});
    const auto all_of_the_archive = ledger_rows();
    write(30);
    auto expected = ledger_rows();
    ASSERT_GT(expected.size(), all_of_the_archive.size());
    // The archive alone has the first of them now.
    server_.run({"XTRIM", ledger::keys::log(0), "MAXLEN",
                 std::to_string(*server_.run({"XLEN", ledger::keys::log(0)}).integer() - 5)});
    serve(folder_);
    const auto answer = export_shares({});
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    EXPECT_EQ(in_order(answer.rows), in_order(expected));
}

TEST_F(ShareServiceTest, ExportsTheLogWhereThereIsNoArchive) {
    write(40);
    serve(std::nullopt);
    const auto answer = export_shares({});
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    EXPECT_EQ(in_order(answer.rows), in_order(ledger_rows()));
}

TEST_F(ShareServiceTest, ExportsOfATimeAndAnIdentityAlone) {
    write(40);
    serve(std::nullopt);
    auto rows = ledger_rows();
    std::ranges::sort(rows, {}, &ShareRow::received_at);
    const auto from = rows[rows.size() / 3].received_at;
    const auto to = rows[2 * rows.size() / 3].received_at;
    auto request = since(from);
    *request.mutable_to() = since(to).from();
    request.set_identity("alice");
    const auto answer = export_shares(request);
    std::erase_if(rows, [&](const ShareRow& row) {
        return row.identity != "alice" || row.received_at < from || row.received_at >= to;
    });
    ASSERT_GT(rows.size(), 0U);
    EXPECT_EQ(in_order(answer.rows), in_order(rows));
}

TEST_F(ShareServiceTest, SaysSinceWhenSharesAreKept) {
    write(60);
    server_.run({"XTRIM", ledger::keys::log(1), "MAXLEN", "10"});
    serve(std::nullopt);
    const auto answer = export_shares({});
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
    EXPECT_THAT(answer.status.error_message(), testing::HasSubstr("kept since 20"));
    EXPECT_TRUE(answer.rows.empty());
    EXPECT_TRUE(export_shares(since(clock_.unix_now())).status.ok());
}

TEST_F(ShareServiceTest, TailsAndGoesOnBehindAPlace) {
    write(30);
    serve(std::nullopt);
    const auto expected = ledger_rows();
    const auto first = tail(from_the_beginning(), expected.size());
    EXPECT_EQ(in_order(first.rows), in_order(expected));

    write(20);
    v1::TailSharesRequest more;
    *more.mutable_after() = first.places;
    const auto all = ledger_rows();
    const auto second = tail(more, all.size() - expected.size());
    auto both = first.rows;
    both.insert(both.end(), second.rows.begin(), second.rows.end());
    EXPECT_EQ(in_order(both), in_order(all));
}

TEST_F(ShareServiceTest, RefusesAPlaceThatIsNotKept) {
    write(30);
    serve(std::nullopt);
    const auto first = tail(from_the_beginning(), ledger_rows().size());
    write(30);
    for (std::uint32_t partition = 0; partition < partitions; ++partition)
        server_.run({"XTRIM", ledger::keys::log(partition), "MAXLEN", "2"});
    v1::TailSharesRequest more;
    *more.mutable_after() = first.places;
    const auto late = tail(more, 1);
    EXPECT_EQ(late.status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
    v1::TailSharesRequest wrong;
    (*wrong.mutable_after()->mutable_entry_ids())[0] = "yesterday";
    EXPECT_EQ(tail(wrong, 1).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace share_export
