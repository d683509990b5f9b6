#include <adit/admin/v1/block.grpc.pb.h>

#include "aditctl/collection.h"
#include "aditctl/commands.h"
#include "aditctl/names.h"

namespace aditctl {

template <>
struct Calls<v1::Block> {
    using Stub = v1::BlockService::Stub;
    static constexpr auto list = &Stub::ListBlocks;
    static constexpr auto get = &Stub::GetBlock;
    static constexpr auto watch = &Stub::WatchBlocks;
    static constexpr const char* argument = "BLOCK";
    static auto& rows(v1::ListBlocksResponse& response) { return *response.mutable_blocks(); }
    static const auto& row(const v1::GetBlockResponse& response) { return response.block(); }
    static std::string name(const std::string& text) { return resource_name("blocks/", text); }
};

template <>
struct Calls<v1::Template> {
    using Stub = v1::BlockService::Stub;
    static constexpr auto list = &Stub::ListTemplates;
    static auto& rows(v1::ListTemplatesResponse& response) { return *response.mutable_templates(); }
};

template <>
struct Calls<v1::Node> {
    using Stub = v1::BlockService::Stub;
    static constexpr auto list = &Stub::ListNodes;
    static constexpr auto get = &Stub::GetNode;
    static constexpr auto watch = &Stub::WatchNodes;
    static constexpr const char* argument = "NODE";
    static auto& rows(v1::ListNodesResponse& response) { return *response.mutable_nodes(); }
    static const auto& row(const v1::GetNodeResponse& response) { return response.node(); }
    static std::string name(const std::string& text) { return resource_name("nodes/", text); }
};

namespace {

void resubmit(const GlobalOptions& options, const std::string& block) {
    AdminChannel admin{options};
    v1::ResubmitBlockRequest request;
    request.set_name(Calls<v1::Block>::name(block));
    request.set_request_id(request_id_for(options));
    const auto said = admin.call(&v1::BlockService::Stub::ResubmitBlock, request);
    if (options.output != Output::table)
        print_message(options, said);
    else
        fmt::print("{} replicas give it to their nodes again\nfollow it: aditctl blocks get {}\n",
                   said.replicas(), short_name(request.name()));
}

}  // namespace

void add_chain_commands(CLI::App& app, const GlobalOptions& options) {
    auto& blocks = add_group(app, "blocks", "Blocks that the pool has found");
    add_list<v1::Block>(blocks, options, "Blocks, the newest first",
                        "\nExample:\n  aditctl blocks list --filter 'state = ORPHANED'\n"
                        "Next: `aditctl blocks get HASH` tells its story.\n");
    add_get<v1::Block>(blocks, options, "One block and what became of it, step by step");
    add_watch<v1::Block>(blocks, options, "The list, live");
    auto& resubmitting = *blocks.add_subcommand("resubmit", "Give it to every node again");
    const auto block = std::make_shared<std::string>();
    resubmitting.add_option("block", *block, "Its hash")->required()->type_name("BLOCK");
    resubmitting.callback([&options, block] { resubmit(options, *block); });

    auto& templates = add_group(app, "templates", "What miners work on");
    add_list<v1::Template>(templates, options, "Templates, the current one marked",
                           "\nExample:\n  aditctl templates list --filter is_current\n");

    auto& nodes = add_group(app, "nodes", "Bitcoin nodes, as the template services see them");
    add_list<v1::Node>(nodes, options, "Nodes, and what is made of each",
                       "\nExample:\n  aditctl nodes list --filter 'NOT verdict = USABLE'\n");
    add_get<v1::Node>(nodes, options, "One node");
    add_watch<v1::Node>(nodes, options, "The list, live");
}

}  // namespace aditctl
