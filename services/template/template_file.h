#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "mining/block_template.h"
#include "mining/ids.h"
#include "template/transaction_pool.h"

namespace templates {

/// A template with all that its block is built of, as it lies on a disk.
struct TemplateCopy {
    mining::BlockTemplate block_template{};
    std::vector<base::Bytes> transactions{};  ///< in block order, without the coinbase
};

/// The file of a template: a magic that ends in the format's number, the answer to GetTemplate
/// (templates.proto), and over both a double SHA-256, so that a file that was cut short is not
/// taken for a template.
base::Bytes encode_template_file(const mining::BlockTemplate& block_template,
                                 const std::vector<SharedTransaction>& transactions);
/// Nothing where it is damaged, or of another format.
std::optional<TemplateCopy> decode_template_file(base::ByteView file);

/// The files of templates. Every call blocks: they run in the background. Files appear whole or not
/// at all to a process that is started again; nothing is synced, so a machine that loses its power
/// may have lost them, or a part of one.
class TemplateFiles {
  public:
    virtual ~TemplateFiles() = default;
    TemplateFiles(const TemplateFiles&) = delete;
    TemplateFiles& operator=(const TemplateFiles&) = delete;

    /// Errors: why it is not there.
    virtual std::optional<std::string> write(mining::TemplateRef ref, const base::Bytes& file) = 0;
    /// Empty where there is none.
    virtual base::Bytes read(mining::TemplateRef ref) = 0;
    virtual void remove(mining::TemplateRef ref) = 0;
    /// Those that were written so long ago.
    virtual void remove_older_than(std::chrono::milliseconds age) = 0;

  protected:
    TemplateFiles() = default;
};

/// In a folder that is there, beside what else it has: NNNNNNNNNNNNNNNN.template, a ref in
/// hexadecimal.
class TemplateFolder final : public TemplateFiles {
  public:
    explicit TemplateFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::optional<std::string> write(mining::TemplateRef ref, const base::Bytes& file) override;
    base::Bytes read(mining::TemplateRef ref) override;
    void remove(mining::TemplateRef ref) override;
    void remove_older_than(std::chrono::milliseconds age) override;

  private:
    std::filesystem::path path_of(mining::TemplateRef ref) const;

    std::filesystem::path folder_;
};

}  // namespace templates
