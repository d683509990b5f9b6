#include "admin/processes.h"

#include <fmt/format.h>

namespace admin {

ApiError to_api_error(const grpc::Status& status, std::string_view process) {
    const auto made = [&](Reason reason, std::string text) {
        return ApiError{reason, std::move(text), {{"service", std::string{process}}}};
    };
    const auto& said = status.error_message();
    switch (status.error_code()) {
        case grpc::StatusCode::NOT_FOUND:
            return made(Reason::not_found, fmt::format("{}: {}", process, said));
        case grpc::StatusCode::INVALID_ARGUMENT:
        case grpc::StatusCode::OUT_OF_RANGE:
            return made(Reason::invalid_field, fmt::format("{}: {}", process, said));
        case grpc::StatusCode::ABORTED:
            return made(Reason::changed_meanwhile, fmt::format("{}: {}", process, said));
        case grpc::StatusCode::DEADLINE_EXCEEDED:
            return made(Reason::service_unreachable,
                        fmt::format("{} did not answer within {} s; `aditctl problems` may say why",
                                    process, process_patience.count()));
        case grpc::StatusCode::UNAVAILABLE:
            return made(Reason::service_unreachable,
                        fmt::format("{} cannot be reached: {}", process, said));
        case grpc::StatusCode::UNIMPLEMENTED:
            return made(
                Reason::refused_by_service,
                fmt::format("{} does not know this call: it is older than this admin", process));
        default: return made(Reason::refused_by_service, fmt::format("{}: {}", process, said));
    }
}

}  // namespace admin
