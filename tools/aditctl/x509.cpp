#include "aditctl/x509.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

#include "base/ip_network.h"

namespace aditctl {
namespace {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* pointer) const {
        release(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;

constexpr long version_3 = 2;
// RFC 5280 4.1.2.2 allows 20 bytes, of which the first bit stays clear.
constexpr int serial_bits = 127;

void require(bool is_good, const char* what) {
    if (is_good) return;
    char text[256] = "";
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    throw std::runtime_error{fmt::format("{}: {}", what, text)};
}

std::string text_of(BIO& bio) {
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(&bio, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

Bio memory_of(const std::string& text) {
    Bio bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
    require(bio != nullptr, "memory");
    return bio;
}

Certificate parse_certificate(const std::string& pem) {
    const auto bio = memory_of(pem);
    Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    require(certificate != nullptr, "no certificate in PEM");
    return certificate;
}

Key parse_key(const std::string& pem) {
    const auto bio = memory_of(pem);
    Key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)};
    require(key != nullptr, "no private key in PEM");
    return key;
}

std::string to_pem(X509& certificate) {
    const Bio bio{BIO_new(BIO_s_mem())};
    require(PEM_write_bio_X509(bio.get(), &certificate) == 1, "writing a certificate");
    return text_of(*bio);
}

std::string to_pem(EVP_PKEY& key) {
    const Bio bio{BIO_new(BIO_s_mem())};
    require(
        PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "writing a key");
    return text_of(*bio);
}

void set_serial(X509& certificate) {
    const Number serial{BN_new()};
    require(serial && BN_rand(serial.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1,
            "a serial number");
    require(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(&certificate)) != nullptr,
            "a serial number");
}

void add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
    require(extension && X509_add_ext(&certificate, extension.get(), -1) == 1, value.c_str());
}

std::string alternative_names(const std::vector<std::string>& hosts) {
    std::string names;
    for (const auto& host : hosts) {
        const bool is_address = base::parse_ip_address(host).has_value();
        names += fmt::format("{}{}:{}", names.empty() ? "" : ",", is_address ? "IP" : "DNS", host);
    }
    return names;
}

void add_extensions(X509& certificate, X509& issuer, const CertificateSpec& spec) {
    const auto add = [&](int kind, const std::string& value) {
        add_extension(certificate, issuer, kind, value);
    };
    add(NID_subject_key_identifier, "hash");
    if (spec.purpose == Purpose::authority) {
        add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
        add(NID_key_usage, "critical,keyCertSign,cRLSign");
        return;
    }
    add(NID_authority_key_identifier, "keyid");
    add(NID_basic_constraints, "critical,CA:FALSE");
    add(NID_key_usage, "critical,digitalSignature");
    add(NID_ext_key_usage, spec.purpose == Purpose::server ? "serverAuth" : "clientAuth");
    if (!spec.hosts.empty()) add(NID_subject_alt_name, alternative_names(spec.hosts));
}

void set_common_name(X509& certificate, const std::string& name) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned
    const auto* const bytes = reinterpret_cast<const unsigned char*>(name.data());
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(&certificate), "CN", MBSTRING_UTF8,
                                       bytes, static_cast<int>(name.size()), -1, 0) == 1,
            "a name of at most 64 letters");
}

}  // namespace

Pem issue_certificate(const CertificateSpec& spec, const Pem* authority) {
    const Key key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
    require(key != nullptr, "a new key");
    const Certificate certificate{X509_new()};
    require(certificate && X509_set_version(certificate.get(), version_3) == 1, "a certificate");
    set_serial(*certificate);
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), base::to_unix_seconds(spec.from));
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), base::to_unix_seconds(spec.until));
    set_common_name(*certificate, spec.common_name);
    require(X509_set_pubkey(certificate.get(), key.get()) == 1, "a public key");
    const auto issuer = authority == nullptr ? nullptr : parse_certificate(authority->certificate);
    const auto issuer_key = authority == nullptr ? nullptr : parse_key(authority->key);
    X509& signer = issuer ? *issuer : *certificate;
    EVP_PKEY& signing_key = issuer_key ? *issuer_key : *key;
    require(X509_check_private_key(&signer, &signing_key) == 1 || !issuer,
            "the authority's key is not that of its certificate");
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(&signer));
    add_extensions(*certificate, signer, spec);
    require(X509_sign(certificate.get(), &signing_key, EVP_sha256()) > 0, "a signature");
    return {.certificate = to_pem(*certificate), .key = to_pem(*key)};
}

CertificateFacts read_certificate(const std::string& pem) {
    const auto certificate = parse_certificate(pem);
    char name[256] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name,
                              sizeof name);
    return {.common_name = name, .is_authority = X509_check_ca(certificate.get()) == 1};
}

}  // namespace aditctl
