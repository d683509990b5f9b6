#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>

#include "share_export/postgres_connection.h"
#include "share_export/sink.h"

namespace share_export {

/// Delivers to a PostgreSQL database: rows and place in one transaction. Owned and called by the
/// loop.
class PostgresSink final : public Sink {
  public:
    PostgresSink(boost::asio::io_context& loop, PostgresAddress address, std::string schema)
        : loop_(loop), address_(std::move(address)), schema_(std::move(schema)) {}

    void open(std::function<void(Opened)> done) override;
    void write(Delivery delivery, Written done) override;

  private:
    /// Calls in turn; the first that fails ends it.
    struct Writing;
    void prepare(const std::function<void(Opened)>& done);
    void read_places(const std::function<void(Opened)>& done);
    void check_places(const std::shared_ptr<Writing>& writing,
                      const PostgresConnection::Rows& rows);
    void copy(const std::shared_ptr<Writing>& writing);
    void commit(const std::shared_ptr<Writing>& writing);

    boost::asio::io_context& loop_;
    PostgresAddress address_;
    std::string schema_;
    std::unique_ptr<PostgresConnection> connection_{};
    Places places_{};
    /// Days that have their part of the table.
    std::set<std::chrono::sys_days> days_{};
};

}  // namespace share_export
