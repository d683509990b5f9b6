#include "edge/certificate_files.h"

namespace edge {

CertificateFiles read_certificate_files(service::TableReader& table) {
    using namespace std::chrono_literals;
    CertificateFiles files;
    files.key_file = table.path("key_file");
    files.certificate_file = table.path("certificate_file");
    files.check_interval = table.duration_or("check_interval", files.check_interval, 100ms, 24h);
    return files;
}

}  // namespace edge
