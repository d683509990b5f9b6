#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace share_export {

struct PostgresAddress {
    /// A name, an address, or the folder of a unix socket.
    std::string host = "127.0.0.1";
    std::uint16_t port = 5432;
    std::string database{};
    std::string user{};
    std::string password{};
    /// Where given: what the password is now. It may block, and runs on a thread of its own.
    std::function<std::string()> read_password{};
    enum class Tls { off, required, verified };
    /// `verified` checks the name and the issuer, `required` nothing.
    Tls tls = Tls::off;
    /// Who signs the server's certificate, where that is checked.
    std::string ca_file{};
    /// For connecting, and for each call: after so long the connection is worth nothing.
    std::chrono::milliseconds timeout{30'000};
};

/// One connection to a PostgreSQL server, on a loop: nothing here waits. One call at a time. After
/// a failure only its destruction makes sense, which is allowed in a callback and forgets what is
/// pending.
class PostgresConnection {
  public:
    using Row = std::vector<std::optional<std::string>>;
    using Rows = std::vector<Row>;
    /// The rows of all statements; or why it failed, for an operator.
    using Done = std::function<void(base::Result<Rows, std::string>)>;

    PostgresConnection(boost::asio::io_context& loop, PostgresAddress address);
    ~PostgresConnection();
    PostgresConnection(const PostgresConnection&) = delete;
    PostgresConnection& operator=(const PostgresConnection&) = delete;

    void connect(Done done);
    /// One statement or several, between semicolons.
    void query(const std::string& sql, Done done);
    /// COPY ... FROM STDIN with these lines.
    void copy(const std::string& sql, std::string lines, Done done);

    /// A text as SQL has it between quotes, the quotes included.
    static std::string quoted(std::string_view text);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace share_export
