#include "miner/tls_client.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <utility>

namespace miner {
namespace {

// Of the main thread's errors the last, in words.
std::string complaint() {
    std::array<char, 256> text{};
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "no reason given";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

// Names are looked for in the certificate as names, addresses as addresses.
bool expect_host(SSL* ssl, const std::string& host) {
    auto* const checks = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1) return true;
    ERR_clear_error();
    // SSL_set_tlsext_host_name() is this, with a cast that we are warned of.
    return SSL_set1_host(ssl, host.c_str()) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(host.c_str())) == 1;
}

}  // namespace

void TlsClient::Free::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

base::Result<TlsClient, std::string> TlsClient::make(const std::string& host,
                                                     const std::string& authorities_file) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{
        SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    if (!context) return base::unexpected("no TLS here: " + complaint());
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    // Many close the socket without saying so in TLS.
    SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    const bool has_authorities =
        authorities_file.empty()
            ? SSL_CTX_set_default_verify_paths(context.get()) == 1
            : SSL_CTX_load_verify_file(context.get(), authorities_file.c_str()) == 1;
    if (!has_authorities)
        return base::unexpected(
            fmt::format("cannot read certificates in {}: {}", authorities_file, complaint()));
    std::unique_ptr<SSL, Free> ssl{SSL_new(context.get())};
    if (!ssl || !expect_host(ssl.get(), host)) return base::unexpected("no TLS: " + complaint());
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl.get());
    return TlsClient{std::move(ssl)};
}

base::Result<bool, std::string> TlsClient::shake_hands() {
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) return true;
    if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return false;
    const auto verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) {
        ERR_clear_error();
        return base::unexpected(
            fmt::format("the pool's certificate: {} (name its authority with "
                        "--tls-authorities)",
                        X509_verify_cert_error_string(verified)));
    }
    return base::unexpected(complaint());
}

void TlsClient::take(base::ByteView received) {
    // Memory takes all of it.
    BIO_write(SSL_get_rbio(ssl_.get()), received.data(), static_cast<int>(received.size()));
}

std::optional<std::string> TlsClient::open(base::Bytes& to) {
    std::array<std::byte, 16 * 1024> text;  // a record
    while (true) {
        const int got = SSL_read(ssl_.get(), text.data(), static_cast<int>(text.size()));
        if (got > 0) {
            base::append(to, base::ByteView{text}.first(static_cast<std::size_t>(got)));
            continue;
        }
        switch (SSL_get_error(ssl_.get(), got)) {
            case SSL_ERROR_WANT_READ: return std::nullopt;
            case SSL_ERROR_ZERO_RETURN: return "the pool closed the connection";
            default: return "TLS: " + complaint();
        }
    }
}

std::optional<std::string> TlsClient::seal(base::ByteView text) {
    if (text.empty()) return std::nullopt;
    const int wrote = SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    if (wrote == static_cast<int>(text.size())) return std::nullopt;
    return "TLS: " + complaint();
}

void TlsClient::move_output(base::Bytes& to) {
    auto* const output = SSL_get_wbio(ssl_.get());
    const auto size = BIO_ctrl_pending(output);
    const auto old = to.size();
    to.resize(old + size);
    if (size > 0) BIO_read(output, to.data() + old, static_cast<int>(size));
}

}  // namespace miner
