#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/network.h"
#include "mining/block_template.h"
#include "sv2/template_messages.h"

/// What messages of template distribution say of a block, for the client. Pure.
namespace templates {

/// A template as the node knows it: what a solution has to name, and what it may not change.
struct GivenTemplate {
    sv2::TemplateId id{};
    bitcoin::BlockHash prev_hash{};
    std::uint32_t version{};
};

/// What NewTemplate says, without a ref and with a tip that has its height only.
/// Errors: what is wrong with it.
base::Result<mining::BlockTemplate, std::string> read_new_template(const sv2::NewTemplate& message);

/// No block of the network is easier, now that it is as old as it is. The protocol does not say
/// which chain a node is on, but this tells apart what must not be taken for one another.
bitcoin::Target easiest_target(bitcoin::Network network);

/// What SubmitSolution says of a whole block. Borrows from `block`.
/// Errors: why the message cannot say it.
base::Result<sv2::SubmitSolution, std::string_view> solution_of(const GivenTemplate& given,
                                                                base::ByteView block);

}  // namespace templates
