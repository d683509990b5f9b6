#include "gateway/session.h"
#include "gateway/session_send.h"
#include "sv2/extension_messages.h"
#include "sv2/tlv.h"

namespace gateway {

void Session::on_request_extensions(base::ByteView payload, Effects& effects) {
    const auto request = sv2::decode<sv2::RequestExtensions>(payload);
    if (!request) return malformed(request.error(), effects);
    if (request->requested_extensions.size() > limits_.requested_extensions_max)
        return violation("too-many-extensions", effects);
    const bool has_channels = ever_opened_ || !opens_.empty();
    const auto answer =
        extensions_.on_request(request->requested_extensions.to_vector(), has_channels);
    if (answer.is_success)
        return send(sv2::RequestExtensionsSuccess{.request_id = request->request_id,
                                                  .supported_extensions = answer.supported},
                    effects);
    send(sv2::RequestExtensionsError{.request_id = request->request_id,
                                     .unsupported_extensions = answer.unsupported,
                                     .required_extensions = answer.missing},
         effects);
    if (answer.is_hopeless) violation("required-extension", effects);
}

/// The worker that a share names, where that was agreed on; the core ignores all other TLVs (Sv2
/// 3.4.3). False when the name is too long: then the share is refused.
bool Session::take_worker(base::ByteView tlv_area, std::string_view& worker,
                          Effects& effects) const {
    if (!extensions_.has_worker_identity()) return true;
    const auto identity = sv2::user_identity_of(tlv_area);
    if (!identity) return false;
    // It has to be there; the share is as good without, and counts for the channel alone.
    if (!*identity) ++effects.shares_without_worker;
    worker = identity->value_or(std::string_view{});
    return true;
}

}  // namespace gateway
