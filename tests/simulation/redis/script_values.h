#pragma once

#include <lua.hpp>
#include <string_view>
#include <vector>

#include "simulation/redis/reply_writer.h"

namespace simulation {

/// A reply as a script sees it, left on top of the stack: an integer as a number, nil as false, a
/// status as {ok=...}, an error as {err=...}.
class LuaReply final : public ReplyWriter {
  public:
    explicit LuaReply(lua_State* lua) : lua_(lua) {}

    void integer(std::int64_t value) override {
        lua_pushnumber(lua_, static_cast<lua_Number>(value));
        is_pushed();
    }
    void bulk(std::string_view text) override {
        lua_pushlstring(lua_, text.data(), text.size());
        is_pushed();
    }
    void status(std::string_view text) override { push_named("ok", text); }
    void error(std::string_view text) override {
        is_error_ = is_error_ || open_.empty();
        push_named("err", text);
    }
    void nil() override {
        lua_pushboolean(lua_, 0);
        is_pushed();
    }
    void begin_array(std::size_t size) override;

    /// The reply as a whole is an error.
    bool is_error() const { return is_error_; }

  private:
    struct Open {
        int next = 1;
        int size = 0;
    };

    void push_named(const char* name, std::string_view text);
    void is_pushed();

    lua_State* lua_;
    std::vector<Open> open_{};
    bool is_error_ = false;
};

/// What a script returned, from the top of the stack, which it takes off: a number without its
/// fraction, true as 1, false as nil, a table as what it names (ok, err) or as an array up to its
/// first nil.
void give_lua_value(lua_State* lua, ReplyWriter& reply);

}  // namespace simulation
