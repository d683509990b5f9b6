#include "aditctl/payout_input.h"

#include <fmt/format.h>
#include <zstd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/integer.h"
#include "payout/split.h"
#include "share_export/archive_reader.h"
#include "share_export/columns.h"
#include "share_export/row_text.h"

namespace aditctl {
namespace {

using share_export::TextFormat;

/// Gives whole lines of what comes in pieces.
class Lines {
  public:
    using OnLine = std::function<void(std::string_view)>;
    explicit Lines(OnLine on_line) : on_line_(std::move(on_line)) {}

    void take(std::string_view piece) {
        begun_ += piece;
        std::size_t at = 0;
        for (auto end = begun_.find('\n'); end != std::string::npos; end = begun_.find('\n', at)) {
            on_line_(std::string_view{begun_}.substr(at, end - at));
            at = end + 1;
        }
        begun_.erase(0, at);
    }
    void end() {
        if (!begun_.empty()) on_line_(begun_);
    }

  private:
    OnLine on_line_;
    std::string begun_{};
};

void read_plain(std::istream& in, Lines& lines) {
    std::string buffer(1 << 16, '\0');
    while (in) {
        in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        lines.take(std::string_view{buffer}.substr(0, static_cast<std::size_t>(in.gcount())));
    }
    lines.end();
}

void read_zstd(std::istream& in, Lines& lines) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context{ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx};
    std::string packed(ZSTD_DStreamInSize(), '\0');
    std::string text(ZSTD_DStreamOutSize(), '\0');
    while (in) {
        in.read(packed.data(), static_cast<std::streamsize>(packed.size()));
        ZSTD_inBuffer from{packed.data(), static_cast<std::size_t>(in.gcount()), 0};
        bool is_full = true;
        while (from.pos < from.size || is_full) {
            ZSTD_outBuffer to{text.data(), text.size(), 0};
            const auto left = ZSTD_decompressStream(context.get(), &to, &from);
            if (ZSTD_isError(left) != 0) throw std::runtime_error(ZSTD_getErrorName(left));
            lines.take(std::string_view{text}.substr(0, to.pos));
            is_full = to.pos == to.size;
        }
    }
    lines.end();
}

std::size_t read_file(const std::string& name, payout::ShareBook& book) {
    std::size_t number = 0;
    std::unique_ptr<share_export::LineReader> reader;
    Lines lines{[&](std::string_view line) {
        ++number;
        if (line.empty()) return;
        if (!reader)
            reader = std::make_unique<share_export::LineReader>(
                line.front() == '{' ? TextFormat::jsonl : TextFormat::csv);
        const auto row = reader->read(line);
        if (!row) throw std::runtime_error(fmt::format("line {}: {}", number, row.error()));
        if (*row) add_row(book, **row);
    }};
    try {
        if (name == "-") {
            read_plain(std::cin, lines);
            return number;
        }
        std::ifstream in{name, std::ios::binary};
        if (!in) throw std::runtime_error("cannot be read");
        if (name.ends_with(".zst"))
            read_zstd(in, lines);
        else
            read_plain(in, lines);
    } catch (const std::exception& error) {
        throw std::runtime_error(fmt::format("{}: {}", name, error.what()));
    }
    return number;
}

std::size_t read_archive(const std::string& folder, payout::ShareBook& book) {
    std::size_t number = 0;
    share_export::ArchiveReader reader{folder, {}};
    while (const auto rows = reader.next()) {
        for (const auto& row : *rows) add_row(book, row);
        number += rows->size();
    }
    return number;
}

std::string text_of(const nlohmann::json& json, const char* name) {
    const auto found = json.find(name);
    if (found == json.end()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

/// "STATE_IN_CHAIN", as the API names it, is "in_chain".
std::string state_of(std::string text) {
    constexpr std::string_view prefix = "STATE_";
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
    for (auto& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return text;
}

KnownBlock block_of(const nlohmann::json& json) {
    KnownBlock known;
    auto hash = text_of(json, "hash");
    constexpr std::string_view prefix = "blocks/";
    if (const auto name = text_of(json, "name"); hash.empty() && name.starts_with(prefix))
        hash = name.substr(prefix.size());
    const auto number = bitcoin::Uint256::from_be_hex(hash);
    const auto height = base::parse_integer<std::uint32_t>(text_of(json, "height"));
    const auto value = base::parse_integer<std::uint64_t>(text_of(json, "value_sat"));
    const auto found_us = base::parse_integer<std::int64_t>(text_of(json, "found_us"));
    auto found_at = share_export::time_from(text_of(json, "find_time"));
    if (found_us) found_at = base::UnixMicros{std::chrono::microseconds{*found_us}};
    known.state = state_of(text_of(json, "state"));
    if (!number || !height || !value || !found_at || known.state.empty())
        throw std::runtime_error("expected hash, height, value_sat, found_us and state");
    known.block = {bitcoin::BlockHash{*number}, *height, *value, *found_at};
    known.finder = text_of(json, json.contains("user") ? "user" : "user_identity");
    return known;
}

}  // namespace

bool KnownBlock::is_paid() const {
    return state == "accepted" || state == "in_chain" || state == "confirmed";
}

void add_row(payout::ShareBook& book, const share_export::ShareRow& row) {
    const payout::ShareOrder order{row.received_at, row.entry.ms, row.entry.sequence, row.partition,
                                   row.index};
    payout::Work work;
    if (row.network_target && row.height)
        work = {payout::network_difficulty(*row.network_target), *row.height};
    if (row.is_accepted()) book.add(order, row.identity, row.difficulty, work);
    if (row.solves_block && row.share_hash) book.add_solution(*row.share_hash, order, work);
}

std::size_t read_shares(const std::vector<std::string>& inputs, payout::ShareBook& book) {
    std::size_t lines = 0;
    for (const auto& input : inputs)
        lines += std::filesystem::is_directory(input) ? read_archive(input, book)
                                                      : read_file(input, book);
    return lines;
}

std::vector<KnownBlock> read_blocks(const std::string& file) {
    std::ifstream in{file};
    if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file));
    std::vector<KnownBlock> blocks;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty()) continue;
        try {
            blocks.push_back(block_of(nlohmann::json::parse(line)));
        } catch (const std::exception& error) {
            throw std::runtime_error(
                fmt::format("{}: line {} is no line of aditctl direct blocks --output json: {}",
                            file, number, error.what()));
        }
    }
    return blocks;
}

}  // namespace aditctl
