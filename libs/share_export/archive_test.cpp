#include "share_export/archive.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <zstd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>

#include "share_export/rows_testing.h"

namespace share_export {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::uint64_t noon_ms = 1'795'608'000'000;  // 2026-11-25T12:00:00Z
constexpr std::uint64_t day_ms = 86'400'000;

class ArchiveTest : public testing::Test {
  protected:
    ArchiveTest() {
        char pattern[] = "/tmp/adit-archive-XXXXXX";
        folder_ = ::mkdtemp(pattern);
    }
    ~ArchiveTest() override { fs::remove_all(folder_); }

    ArchiveSettings settings(TextFormat format = TextFormat::jsonl) const {
        return {.folder = folder_, .format = format, .file_size_max = 1 << 20};
    }
    /// The next entry of a partition, with so many shares.
    Piece piece(std::uint32_t partition, std::size_t shares, std::uint64_t ms) {
        Piece piece;
        piece.partition = partition;
        piece.entry = {ms, ++sequence_};
        piece.after = {piece.entry.text(), bytes_[partition] += 100};
        for (std::size_t i = 0; i < shares; ++i) {
            auto row = random_row(random_);
            row.partition = partition;
            row.entry = piece.entry;
            row.index = static_cast<std::uint32_t>(i);
            expected_.push_back(row);
            piece.rows.push_back(std::move(row));
        }
        return piece;
    }
    static Delivery delivery(std::vector<Piece> pieces) {
        Delivery what;
        for (const auto& piece : pieces) {
            what.places[piece.partition] = piece.after;
            what.shares += piece.rows.size();
        }
        what.pieces = std::move(pieces);
        return what;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& name : archive_files(folder_)) all.push_back(name.text());
        return all;
    }
    fs::path last() const { return folder_ / names().back(); }

    /// All that zstd finds in a file, by its own rules.
    static std::string unpack(const std::string& content) {
        std::string text;
        std::string buffer(1 << 16, '\0');
        auto* const stream = ZSTD_createDCtx();
        ZSTD_inBuffer in{content.data(), content.size(), 0};
        std::size_t left = 0;
        while (in.pos < in.size) {
            ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
            left = ZSTD_decompressStream(stream, &out, &in);
            EXPECT_EQ(ZSTD_isError(left), 0U) << ZSTD_getErrorName(left);
            if (ZSTD_isError(left) != 0) break;
            text.append(buffer, 0, out.pos);
        }
        EXPECT_EQ(left, 0U) << "a frame without its end";
        ZSTD_freeDCtx(stream);
        return text;
    }
    std::vector<ShareRow> read_back() const {
        std::vector<ShareRow> rows;
        for (const auto& name : names()) {
            const auto text = unpack(read_file(folder_ / name));
            LineReader reader{ArchiveName::from(name)->format};
            std::string_view left = text;
            while (!left.empty()) {
                const auto end = left.find('\n');
                const auto row = reader.read(left.substr(0, end));
                EXPECT_TRUE(row.has_value()) << row.error();
                if (row && *row) rows.push_back(**row);
                left.remove_prefix(end + 1);
            }
        }
        return rows;
    }

    fs::path folder_{};
    base::SeededRandom random_{5};
    std::uint64_t sequence_ = 0;
    std::map<std::uint32_t, std::uint64_t> bytes_{};
    std::vector<ShareRow> expected_{};
};

TEST_F(ArchiveTest, BeginsEmptyAndGoesOnWhereItsFilesEnd) {
    Places places;
    {
        Archive archive{settings()};
        EXPECT_TRUE(archive.open().empty());
        archive.append(
            delivery({piece(0, 3, noon_ms), piece(3, 0, noon_ms), piece(0, 2, noon_ms)}));
        archive.append(delivery({piece(3, 1, noon_ms + 5)}));
        places = {{0, {"1795608000000-3", 200}}, {3, {"1795608000005-4", 200}}};
    }
    Archive again{settings()};
    EXPECT_EQ(again.open(), places);
    again.append(delivery({piece(0, 4, noon_ms + 9)}));
    EXPECT_EQ(read_back(), expected_);
    EXPECT_THAT(names(), testing::ElementsAre("shares-2026-11-25-00000001.jsonl.zst"));
}

TEST_F(ArchiveTest, WritesCsvWithItsNamesInEachFile) {
    Archive archive{settings(TextFormat::csv)};
    archive.open();
    archive.append(delivery({piece(0, 3, noon_ms)}));
    archive.append(delivery({piece(0, 3, noon_ms + day_ms)}));
    EXPECT_EQ(read_back(), expected_);
    EXPECT_THAT(names(), testing::ElementsAre("shares-2026-11-25-00000001.csv.zst",
                                              "shares-2026-11-26-00000002.csv.zst"));
}

TEST_F(ArchiveTest, BeginsAFileForEachDayAndWhenOneIsFull) {
    Archive archive{settings()};
    archive.open();
    // Both days in one delivery, as around midnight.
    archive.append(delivery({piece(0, 1, noon_ms), piece(0, 1, noon_ms + day_ms),
                             piece(1, 1, noon_ms), piece(1, 1, noon_ms + day_ms)}));
    EXPECT_THAT(names(), testing::ElementsAre("shares-2026-11-25-00000001.jsonl.zst",
                                              "shares-2026-11-26-00000002.jsonl.zst"));
    // Either knows of all partitions.
    fs::remove(folder_ / names().front());
    fs::remove(folder_ / "lock");
    Archive second{settings()};
    EXPECT_EQ(second.open().size(), 2U);

    auto small = settings();
    small.file_size_max = 1;
    fs::remove(folder_ / "lock");
    Archive rotating{small};
    rotating.open();
    rotating.append(delivery({piece(0, 1, noon_ms + day_ms)}));
    rotating.append(delivery({piece(0, 1, noon_ms + day_ms)}));
    EXPECT_EQ(names().size(), 3U);
}

