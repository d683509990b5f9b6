#include "template/zstd.h"

#include <zstd.h>

#include "base/ensure.h"

namespace templates {

std::string compress(std::string_view content) {
    constexpr int level = 1;
    std::string frame(ZSTD_compressBound(content.size()), '\0');
    const auto size =
        ZSTD_compress(frame.data(), frame.size(), content.data(), content.size(), level);
    base::ensure(ZSTD_isError(size) == 0, "zstd compresses into what it asked for");
    frame.resize(size);
    return frame;
}

std::optional<std::string> decompress(std::string_view frame, std::size_t size_max) {
    const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > size_max)
        return std::nullopt;
    std::string content(static_cast<std::size_t>(size), '\0');
    const auto got = ZSTD_decompress(content.data(), content.size(), frame.data(), frame.size());
    if (ZSTD_isError(got) != 0 || got != content.size()) return std::nullopt;
    return content;
}

}  // namespace templates
