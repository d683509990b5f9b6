#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "admin/api_config.h"

namespace admin {

/// Credentials that show our certificate and ask every caller for one that the authority has
/// signed. gRPC reads the files again every ten seconds: a renewed pair serves the connections that
/// come after. Certificate and key are to be replaced together (rename a folder, or a symbolic
/// link): while they do not match nobody can connect.
///
/// Errors: throws service::ConfigError naming the file, what is wrong and the cure.
std::shared_ptr<grpc::ServerCredentials> make_credentials(const ApiTls& files);

}  // namespace admin
