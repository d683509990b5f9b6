#include "share_export/archive_name.h"

#include <gtest/gtest.h>

namespace share_export {
namespace {

using namespace std::chrono_literals;

TEST(ArchiveName, IsReadBack) {
    const ArchiveName name{12, std::chrono::sys_days{2026y / 11 / 25}, TextFormat::csv};
    EXPECT_EQ(name.text(), "shares-2026-11-25-00000012.csv.zst");
    EXPECT_EQ(ArchiveName::from(name.text()), name);
}

TEST(ArchiveName, IsNoOtherFiles) {
    for (const auto* text :
         {"", "gaps.jsonl", "shares-2026-11-25-00000012.jsonl", "shares-2026-11-25.jsonl.zst",
          "shares-2026-13-25-00000012.jsonl.zst", "shares-2026-11-25-0000001x.jsonl.zst",
          "shares-2026-11-25-00000012.xml.zst", "shares-2026-11-25-00000012.jsonl.zst.torn"})
        EXPECT_FALSE(ArchiveName::from(text)) << text;
}

}  // namespace
}  // namespace share_export
