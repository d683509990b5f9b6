#include "template/template_file.h"

#include <adit/templates/v1/templates.pb.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "bitcoin/sha256.h"
#include "rpc/template_codec.h"

namespace templates {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "ADITTPL1";
constexpr std::size_t digest_size = 32;
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
    base::append(file, bitcoin::sha256d(file).as_bytes());
    return file;
}

std::optional<TemplateCopy> decode_template_file(base::ByteView file) {
    if (file.size() < magic.size() + digest_size) return std::nullopt;
    const auto body = file.first(file.size() - digest_size);
    const auto digest = bitcoin::sha256d(body);
    if (!std::ranges::equal(file.last(digest_size), digest.as_bytes())) return std::nullopt;
    if (base::as_string_view(body.first(magic.size())) != magic) return std::nullopt;
    const auto content = body.subspan(magic.size());
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
    const auto failure = [&](const char* what, int error) {
        return fmt::format("cannot {} {}: {}", what, beside.string(),
                           std::error_code{error, std::generic_category()}.message());
    };
    {
        std::ofstream out{beside, std::ios::binary | std::ios::trunc};
        if (!out) return failure("create", errno);
        out.write(reinterpret_cast<const char*>(file.data()),
                  static_cast<std::streamsize>(file.size()));
        if (!out.flush()) return failure("write", errno);
    }
    std::error_code error;
    fs::rename(beside, path, error);
    if (error) return failure("rename", error.value());
    return std::nullopt;
}

base::Bytes TemplateFolder::read(mining::TemplateRef ref) {
    std::ifstream in{path_of(ref), std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
    return base::to_bytes(text);
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
