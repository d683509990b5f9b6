#include "simulation/redis/script_values.h"

#include <string>

namespace simulation {
namespace {

/// The text that the table on top of the stack has under this name, if it has one.
bool give_named(lua_State* lua, const char* name, void (ReplyWriter::*give)(std::string_view),
                ReplyWriter& reply) {
    lua_pushstring(lua, name);
    lua_rawget(lua, -2);
    const bool is_named = lua_type(lua, -1) == LUA_TSTRING;
    if (is_named) {
        std::size_t size = 0;
        const char* const text = lua_tolstring(lua, -1, &size);
        (reply.*give)({text, size});
    }
    lua_pop(lua, 1);
    return is_named;
}

void give_array(lua_State* lua, ReplyWriter& reply) {
    int size = 0;
    for (;; ++size) {
        lua_rawgeti(lua, -1, size + 1);
        const bool is_end = lua_isnil(lua, -1);
        lua_pop(lua, 1);
        if (is_end) break;
    }
    reply.begin_array(static_cast<std::size_t>(size));
    for (int i = 1; i <= size; ++i) {
        lua_rawgeti(lua, -1, i);
        give_lua_value(lua, reply);
    }
}

}  // namespace

void LuaReply::begin_array(std::size_t size) {
    luaL_checkstack(lua_, 4, "a reply that is nested too deeply");
    lua_createtable(lua_, static_cast<int>(size), 0);
    if (size == 0) return is_pushed();
    open_.push_back({1, static_cast<int>(size)});
}

void LuaReply::push_named(const char* name, std::string_view text) {
    lua_createtable(lua_, 0, 1);
    lua_pushlstring(lua_, text.data(), text.size());
    lua_setfield(lua_, -2, name);
    is_pushed();
}

/// What is on top of the stack is the next item of the innermost array, or the reply.
void LuaReply::is_pushed() {
    while (!open_.empty()) {
        auto& innermost = open_.back();
        lua_rawseti(lua_, -2, innermost.next);
        if (innermost.next++ < innermost.size) return;
        open_.pop_back();
    }
}

void give_lua_value(lua_State* lua, ReplyWriter& reply) {
    luaL_checkstack(lua, 4, "a value that is nested too deeply");
    switch (lua_type(lua, -1)) {
        case LUA_TSTRING: {
            std::size_t size = 0;
            const char* const text = lua_tolstring(lua, -1, &size);
            reply.bulk({text, size});
            break;
        }
        case LUA_TNUMBER: reply.integer(static_cast<std::int64_t>(lua_tonumber(lua, -1))); break;
        case LUA_TBOOLEAN: lua_toboolean(lua, -1) != 0 ? reply.integer(1) : reply.nil(); break;
        case LUA_TTABLE:
            if (!give_named(lua, "err", &ReplyWriter::error, reply) &&
                !give_named(lua, "ok", &ReplyWriter::status, reply))
                give_array(lua, reply);
            break;
        default: reply.nil();
    }
    lua_pop(lua, 1);
}

}  // namespace simulation
