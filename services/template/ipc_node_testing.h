#pragma once

#include <capnp/capability.h>
#include <capnp/rpc-twoparty.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "template/devchain.h"
#include "template/ipc_dialect.h"

namespace templates {

/// For tests: a node on a unix socket that gives the Mining interface of one release, over the
/// development chain. It answers as Bitcoin Core does, as far as its callers can see.
class IpcTestNode {
  public:
    struct Settings {
        MiningDialect dialect = MiningDialect::core_32;
        bool is_test_chain = true;
        bool is_initial_download = false;
        bool is_loading = false;        ///< does not give the interface yet
        bool is_hanging = false;        ///< answers no question of whether it is downloading
        bool gives_no_mining = false;   ///< of a release to come
        std::string chain = "regtest";  ///< by RPC
        std::string create_fault{};     ///< createNewBlock fails with these words
        std::size_t transactions = 3;   ///< in the mempool after each block
    };

    IpcTestNode(boost::asio::io_context& loop, const std::filesystem::path& socket,
                Settings settings);
    ~IpcTestNode();

    /// Somebody else finds a block.
    void extend();
    /// Fees rise by 1,000 satoshi.
    void add_transaction();
    const bitcoin::BlockHash& tip() const;
    std::uint32_t height() const;

    /// What is seen from inside.
    std::size_t templates_held() const;
    std::size_t templates_made() const;
    std::size_t solutions() const;
    std::size_t whole_blocks() const;
    Settings& settings();

    struct State;

  private:
    void accept();

    boost::asio::io_context& loop_;
    std::filesystem::path path_;
    std::shared_ptr<State> state_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::vector<std::unique_ptr<capnp::TwoPartyServer>> connections_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
