#include "translator/notify_text.h"

#include <algorithm>

#include "sv1/text.h"

namespace translator {

NotifyText::NotifyText(const SharedJob& job) {
    const auto& parts = *job.parts;
    coinbase1_.append("\",\"");
    sv1::append_prev_hash(job.tip->prev_hash.value, coinbase1_);
    coinbase1_.append("\",\"");
    sv1::append_hex(parts.coinbase_prefix, coinbase1_);

    rest_.append("\",\"");
    sv1::append_hex(parts.coinbase_suffix, rest_);
    rest_.append("\",[");
    for (const auto& node : parts.merkle_path) {
        rest_.append(rest_.back() == '[' ? "\"" : ",\"");
        sv1::append_branch(node, rest_);
        rest_.push_back('"');
    }
    rest_.append("],\"");
    sv1::append_hex32(parts.version, rest_);
    rest_.append("\",\"");
    sv1::append_hex32(job.tip->nbits, rest_);
    rest_.append("\",\"");
}

void NotifyText::append(std::uint32_t id, base::ByteView coinbase1_tail, std::uint32_t ntime,
                        bool is_clean, std::string& out) const {
    out.append(R"({"id":null,"method":"mining.notify","params":[")");
    sv1::append_decimal(id, out);
    out.append(coinbase1_);
    sv1::append_hex(coinbase1_tail, out);
    out.append(rest_);
    sv1::append_hex32(ntime, out);
    out.append(is_clean ? "\",true]}\n" : "\",false]}\n");
}

const NotifyText& NotifyTexts::of(const std::shared_ptr<const SharedJob>& job) {
    const auto found =
        std::ranges::find_if(kept_, [&](const Entry& entry) { return entry.job == job; });
    if (found != kept_.end()) return found->text;
    if (kept_.size() == kept_max) kept_.pop_back();
    kept_.push_front({job, NotifyText{*job}});
    return kept_.front().text;
}

}  // namespace translator
