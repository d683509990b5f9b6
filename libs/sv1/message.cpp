#include "sv1/message.h"

namespace sv1 {

std::string_view error_code(ParseError error) {
    switch (error) {
        case ParseError::too_long: return "too-long";
        case ParseError::not_json: return "not-json";
        case ParseError::not_utf8: return "not-utf8";
        case ParseError::too_deep: return "too-deep";
        case ParseError::not_a_message: return "not-a-message";
        case ParseError::bad_id: return "bad-id";
        case ParseError::bad_method: return "bad-method";
    }
    return "";
}

}  // namespace sv1
