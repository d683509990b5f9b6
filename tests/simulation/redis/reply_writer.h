#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "redis/reply.h"

namespace simulation {

/// Takes a command's reply piece by piece, so that one for a script becomes Lua values without a
/// detour.
class ReplyWriter {
  public:
    virtual ~ReplyWriter() = default;
    virtual void integer(std::int64_t value) = 0;
    virtual void bulk(std::string_view text) = 0;
    virtual void status(std::string_view text) = 0;
    /// Begins with its code, without Redis' '-': "ERR no such thing".
    virtual void error(std::string_view text) = 0;
    virtual void nil() = 0;
    /// The next `size` replies are its items.
    virtual void begin_array(std::size_t size) = 0;

  protected:
    ReplyWriter() = default;
    ReplyWriter(const ReplyWriter&) = default;
    ReplyWriter& operator=(const ReplyWriter&) = default;
};

/// Makes what a client gets.
class ReplyBuilder final : public ReplyWriter {
  public:
    void integer(std::int64_t value) override { add({value}); }
    void bulk(std::string_view text) override { add({std::string{text}}); }
    void status(std::string_view text) override { add({std::string{text}}); }
    void error(std::string_view text) override {
        add({redis::Reply::ErrorText{std::string{text}}});
    }
    void nil() override { add({}); }
    void begin_array(std::size_t size) override {
        if (size == 0) return add({redis::Reply::Array{}});
        open_.push_back({{}, size});
        open_.back().items.reserve(size);
    }

    redis::Reply take() { return std::move(reply_); }

  private:
    struct Open {
        redis::Reply::Array items{};
        std::size_t left = 0;
    };

    void add(redis::Reply reply) {
        while (!open_.empty()) {
            auto& innermost = open_.back();
            innermost.items.push_back(std::move(reply));
            if (--innermost.left > 0) return;
            reply = {std::move(innermost.items)};
            open_.pop_back();
        }
        reply_ = std::move(reply);
    }

    std::vector<Open> open_{};
    redis::Reply reply_{};
};

}  // namespace simulation
