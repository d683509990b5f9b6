#pragma once

#include <string>

#include "sv1/call.h"
#include "sv1/id.h"

/// What a miner asks of its pool, and a pool of its miner: each appends one line to `out`. The
/// other end answers with the same id.
namespace sv1 {

void append_call(const Id& id, const Configure& call, std::string& out);
void append_call(const Id& id, const Subscribe& call, std::string& out);
void append_call(const Id& id, const Authorize& call, std::string& out);
void append_call(const Id& id, const Submit& call, std::string& out);
void append_call(const Id& id, const SuggestDifficulty& call, std::string& out);
void append_call(const Id& id, const SuggestTarget& call, std::string& out);
void append_call(const Id& id, const ExtranonceSubscribe& call, std::string& out);
void append_call(const Id& id, const GetTransactions& call, std::string& out);
void append_call(const Id& id, const MultiVersion& call, std::string& out);
void append_call(const Id& id, const Ping& call, std::string& out);
void append_call(const Id& id, const GetVersion& call, std::string& out);

}  // namespace sv1
