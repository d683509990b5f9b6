#include "sv1/requests.h"

#include "sv1/difficulty.h"
#include "sv1/json_text.h"
#include "sv1/text.h"

namespace sv1 {
namespace {

void begin(const Id& id, std::string_view method, std::string& out) {
    out.append("{\"id\":").append(id.json()).append(",\"method\":\"").append(method);
    out.append("\",\"params\":[");
}

void end(std::string& out) {
    out.append("]}\n");
}

/// The name and a colon, after a comma unless it is the first member.
void append_member(std::string_view name, bool& is_first, std::string& out) {
    if (!is_first) out.push_back(',');
    is_first = false;
    append_json_string(name, out);
    out.push_back(':');
}

}  // namespace

void append_call(const Id& id, const Configure& call, std::string& out) {
    begin(id, "mining.configure", out);
    out.push_back('[');
    for (std::size_t i = 0; i < call.extensions.size(); ++i) {
        if (i != 0) out.push_back(',');
        append_json_string(call.extensions[i], out);
    }
    out.append("],{");
    bool is_first = true;
    if (call.version_rolling_mask) {
        append_member("version-rolling.mask", is_first, out);
        append_json_hex32(*call.version_rolling_mask, out);
    }
    if (call.version_rolling_min_bit_count) {
        append_member("version-rolling.min-bit-count", is_first, out);
        append_decimal(*call.version_rolling_min_bit_count, out);
    }
    if (call.minimum_difficulty) {
        append_member("minimum-difficulty.value", is_first, out);
        append_difficulty(*call.minimum_difficulty, out);
    }
    out.push_back('}');
    end(out);
}

void append_call(const Id& id, const Subscribe& call, std::string& out) {
    begin(id, "mining.subscribe", out);
    append_json_string(call.user_agent, out);
    if (call.session_id) {
        out.push_back(',');
        append_json_string(*call.session_id, out);
    }
    end(out);
}

void append_call(const Id& id, const Authorize& call, std::string& out) {
    begin(id, "mining.authorize", out);
    append_json_string(call.user, out);
    out.push_back(',');
    append_json_string(call.password, out);
    end(out);
}

void append_call(const Id& id, const Submit& call, std::string& out) {
    begin(id, "mining.submit", out);
    append_json_string(call.worker, out);
    out.push_back(',');
    append_json_string(call.job_id, out);
    out.push_back(',');
    append_json_hex(call.extranonce2.view(), out);
    out.push_back(',');
    append_json_hex32(call.ntime, out);
    out.push_back(',');
    append_json_hex32(call.nonce, out);
    if (call.version_bits) {
        out.push_back(',');
        append_json_hex32(*call.version_bits, out);
    }
    end(out);
}

void append_call(const Id& id, const SuggestDifficulty& call, std::string& out) {
    begin(id, "mining.suggest_difficulty", out);
    append_difficulty(call.difficulty, out);
    end(out);
}

void append_call(const Id& id, const SuggestTarget& call, std::string& out) {
    begin(id, "mining.suggest_target", out);
    append_json_string(call.target.to_be_hex(), out);
    end(out);
}

void append_call(const Id& id, const ExtranonceSubscribe&, std::string& out) {
    begin(id, "mining.extranonce.subscribe", out);
    end(out);
}

void append_call(const Id& id, const GetTransactions&, std::string& out) {
    begin(id, "mining.get_transactions", out);
    end(out);
}

void append_call(const Id& id, const MultiVersion& call, std::string& out) {
    begin(id, "mining.multi_version", out);
    append_decimal(call.count, out);
    end(out);
}

void append_call(const Id& id, const Ping&, std::string& out) {
    begin(id, "mining.ping", out);
    end(out);
}

void append_call(const Id& id, const GetVersion&, std::string& out) {
    begin(id, "client.get_version", out);
    end(out);
}

}  // namespace sv1
