#include "sv1/notifications.h"

#include "sv1/difficulty.h"
#include "sv1/json_text.h"
#include "sv1/text.h"

namespace sv1 {
namespace {

void begin(std::string_view method, std::string& out) {
    out.append("{\"id\":null,\"method\":\"").append(method).append("\",\"params\":[");
}

void end(std::string& out) {
    out.append("]}\n");
}

}  // namespace

void append_call(const SetDifficulty& call, std::string& out) {
    begin("mining.set_difficulty", out);
    append_difficulty(call.difficulty, out);
    end(out);
}

void append_call(const Notify& call, std::string& out) {
    begin("mining.notify", out);
    append_json_string(call.job_id, out);
    out.append(",\"");
    append_prev_hash(call.prev_hash, out);
    out.append("\",");
    append_json_hex(call.coinbase1, out);
    out.push_back(',');
    append_json_hex(call.coinbase2, out);
    out.append(",[");
    for (std::size_t i = 0; i < call.merkle_branch.size(); ++i) {
        if (i != 0) out.push_back(',');
        out.push_back('"');
        append_branch(call.merkle_branch[i], out);
        out.push_back('"');
    }
    out.append("],");
    append_json_hex32(call.version, out);
    out.push_back(',');
    append_json_hex32(call.nbits, out);
    out.push_back(',');
    append_json_hex32(call.ntime, out);
    out.append(call.clean_jobs ? ",true" : ",false");
    end(out);
}

void append_call(const SetExtranonce& call, std::string& out) {
    begin("mining.set_extranonce", out);
    append_json_hex(call.extranonce1.view(), out);
    out.push_back(',');
    append_decimal(call.extranonce2_size, out);
    end(out);
}

void append_call(const SetVersionMask& call, std::string& out) {
    begin("mining.set_version_mask", out);
    append_json_hex32(call.mask, out);
    end(out);
}

void append_call(const Reconnect& call, std::string& out) {
    begin("client.reconnect", out);
    if (!call.host.empty() || call.port != 0 || call.wait_s != 0) {
        append_json_string(call.host, out);
        out.push_back(',');
        append_decimal(call.port, out);
        out.push_back(',');
        append_decimal(call.wait_s, out);
    }
    end(out);
}

void append_call(const ShowMessage& call, std::string& out) {
    begin("client.show_message", out);
    append_json_string(call.text, out);
    end(out);
}

}  // namespace sv1
