#include "peer/exchange.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <tuple>

#include "peer/sample.h"
#include "sv2/tlv.h"

namespace peer {
namespace {

/// Frames of the exchange itself: an extension that nobody has.
constexpr std::uint16_t control_extension = 0x7fff;
constexpr std::uint8_t done_type = 0;
constexpr std::uint8_t refused_type = 1;

base::Bytes control(std::uint8_t message_type, std::string_view text = {}) {
    const sv2::FrameHeader header{.extension_type = control_extension,
                                  .channel_message = false,
                                  .message_type = message_type,
                                  .payload_size = static_cast<std::uint32_t>(text.size())};
    base::Bytes frame(sv2::frame_header_size + text.size());
    std::ranges::copy(sv2::encode_header(header), frame.begin());
    std::ranges::copy(base::as_bytes(text), frame.begin() + sv2::frame_header_size);
    return frame;
}

sv2::FrameHeader header_of(base::ByteView frame) {
    return sv2::decode_header(frame.first<sv2::frame_header_size>());
}

struct Sample {
    std::string_view name{};
    std::size_t variant{};
    base::Bytes frame{};
};

/// The last one is a share with a worker's TLV.
std::vector<Sample> samples() {
    std::vector<Sample> all;
    for (std::size_t variant = 0; variant < variants; ++variant)
        sv2::for_each_message([&]<class M>(std::type_identity<M>) {
            Sampler sampler{variant};
            all.push_back({M::info.name, variant, sv2::encode(sampler.message<M>())});
        });
    Sampler sampler{1};
    base::Bytes tlvs;
    sv2::append_user_identity("worker.7", tlvs);
    all.push_back({sv2::SubmitSharesExtended::info.name, variants,
                   sv2::encode(sampler.message<sv2::SubmitSharesExtended>(), tlvs)});
    return all;
}

std::string difference(base::ByteView ours, base::ByteView theirs) {
    const auto own = header_of(ours);
    const auto other = header_of(theirs);
    if (own.channel_message != other.channel_message)
        return fmt::format("channel bit {} for our {}", int{other.channel_message},
                           int{own.channel_message});
    const auto [at, theirs_at] = std::ranges::mismatch(ours, theirs);
    if (at != ours.end() && theirs_at != theirs.end())
        return fmt::format("byte {} is {:02x} for our {:02x}", at - ours.begin(),
                           std::to_integer<unsigned>(*theirs_at), std::to_integer<unsigned>(*at));
    return fmt::format("{} bytes for our {}", theirs.size(), ours.size());
}

void tell(std::string_view direction, std::string_view name, std::size_t variant,
          const std::string& difference) {
    fmt::print("{}\t{}\t{}\t{}\t{}\n", difference.empty() ? "same" : "differs", direction, name,
               variant, difference);
}

/// Decodes a frame and encodes what came of it; a refusal when it cannot be decoded.
base::Bytes encode_again(base::ByteView frame) {
    auto answer = control(refused_type, "unknown message");
    sv2::decode_any(header_of(frame), frame.subspan(sv2::frame_header_size),
                    [&](const auto& decoded) {
                        answer = decoded ? sv2::encode(decoded->message, decoded->tlv_area)
                                         : control(refused_type, sv2::error_name(decoded.error()));
                    });
    return answer;
}

}  // namespace

void produce(Link& link) {
    for (const auto& [name, variant, frame] : samples()) {
        link.send(frame);
        const auto echo = link.receive();
        std::string what;
        if (header_of(echo).extension_type == control_extension)
            what =
                "refused: " + base::to_string(base::ByteView{echo}.subspan(sv2::frame_header_size));
        else if (echo != frame)
            what = difference(frame, echo);
        tell("sent", name, variant, what);
    }
    link.send(control(done_type));
}

void reproduce(Link& link) {
    std::map<std::tuple<unsigned, unsigned, std::size_t>, Sample> ours;
    for (auto& sample : samples()) {
        const auto header = header_of(sample.frame);
        ours[{header.extension_type, header.message_type, sample.variant}] = std::move(sample);
    }
    std::map<std::pair<unsigned, unsigned>, std::size_t> seen;
    while (true) {
        const auto frame = link.receive();
        const auto header = header_of(frame);
        if (header.extension_type == control_extension) return;
        const auto variant = seen[{header.extension_type, header.message_type}]++;
        const auto own = ours.find({header.extension_type, header.message_type, variant});
        if (own == ours.end())
            tell("received", fmt::format("{:#04x}", header.message_type), variant, "unknown here");
        else
            tell("received", own->second.name, variant,
                 own->second.frame == frame ? "" : difference(own->second.frame, frame));
        link.send(encode_again(frame));
    }
}

}  // namespace peer
