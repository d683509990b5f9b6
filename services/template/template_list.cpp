#include "template/template_list.h"

#include <algorithm>

#include "mining/coinbase_limits.h"
#include "rpc/template_codec.h"

namespace templates {

namespace proto = adit::templates::v1;

proto::ListTemplatesResponse list_templates(const TemplateStore& store, const Nodes& nodes,
                                            std::size_t count) {
    proto::ListTemplatesResponse response;
    const auto& all = store.all();
    for (auto at = all.rbegin(); at != all.rend() && count != 0; ++at, --count) {
        const auto& held = at->second;
        const auto& block_template = held.block_template;
        auto& to = *response.add_templates();
        to.set_ref(block_template.ref.value);
        to.set_height(block_template.tip.height);
        to.set_prev_hash(rpc::write_uint256(block_template.tip.prev_hash.value));
        to.set_value_sat(block_template.coinbase_tx_value_remaining);
        if (held.transactions)
            to.set_transactions(static_cast<std::uint32_t>(held.transactions->size()));
        if (block_template.coinbase_weight_max)
            to.set_weight(static_cast<std::uint32_t>(
                mining::block_weight_max -
                std::min<std::uint64_t>(mining::block_weight_max,
                                        *block_template.coinbase_weight_max)));
        to.set_named_at_us(static_cast<std::uint64_t>(held.named_at.time_since_epoch().count()));
        if (held.origin) to.set_node(std::string{nodes.name(held.origin->node)});
        to.set_is_current(&held == store.current());
    }
    return response;
}

}  // namespace templates
