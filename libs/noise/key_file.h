#pragma once

#include <string>

#include "noise/identity.h"
#include "noise/key_text.h"

namespace noise {

/// Reads a file that holds a secret, whole. Blocks: for starting up, never for a loop. Throws
/// KeyFileError, naming the path, when the file cannot be read, is no regular file, is too large,
/// or others than its owner and group can read it or others than its owner can write it; the
/// message of the latter says which chmod cures it.
SecretText read_secret_file(const std::string& path);

/// The same for a file that anybody may read.
std::string read_public_file(const std::string& path);

/// Puts `text` in the file's place, whole or not at all. Blocks until it is on the disk: for a
/// thread, never for a loop. Throws KeyFileError.
void replace_public_file(const std::string& path, std::string_view text);

/// Reads what `aditctl keys` made. Throws KeyFileError, naming the path, when a file is not in
/// order, or the certificate is for another key than the one in `key_path`. Looks at no clock.
GatewayIdentity load_gateway_identity(const std::string& key_path,
                                      const std::string& certificate_path);

}  // namespace noise
