#include "base/base58.h"
#include "fuzz/target.h"
#include "noise/key_text.h"
#include "noise/url.h"

// One byte chooses a reader of texts that people write: base58check, keys, the pool's URL, and the
// files of keys. What is read is the same after writing it and reading it again.

namespace {

void base58(std::string_view text) {
    const auto payload = base::base58check_decode(text);
    if (!payload) {
        fuzz::check(!base::error_text(payload.error()).empty(), "errors are named");
        return;
    }
    if (payload->size() <= base::base58check_payload_size_max)
        fuzz::check(base::base58check_encode(*payload) == text, "a payload has one text");
}

void authority_key(std::string_view text) {
    const auto key = noise::parse_authority_key(text);
    if (!key) return;
    const auto written = noise::authority_key_text(key->key);
    if (key->form == noise::AuthorityKeyForm::versioned)
        fuzz::check(written == text, "a key has one text");
    fuzz::check(noise::parse_authority_key(written)->key == key->key, "a key is read as written");
}

void secret_key(std::string_view text) {
    const auto key = noise::parse_secret_key(text);
    if (key) fuzz::check(noise::secret_key_text(*key) == text, "a secret has one text");
}

void url(std::string_view text) {
    const auto parsed = noise::parse_pool_url(text);
    if (!parsed) {
        fuzz::check(!noise::error_text(parsed.error()).empty(), "errors are named");
        return;
    }
    fuzz::check(!parsed->host.empty() && parsed->port != 0, "a pool is somewhere");
}

template <class Read>
void file(std::string_view text, Read read) {
    try {
        static_cast<void>(read(text));
    } catch (const noise::KeyFileError& error) {
        fuzz::check(error.what()[0] != '\0', "errors are named");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script{fuzz::view(data, size)};
    const auto choice = script.byte() % 9;
    // On the heap, with nothing behind it.
    const auto bytes = base::to_bytes(script.rest());
    const auto text = base::as_string_view(bytes);
    switch (choice) {
        case 0: base58(text); break;
        case 1: authority_key(text); break;
        case 2: secret_key(text); break;
        case 3: url(text); break;
        case 4: file(text, noise::kind_of); break;
        case 5: file(text, noise::parse_authority_secret_file); break;
        case 6: file(text, noise::parse_authority_public_file); break;
        case 7: file(text, noise::parse_gateway_secret_file); break;
        default: file(text, noise::parse_certificate_file); break;
    }
    return 0;
}
