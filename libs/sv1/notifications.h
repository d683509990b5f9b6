#pragma once

#include <string>

#include "sv1/call.h"

/// What a pool says unasked: each appends one line to `out`. Nobody answers.
namespace sv1 {

void append_call(const SetDifficulty& call, std::string& out);
void append_call(const Notify& call, std::string& out);
void append_call(const SetExtranonce& call, std::string& out);
void append_call(const SetVersionMask& call, std::string& out);
/// Several miners do not obey: close the connection afterwards.
void append_call(const Reconnect& call, std::string& out);
void append_call(const ShowMessage& call, std::string& out);

}  // namespace sv1
