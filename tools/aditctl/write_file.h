#pragma once

#include <string>
#include <string_view>

namespace aditctl {

enum class Readers { owner, everybody };
enum class Existing { keep, replace };

/// Writes a whole file and has it on the disk before returning. `Readers::owner` is mode 0600 from
/// the first byte on, whatever the umask. With `Existing::keep` a file that is there already is an
/// error; with `replace` it stays as it was until the new one is complete. Throws
/// std::runtime_error naming the path.
void write_file(const std::string& path, std::string_view text, Readers readers, Existing existing);

}  // namespace aditctl
