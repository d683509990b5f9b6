#include "translator/tls_identity.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <stdexcept>

#include "base/hex.h"
#include "service/secret_file.h"

namespace translator {
namespace {

/// The last thing that OpenSSL complained of, and forgets the rest.
std::string complaint() {
    std::array<char, 256> text{};
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "no reason given";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

std::shared_ptr<SSL_CTX> make_context() {
    std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
    if (!context) throw std::runtime_error(fmt::format("no TLS here: {}", complaint()));
    auto* raw = context.get();
    // What firmware of ten years speaks; below it there is nothing that protects.
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    // Without tickets and a cache, what is kept for a miner is its connection alone.
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 // Many close the socket without saying so in TLS.
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(raw, 0);
    // The buffers of an idle connection are given back; a queue may move between two writes.
    SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    return context;
}

void use_key(SSL_CTX* context, const std::filesystem::path& file) {
    const auto text = service::read_secret_file(file, "tls.key_file");
    const std::unique_ptr<BIO, int (*)(BIO*)> memory{
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
    // A callback that has no password, or OpenSSL would ask the terminal for one.
    const auto no_password = [](char*, int, int, void*) { return 0; };
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{
        PEM_read_bio_PrivateKey(memory.get(), nullptr, no_password, nullptr), EVP_PKEY_free};
    if (!key)
        throw std::runtime_error(
            fmt::format("tls.key_file: {} holds no private key without a password (PEM): {}",
                        file.string(), complaint()));
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        throw std::runtime_error(fmt::format(
            "tls.key_file: {} does not belong to the certificate in tls.certificate_file: {}",
            file.string(), complaint()));
}

std::int64_t end_of(const X509* certificate) {
    std::tm when{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1)
        throw std::runtime_error("tls.certificate_file: says no time at which it ends");
    return ::timegm(&when);
}

std::string fingerprint_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    return base::to_hex(base::as_bytes(std::span<const std::uint8_t>{digest}.first(size)));
}

}  // namespace

TlsIdentity load_tls_identity(const TlsFiles& files) {
    ERR_clear_error();
    TlsIdentity identity{.context = make_context()};
    auto* context = identity.context.get();
    const auto chain = files.certificate_file.string();
    if (SSL_CTX_use_certificate_chain_file(context, chain.c_str()) != 1)
        throw std::runtime_error(fmt::format(
            "tls.certificate_file: cannot read a certificate (PEM) in {}: {}", chain, complaint()));
    use_key(context, files.key_file);
    if (SSL_CTX_check_private_key(context) != 1)
        throw std::runtime_error(fmt::format("tls.key_file: {} is not the key of {}: {}",
                                             files.key_file.string(), chain, complaint()));
    const auto* certificate = SSL_CTX_get0_certificate(context);
    identity.not_valid_after = end_of(certificate);
    identity.fingerprint = fingerprint_of(certificate);
    return identity;
}

}  // namespace translator