TEST_F(ArchiveTest, CutsWhatWasTornOffAtEveryByte) {
    std::uint64_t whole = 0;
    {
        Archive archive{settings()};
        archive.open();
        archive.append(delivery({piece(0, 2, noon_ms)}));
        whole = fs::file_size(last());
        archive.append(delivery({piece(0, 2, noon_ms)}));
    }
    const auto first_two = std::vector(expected_.begin(), expected_.begin() + 2);
    const auto content = read_file(last());
    for (auto size = whole; size < content.size(); size += 7) {
        std::ofstream{last(), std::ios::binary} << content.substr(0, size);
        SCOPED_TRACE(size);
        Archive archive{settings()};
        ASSERT_EQ(archive.open().at(0).bytes, 100U);
        ASSERT_EQ(fs::file_size(last()), whole);
        ASSERT_EQ(read_back(), first_two);
    }
}

TEST_F(ArchiveTest, PutsAFileAsideOfWhichNothingIsWhole) {
    {
        Archive archive{settings()};
        archive.open();
        archive.append(delivery({piece(0, 2, noon_ms)}));
        archive.append(delivery({piece(0, 2, noon_ms + day_ms)}));
    }
    const auto torn = last();
    fs::resize_file(torn, 40);
    Archive archive{settings()};
    EXPECT_EQ(archive.open().at(0).bytes, 100U) << "the file before it says the place";
    EXPECT_TRUE(fs::exists(torn.string() + ".torn"));
    EXPECT_EQ(names().size(), 1U);
}

TEST_F(ArchiveTest, LeavesADamagedFileAsItIsAndGoesOnInAnother) {
    std::uint64_t begin = 0;
    {
        Archive archive{settings()};
        archive.open();
        archive.append(delivery({piece(0, 2, noon_ms)}));
        begin = fs::file_size(last());
        archive.append(delivery({piece(0, 2, noon_ms)}));
        archive.append(delivery({piece(0, 2, noon_ms)}));
    }
    auto content = read_file(last());
    content[begin + 3] = static_cast<char>(content[begin + 3] ^ 1);
    std::ofstream{last(), std::ios::binary} << content;
    Archive archive{settings()};
    EXPECT_EQ(archive.open().at(0).bytes, 300U);
    EXPECT_EQ(read_file(last()), content);
    archive.append(delivery({piece(0, 2, noon_ms)}));
    EXPECT_EQ(names().size(), 2U);
}

TEST_F(ArchiveTest, IsWrittenByOneProcessAlone) {
    Archive one{settings()};
    one.open();
    Archive other{settings()};
    EXPECT_THROW(
        {
            try {
                other.open();
            } catch (const std::runtime_error& error) {
                EXPECT_THAT(error.what(), testing::HasSubstr("another process"));
                throw;
            }
        },
        std::runtime_error);
}

TEST_F(ArchiveTest, LosesNothingWhenTheDiskIsFullAndIsFreedAgain) {
    Archive archive{settings()};
    archive.open();
    archive.append(delivery({piece(0, 2, noon_ms)}));
    const auto whole = fs::file_size(last());
    const auto before = expected_.size();

    // As a full disk does: some of the section fits.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit unlimited{};
    ::getrlimit(RLIMIT_FSIZE, &unlimited);
    const rlimit full{whole + 200, unlimited.rlim_max};
    const auto what = delivery({piece(0, 200, noon_ms)});
    ::setrlimit(RLIMIT_FSIZE, &full);
    EXPECT_THROW(archive.append(what), std::runtime_error);
    EXPECT_EQ(fs::file_size(last()), whole);
    EXPECT_EQ(archive.open().at(0).bytes, 100U);
    EXPECT_THROW(archive.append(what), std::runtime_error);
    ::setrlimit(RLIMIT_FSIZE, &unlimited);

    EXPECT_EQ(archive.open().at(0).bytes, 100U);
    archive.append(what);
    EXPECT_GT(expected_.size(), before);
    EXPECT_EQ(read_back(), expected_);
}

TEST_F(ArchiveTest, WritesAGapDownOnce) {
    const GapRecord gap{.partition = 3,
                        .after = {17, 0},
                        .before = {20, 1},
                        .bytes_missing = 99,
                        .is_rollback = false,
                        .noticed_at = base::UnixMicros{std::chrono::seconds{1'764'072'000}}};
    Archive archive{settings()};
    archive.open();
    auto what = delivery({piece(3, 1, noon_ms)});
    what.gaps = {gap};
    archive.append(what);
    what = delivery({piece(3, 1, noon_ms)});
    what.gaps = {gap};  // as after a kill between the gap and its shares
    archive.append(what);
    EXPECT_EQ(read_file(folder_ / gaps_file),
              R"({"partition":3,"after":"17-0","before":"20-1","kind":"trimmed",)"
              R"("bytes_missing":99,"noticed_at":"2025-11-25T12:00:00.000000Z"})"
              "\n");
}

}  // namespace
}  // namespace share_export
