#include "template/template_file.h"

#include <adit/templates/v1/templates.pb.h>
#include <fmt/format.h>

#include <string_view>
#include <system_error>

#include "rpc/template_codec.h"
#include "template/digest.h"
#include "template/whole_file.h"

namespace templates {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "ADITTPL1";
constexpr std::string_view extension = ".template";
constexpr std::string_view unfinished = ".template-new";

}  // namespace

base::Bytes encode_template_file(const mining::BlockTemplate& block_template,
                                 const std::vector<SharedTransaction>& transactions) {
    adit::templates::v1::GetTemplateResponse message;
    *message.mutable_block_template() = rpc::to_proto(block_template);
    for (const auto& transaction : transactions)
        message.add_transactions(base::to_string(transaction->bytes));
    auto file = base::to_bytes(magic);
    base::append(file, base::as_bytes(message.SerializeAsString()));
    append_digest(file);
    return file;
}

std::optional<TemplateCopy> decode_template_file(base::ByteView file) {
    const auto body = without_digest(file);
    if (!body || !base::as_string_view(*body).starts_with(magic)) return std::nullopt;
    const auto content = body->subspan(magic.size());
    adit::templates::v1::GetTemplateResponse message;
    if (!message.ParseFromArray(content.data(), static_cast<int>(content.size())))
        return std::nullopt;
    auto block_template = rpc::from_proto(message.block_template());
    if (!block_template) return std::nullopt;
    TemplateCopy copy{.block_template = std::move(*block_template)};
    copy.transactions.reserve(static_cast<std::size_t>(message.transactions_size()));
    for (const auto& transaction : message.transactions())
        copy.transactions.push_back(base::to_bytes(transaction));
    return copy;
}

fs::path TemplateFolder::path_of(mining::TemplateRef ref) const {
    return folder_ / fmt::format("{:016x}{}", ref.value, extension);
}

std::optional<std::string> TemplateFolder::write(mining::TemplateRef ref, const base::Bytes& file) {
    const auto path = path_of(ref);
    auto beside = path;
    beside.replace_extension(unfinished);
    return write_whole(path, beside, file, Sync::no);
}

base::Bytes TemplateFolder::read(mining::TemplateRef ref) {
    return base::to_bytes(read_whole(path_of(ref)));
}

void TemplateFolder::remove(mining::TemplateRef ref) {
    std::error_code ignored;
    fs::remove(path_of(ref), ignored);
}

void TemplateFolder::remove_older_than(std::chrono::milliseconds age) {
    const auto oldest = fs::file_time_type::clock::now() - age;
    std::error_code ignored;
    std::vector<fs::path> old;
    for (const auto& file : fs::directory_iterator{folder_, ignored}) {
        const auto kind = file.path().extension();
        if (kind != extension && kind != unfinished) continue;
        if (file.last_write_time(ignored) < oldest) old.push_back(file.path());
    }
    for (const auto& path : old) fs::remove(path, ignored);
}

}  // namespace templates
