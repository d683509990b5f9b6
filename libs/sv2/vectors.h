#pragma once

#include <string_view>

namespace sv2::vectors {

/// Frames in hexadecimal, header and payload. Those of SetupConnection*, NewTemplate and the
/// template SetNewPrevHash are the unit-test data of the C++ template provider sv2-tp (fe42cf3);
/// the others are derived from the tables of the specification (0f38d51).
inline constexpr std::string_view setup_connection =
    "00000052000002020002000100000007302e302e302e306121074269746d61696e085339692031332e351c6272"
    "6169696e732d6f732d323031382d30392d32322d312d6861736810736f6d652d6465766963652d75756964";
inline constexpr std::string_view setup_connection_success = "000001060000020003000000";
inline constexpr std::string_view setup_connection_error =
    "0000021e0000000000001970726f746f636f6c2d76657273696f6e2d6d69736d61746368";
inline constexpr std::string_view new_template =
    "00007159000001000000000000000000000030020000000403012100ffffffff0040075af0750700010000000c"
    "000100000000000000036a012adbc80d00011a6240823de4c8d6aaf826851bdf2b0e8d5acf7c31e8578cff4c39"
    "4b5a32bd4e";
inline constexpr std::string_view template_set_new_prev_hash =
    "0000725000000200000000000000e59a2ef8d4826b89fe637f3b5322c0f167fd2d3dc88ec568a7c2c8ffd8eb88"
    "73973c0e63ffff7f03ffff7f0000000000000000000000000000000000000000000000000000000000";
inline constexpr std::string_view coinbase_output_constraints = "0000700600002b0000000000";
inline constexpr std::string_view open_standard =
    "0000103000000100000007616363742e773121e6b556ffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffff";
inline constexpr std::string_view open_standard_success =
    "00001135000001000000070000000000000000000000000000000000000000000000000000000000ffff000000"
    "0008000100000000000703000000";
inline constexpr std::string_view open_extended =
    "0000133200000200000007616363742e773121e6b556ffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffff0800";
inline constexpr std::string_view future_job =
    "0080152d000007000000010000000000000020000102030405060708090a0b0c0d0e0f10111213141516171819"
    "1a1b1c1d1e1f";
inline constexpr std::string_view active_job =
    "008015310000070000000200000001e1690b6800000020000102030405060708090a0b0c0d0e0f101112131415"
    "161718191a1b1c1d1e1f";
inline constexpr std::string_view new_extended_job =
    "00801f360000030000000500000000000000200101aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaa020002000100ff";
inline constexpr std::string_view set_new_prev_hash =
    "00802030000007000000010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d61900000000"
    "00e1690b68c0d7001b";
inline constexpr std::string_view set_target =
    "008021240000070000000000000000000000000000000000000000000000000000000000ffff00000000";
inline constexpr std::string_view submit_standard =
    "00801a18000007000000010000000100000078563412e1690b6820000020";
inline constexpr std::string_view submit_extended =
    "00801b21000007000000010000000100000078563412e1690b6820000020080102030405060708";
inline constexpr std::string_view submit_extended_with_worker =
    "00801b30000007000000010000000100000078563412e1690b68200000200801020304050607080200010a0057"
    "6f726b65725f303031";
inline constexpr std::string_view submit_success =
    "00801c14000007000000090000000a0000006400000000000000";
inline constexpr std::string_view submit_error =
    "00801d14000007000000040000000b7374616c652d7368617265";
inline constexpr std::string_view set_group_channel = "0000250e00000300000002000700000008000000";
inline constexpr std::string_view request_extensions = "010000060000010001000200";
inline constexpr std::string_view request_extensions_success = "010001060000010001000200";

inline constexpr std::string_view all[] = {setup_connection,
                                           setup_connection_success,
                                           setup_connection_error,
                                           new_template,
                                           template_set_new_prev_hash,
                                           coinbase_output_constraints,
                                           open_standard,
                                           open_standard_success,
                                           open_extended,
                                           future_job,
                                           active_job,
                                           new_extended_job,
                                           set_new_prev_hash,
                                           set_target,
                                           submit_standard,
                                           submit_extended,
                                           submit_extended_with_worker,
                                           submit_success,
                                           submit_error,
                                           set_group_channel,
                                           request_extensions,
                                           request_extensions_success};

}  // namespace sv2::vectors
