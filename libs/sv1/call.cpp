#include "sv1/call.h"

#include <algorithm>

namespace sv1 {

bool Configure::lists(std::string_view extension) const {
    return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

std::string_view error_text(CallError error) {
    switch (error) {
        case CallError::unknown_method: return "Not supported";
        case CallError::parameter_missing: return "A parameter is missing";
        case CallError::parameters_not_a_list: return "params is not a list";
        case CallError::text_expected: return "A parameter is not a string";
        case CallError::text_too_long: return "A parameter is too long";
        case CallError::bad_difficulty: return "The difficulty is not a number above zero";
        case CallError::bad_target: return "The target is not a hexadecimal number of 256 bits";
        case CallError::bad_mask: return "The mask is not a hexadecimal number of at most 8 digits";
        case CallError::bad_extranonce: return "The extranonce is not hexadecimal or too long";
        case CallError::bad_ntime: return "ntime is not a hexadecimal number of at most 8 digits";
        case CallError::bad_nonce: return "nonce is not a hexadecimal number of at most 8 digits";
        case CallError::bad_version_bits:
            return "The version bits are not a hexadecimal number of at most 8 digits";
        case CallError::bad_hash: return "A hash is not 64 hexadecimal digits";
        case CallError::bad_number: return "A number is malformed or out of range";
        case CallError::too_many_entries: return "A list is too long";
    }
    return "";
}

}  // namespace sv1
