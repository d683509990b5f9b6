#include "template/archive_codec.h"

#include <adit/templates/v1/templates.pb.h>

#include "template/zstd.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

// A block's worth, with room: a pack is far smaller unless one transaction is not.
constexpr std::size_t content_size_max = 8U << 20;

template <class Message>
std::optional<Message> read(std::string_view frame) {
    const auto content = decompress(frame, content_size_max);
    Message message;
    if (!content || !message.ParseFromString(*content)) return std::nullopt;
    return message;
}

}  // namespace

std::string encode_pack(const std::vector<SharedTransaction>& transactions) {
    proto::ArchivedPack pack;
    for (const auto& transaction : transactions)
        pack.add_transactions(base::to_string(transaction->bytes));
    return compress(pack.SerializeAsString());
}

std::string encode_places(const std::vector<std::uint32_t>& places) {
    proto::ArchivedPlaces message;
    message.mutable_places()->Add(places.begin(), places.end());
    return compress(message.SerializeAsString());
}

std::optional<std::vector<base::Bytes>> read_archived(const std::vector<std::string>& packs,
                                                      std::string_view places) {
    std::vector<proto::ArchivedPack> read_packs;
    for (const auto& frame : packs) {
        auto pack = read<proto::ArchivedPack>(frame);
        if (!pack) return std::nullopt;
        read_packs.push_back(std::move(*pack));
    }
    const auto message = read<proto::ArchivedPlaces>(places);
    if (!message) return std::nullopt;
    std::vector<base::Bytes> transactions;
    for (const auto place : message->places()) {
        const auto pack = place >> 16;
        const auto index = static_cast<int>(place & 0xffff);
        if (pack >= read_packs.size() || index >= read_packs[pack].transactions_size())
            return std::nullopt;
        transactions.push_back(base::to_bytes(read_packs[pack].transactions(index)));
    }
    return transactions;
}

}  // namespace templates
