#include "admin/api_tls.h"

#include <fmt/format.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

#include "service/secret_file.h"

namespace admin {
namespace {

constexpr unsigned refresh_seconds = 10;

/// The last thing that OpenSSL complained of, and forgets the rest.
std::string complaint() {
    std::array<char, 256> text{};
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "no reason given";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

[[noreturn]] void fail(std::string_view key, const std::filesystem::path& file,
                       std::string_view what) {
    throw service::ConfigError{
        {fmt::format("{}: {} {}: {}", key, file.string(), what, complaint())}};
}

/// gRPC would listen with files that serve nobody, and say so to nobody.
void check(const ApiTls& files) {
    ERR_clear_error();
    // Its mode, and that it can be read; gRPC reads it by itself.
    (void)service::read_secret_file(files.key_file, "api.tls.key_file");
    const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_server_method()),
                                                               SSL_CTX_free};
    auto* const raw = context.get();
    if (SSL_CTX_use_certificate_chain_file(raw, files.certificate_file.c_str()) != 1)
        fail("api.tls.certificate_file", files.certificate_file, "holds no certificate (PEM)");
    if (SSL_CTX_use_PrivateKey_file(raw, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        fail("api.tls.key_file", files.key_file,
             "holds no private key (PEM) of the certificate in api.tls.certificate_file");
    if (SSL_CTX_load_verify_file(raw, files.client_ca_file.c_str()) != 1)
        fail("api.tls.client_ca_file", files.client_ca_file, "holds no certificate (PEM)");
}

}  // namespace

std::shared_ptr<grpc::ServerCredentials> make_credentials(const ApiTls& files) {
    check(files);
    auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
        files.key_file.string(), files.certificate_file.string(), files.client_ca_file.string(),
        refresh_seconds);
    grpc::experimental::TlsServerCredentialsOptions options{provider};
    options.watch_identity_key_cert_pairs();
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace admin
