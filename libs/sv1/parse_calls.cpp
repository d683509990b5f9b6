#include "sv1/parse_calls.h"

#include "sv1/text.h"

namespace sv1 {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;
using Parsed = base::Result<Call, CallError>;

auto refused(CallError error) {
    return base::unexpected(error);
}

/// The values of `mining.configure`'s second parameter; a member of another form counts as
/// missing, except for a mask, which would otherwise become the widest there is.
base::Result<Configure, CallError> configure_values(const Parameters& params, Configure configure) {
    object values;
    if (!params.has(1) || params[1].get_object().get(values) != simdjson::SUCCESS) return configure;
    for (const auto [key, value] : values) {
        if (key == "version-rolling.mask") {
            configure.version_rolling_mask = hex32_of(value);
            if (!configure.version_rolling_mask) return refused(CallError::bad_mask);
        } else if (key == "version-rolling.min-bit-count") {
            configure.version_rolling_min_bit_count = whole_of(value);
        } else if (key == "minimum-difficulty.value") {
            configure.minimum_difficulty = difficulty_of(value);
        }
    }
    return configure;
}

Parsed configure(const Parameters& params, Storage& storage) {
    if (!params.has(0)) return refused(CallError::parameter_missing);
    array listed;
    if (params[0].get_array().get(listed) != simdjson::SUCCESS)
        return refused(CallError::parameters_not_a_list);
    std::size_t count = 0;
    for (const auto entry : listed) {
        std::string_view name;
        if (entry.get_string().get(name) != simdjson::SUCCESS)
            return refused(CallError::text_expected);
        if (name.size() > text_size_max) return refused(CallError::text_too_long);
        if (count == storage.extensions.size()) return refused(CallError::too_many_entries);
        storage.extensions[count++] = name;
    }
    return configure_values(
        params, {.extensions = std::span<const std::string_view>{storage.extensions}.first(count)});
}

Parsed subscribe(const Parameters& params, Storage&) {
    const auto agent = text_or_empty(params, 0);
    if (!agent) return refused(agent.error());
    Subscribe call{.user_agent = *agent};
    if (params.has(1)) {
        const auto session = text_at(params, 1);
        if (!session) return refused(session.error());
        if (!session->empty()) call.session_id = *session;
    }
    return call;
}

Parsed authorize(const Parameters& params, Storage&) {
    const auto user = text_at(params, 0);
    if (!user) return refused(user.error());
    const auto password = text_or_empty(params, 1);
    if (!password) return refused(password.error());
    return Authorize{*user, *password};
}

Parsed submit(const Parameters& params, Storage&) {
    const auto worker = text_at(params, 0);
    if (!worker) return refused(worker.error());
    const auto job_id = text_at(params, 1);
    if (!job_id) return refused(job_id.error());
    const auto extranonce2 = extranonce_at(params, 2);
    if (!extranonce2) return refused(extranonce2.error());
    const auto ntime = hex32_at(params, 3, CallError::bad_ntime);
    if (!ntime) return refused(ntime.error());
    const auto nonce = hex32_at(params, 4, CallError::bad_nonce);
    if (!nonce) return refused(nonce.error());
    Submit call{*worker, *job_id, *extranonce2, *ntime, *nonce, {}};
    if (params.has(5)) {
        const auto bits = hex32_at(params, 5, CallError::bad_version_bits);
        if (!bits) return refused(bits.error());
        call.version_bits = *bits;
    }
    return call;
}

base::Result<double, CallError> difficulty_at(const Parameters& params) {
    if (!params.has(0)) return refused(CallError::parameter_missing);
    if (const auto difficulty = difficulty_of(params[0])) return *difficulty;
    return refused(CallError::bad_difficulty);
}

Parsed suggest_difficulty(const Parameters& params, Storage&) {
    return difficulty_at(params).transform(
        [](double difficulty) -> Call { return SuggestDifficulty{difficulty}; });
}

Parsed set_difficulty(const Parameters& params, Storage&) {
    return difficulty_at(params).transform(
        [](double difficulty) -> Call { return SetDifficulty{difficulty}; });
}

Parsed suggest_target(const Parameters& params, Storage&) {
    const auto text = text_at(params, 0);
    if (!text) return refused(text.error());
    const auto target = parse_target(*text);
    if (!target) return refused(CallError::bad_target);
    return SuggestTarget{*target};
}

Parsed multi_version(const Parameters& params, Storage&) {
    return number_at(params, 0).transform(
        [](std::uint32_t count) -> Call { return MultiVersion{count}; });
}

template <class Bare>
Parsed bare(const Parameters&, Storage&) {
    return Bare{};
}

/// The digits of one half of a coinbase; their bytes go to the storage.
base::Result<base::ByteView, CallError> coinbase_at(const Parameters& params, std::size_t index,
                                                    Storage& storage) {
    if (!params.has(index)) return refused(CallError::parameter_missing);
    std::string_view text;
    if (params[index].get_string().get(text) != simdjson::SUCCESS)
        return refused(CallError::text_expected);
    const auto room = std::span{storage.bytes}.subspan(storage.bytes_used);
    const auto size = parse_hex(text, room);
    if (!size) return refused(CallError::bad_hash);
    storage.bytes_used += *size;
    return base::ByteView{room.first(*size)};
}

base::Result<std::span<const bitcoin::Uint256>, CallError> branch_at(const Parameters& params,
                                                                     std::size_t index,
                                                                     Storage& storage) {
    array nodes;
    if (!params.has(index) || params[index].get_array().get(nodes) != simdjson::SUCCESS)
        return refused(CallError::parameters_not_a_list);
    std::size_t count = 0;
    for (const auto entry : nodes) {
        std::string_view text;
        if (entry.get_string().get(text) != simdjson::SUCCESS)
            return refused(CallError::text_expected);
        const auto node = parse_branch(text);
        if (!node) return refused(CallError::bad_hash);
        if (count == storage.branches.size()) return refused(CallError::too_many_entries);
        storage.branches[count++] = *node;
    }
    return std::span<const bitcoin::Uint256>{storage.branches}.first(count);
}

Parsed notify(const Parameters& params, Storage& storage) {
    const auto job_id = text_at(params, 0);
    if (!job_id) return refused(job_id.error());
    const auto prev_text = text_at(params, 1);
    if (!prev_text) return refused(prev_text.error());
    const auto prev_hash = parse_prev_hash(*prev_text);
    if (!prev_hash) return refused(CallError::bad_hash);
    const auto coinbase1 = coinbase_at(params, 2, storage);
    if (!coinbase1) return refused(coinbase1.error());
    const auto coinbase2 = coinbase_at(params, 3, storage);
    if (!coinbase2) return refused(coinbase2.error());
    const auto branch = branch_at(params, 4, storage);
    if (!branch) return refused(branch.error());
    const auto version = hex32_at(params, 5, CallError::bad_number);
    if (!version) return refused(version.error());
    const auto nbits = hex32_at(params, 6, CallError::bad_number);
    if (!nbits) return refused(nbits.error());
    const auto ntime = hex32_at(params, 7, CallError::bad_ntime);
    if (!ntime) return refused(ntime.error());
    bool clean_jobs = false;
    if (!params.has(8) || params[8].get_bool().get(clean_jobs) != simdjson::SUCCESS)
        return refused(CallError::parameter_missing);
    return Notify{*job_id,  *prev_hash, *coinbase1, *coinbase2, *branch,
                  *version, *nbits,     *ntime,     clean_jobs};
}

Parsed set_extranonce(const Parameters& params, Storage&) {
    const auto extranonce1 = extranonce_at(params, 0);
    if (!extranonce1) return refused(extranonce1.error());
    const auto size = number_at(params, 1);
    if (!size) return refused(size.error());
    if (*size > extranonce_size_max) return refused(CallError::bad_extranonce);
    return SetExtranonce{*extranonce1, *size};
}

Parsed set_version_mask(const Parameters& params, Storage&) {
    return hex32_at(params, 0, CallError::bad_mask).transform([](std::uint32_t mask) -> Call {
        return SetVersionMask{mask};
    });
}

Parsed reconnect(const Parameters& params, Storage&) {
    const auto host = text_or_empty(params, 0);
    if (!host) return refused(host.error());
    Reconnect call{.host = *host};
    if (params.has(1)) {
        const auto port = number_at(params, 1);
        if (!port || *port > 0xffff) return refused(CallError::bad_number);
        call.port = static_cast<std::uint16_t>(*port);
    }
    if (params.has(2)) {
        const auto wait = number_at(params, 2);
        if (!wait) return refused(wait.error());
        call.wait_s = *wait;
    }
    return call;
}

Parsed show_message(const Parameters& params, Storage&) {
    return text_at(params, 0).transform(
        [](std::string_view text) -> Call { return ShowMessage{text}; });
}

struct Method {
    std::string_view name;
    Parsed (*parse)(const Parameters&, Storage&);
};

/// The most frequent first.
constexpr Method methods[] = {
    {"mining.submit", submit},
    {"mining.notify", notify},
    {"mining.set_difficulty", set_difficulty},
    {"mining.subscribe", subscribe},
    {"mining.authorize", authorize},
    {"mining.configure", configure},
    {"mining.extranonce.subscribe", bare<ExtranonceSubscribe>},
    {"mining.suggest_difficulty", suggest_difficulty},
    {"mining.suggest_target", suggest_target},
    {"mining.multi_version", multi_version},
    {"mining.get_transactions", bare<GetTransactions>},
    {"mining.ping", bare<Ping>},
    {"mining.set_extranonce", set_extranonce},
    {"mining.set_version_mask", set_version_mask},
    {"client.reconnect", reconnect},
    {"client.get_version", bare<GetVersion>},
    {"client.show_message", show_message},
};

}  // namespace

Parsed parse_call(std::string_view method,
                  const simdjson::simdjson_result<simdjson::dom::element>& params,
                  Storage& storage) {
    for (const auto& [name, parse] : methods) {
        if (name != method) continue;
        const auto parameters = Parameters::of(params);
        if (!parameters) return refused(parameters.error());
        return parse(*parameters, storage);
    }
    return refused(CallError::unknown_method);
}

}  // namespace sv1
