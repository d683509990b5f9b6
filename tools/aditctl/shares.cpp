#include "aditctl/shares.h"

#include <adit/admin/v1/share.grpc.pb.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "aditctl/shares_source.h"
#include "share_export/columns.h"
#include "share_export/row_text.h"
#include "share_export/share_codec.h"

namespace aditctl {
namespace {

namespace v1 = adit::admin::v1;
using share_export::ShareRow;
using share_export::TextFormat;

struct Options {
    TimeOptions time{};
    std::string identity{};
    std::string output_file{};
    std::string format = "jsonl";
};

[[noreturn]] void fail_at(const std::string& what, const std::string& file) {
    throw std::runtime_error(fmt::format(
        "cannot {} {}: {}", what, file, std::error_code{errno, std::generic_category()}.message()));
}

/// Standard output, or a file that has its name once it is whole.
class OutputFile {
  public:
    explicit OutputFile(std::string file) : file_(std::move(file)) {
        if (file_.empty()) return;
        to_ = std::fopen(part().c_str(), "we");
        if (to_ == nullptr) fail_at("write", part());
    }
    ~OutputFile() {
        if (to_ == stdout) return;
        if (to_ != nullptr) std::fclose(to_);
        if (!is_whole_) std::remove(part().c_str());
    }
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(const std::string& text) {
        if (std::fwrite(text.data(), 1, text.size(), to_) != text.size()) fail_at("write", name());
    }
    void flush() {
        if (std::fflush(to_) != 0) fail_at("write", name());
    }
    void finish() {
        flush();
        if (to_ == stdout) return;
        std::FILE* const written = to_;
        to_ = nullptr;
        if (std::fclose(written) != 0) fail_at("write", part());
        if (std::rename(part().c_str(), file_.c_str()) != 0) fail_at("rename", part());
        is_whole_ = true;
    }

  private:
    std::string part() const { return file_ + ".part"; }
    std::string name() const { return file_.empty() ? "standard output" : part(); }

    std::string file_;
    std::FILE* to_ = stdout;
    bool is_whole_ = false;
};

void run_export(const Options& options, const GlobalOptions& global, base::UnixMicros now) {
    const auto time = range_of(options.time, now);
    const auto format = share_export::format_from(options.format).value_or(TextFormat::jsonl);
    AdminChannel admin{global};
    OutputFile out{options.output_file};
    out.write(share_export::header_line(format));
    std::uint64_t shares = 0;
    std::string line;
    export_shares(admin, time, options.identity, [&](const ShareRow& row) {
        line.clear();
        share_export::append_line(line, row, format);
        out.write(line);
        ++shares;
    });
    out.finish();
    if (!options.output_file.empty())
        fmt::print(stderr, "{} shares of {} to {} in {}\n", shares,
                   share_export::time_text(time.from), share_export::time_text(time.to),
                   options.output_file);
}

std::string short_line(const ShareRow& row) {
    return fmt::format(
        "{} {:<24} {:>14.3f} {} {}{}\n", share_export::time_text(row.received_at),
        row.worker.empty() ? row.identity : row.identity + "." + row.worker,
        row.difficulty.to_double(),
        row.is_accepted() ? std::string_view{"accepted"} : mining::error_code(*row.reason),
        row.share_hash ? row.share_hash->value.to_be_hex() : "-", row.solves_block ? " BLOCK" : "");
}

void run_tail(const Options& options, const GlobalOptions& global) {
    AdminChannel admin{global};
    v1::TailSharesRequest request;
    request.set_identity(options.identity);
    admin.stream<v1::ShareService::Stub, v1::TailSharesRequest, v1::TailSharesResponse>(
        &v1::ShareService::Stub::TailShares, request, [&](const v1::TailSharesResponse& response) {
            std::string text;
            for (const auto& share : response.shares()) {
                const auto row = share_export::from_proto(share);
                if (!row) throw std::runtime_error(row.error());
                if (global.output == Output::table)
                    text += short_line(*row);
                else
                    share_export::append_line(text, *row, TextFormat::jsonl);
            }
            // Who reads it through a pipe and ends, ends us.
            return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
                   std::fflush(stdout) == 0;
        });
}

}  // namespace

void add_shares_command(CLI::App& app, const GlobalOptions& global, const base::Clock& clock) {
    auto options = std::make_shared<Options>();
    auto* shares = app.add_subcommand("shares", "the share log: as it grows, or of a time");
    shares->require_subcommand(1);

    auto* tail = shares->add_subcommand("tail", "prints shares as the ledger takes them");
    tail->add_option("--identity", options->identity, "of this identity or user alone");
    tail->footer("\nExample:\n  aditctl shares tail --identity alice --output jsonl\n");
    tail->callback([options, &global] { run_tail(*options, global); });

    auto* exporting =
        shares->add_subcommand("export", "writes every share that was received in a time");
    add_time_options(*exporting, options->time);
    exporting->add_option("--identity", options->identity, "of this identity or user alone");
    exporting->add_option("--output-file", options->output_file,
                          "a file, which has its name once it is whole; else standard output");
    exporting->add_option("--format", options->format, "jsonl or csv")
        ->check(CLI::IsMember({"jsonl", "csv"}))
        ->capture_default_str();
    exporting->footer(
        "\nExamples:\n"
        "  aditctl shares export --day yesterday --output-file yesterday.jsonl\n"
        "  aditctl shares export --from 2026-11-25T13:00:00Z --identity alice --format csv\n");
    exporting->callback(
        [options, &global, &clock] { run_export(*options, global, clock.unix_now()); });
}

}  // namespace aditctl
