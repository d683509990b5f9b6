#include "base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace base {

void ensure(bool claim, const char* what, std::source_location where) {
    if (claim) return;
    std::fprintf(stderr, "level=critical message=\"broken invariant\" what=\"%s\" at=%s:%u\n", what,
                 where.file_name(), where.line());
    std::abort();
}

}  // namespace base
