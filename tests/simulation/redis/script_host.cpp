#include "simulation/redis/script_host.h"

#include <openssl/sha.h>

#include <array>
#include <cstdio>

#include "base/hex.h"
#include "simulation/redis/script_values.h"

namespace simulation {
namespace {

/// The key under which the registry has the host.
int host_key = 0;

constexpr const char* dropped_globals[] = {"collectgarbage", "dofile",   "gcinfo",   "getfenv",
                                           "load",           "loadfile", "newproxy", "pcall",
                                           "print",          "setfenv",  "xpcall"};

/// In Redis' own words, told of the line that asked.
int refuse_unknown_global(lua_State* lua) {
    return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                      lua_isstring(lua, -1) != 0 ? lua_tostring(lua, -1) : "");
}

int refuse_new_global(lua_State* lua) {
    return luaL_error(lua, "Attempt to modify a readonly table");
}

void push_error_table(lua_State* lua, const char* text) {
    lua_createtable(lua, 0, 1);
    lua_pushstring(lua, text);
    lua_setfield(lua, -2, "err");
}

std::string field_of(lua_State* lua, const char* name) {
    lua_getfield(lua, -1, name);
    std::size_t size = 0;
    const char* const text = lua_tolstring(lua, -1, &size);
    std::string field = text == nullptr ? std::string{} : std::string{text, size};
    lua_pop(lua, 1);
    return field;
}

}  // namespace

std::string ScriptHost::digest_of(std::string_view text) {
    std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return base::to_hex(base::as_bytes(digest));
}

ScriptHost::ScriptHost() : lua_(luaL_newstate(), lua_close) {
    open_libraries();
    auto* const lua = lua_.get();
    lua_pushlightuserdata(lua, &host_key);
    lua_pushlightuserdata(lua, this);
    lua_rawset(lua, LUA_REGISTRYINDEX);
    lua_createtable(lua, 0, 2);
    lua_pushcfunction(lua, &ScriptHost::redis_call);
    lua_setfield(lua, -2, "call");
    lua_pushcfunction(lua, &ScriptHost::redis_pcall);
    lua_setfield(lua, -2, "pcall");
    lua_setglobal(lua, "redis");
    lua_createtable(lua, 0, 2);
    lua_pushcfunction(lua, refuse_unknown_global);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_new_global);
    lua_setfield(lua, -2, "__newindex");
    lua_setmetatable(lua, LUA_GLOBALSINDEX);
}

ScriptHost::~ScriptHost() = default;

void ScriptHost::open_libraries() {
    auto* const lua = lua_.get();
    const struct {
        const char* name;
        lua_CFunction open;
    } libraries[] = {{"", luaopen_base},
                     {LUA_TABLIBNAME, luaopen_table},
                     {LUA_STRLIBNAME, luaopen_string},
                     {LUA_MATHLIBNAME, luaopen_math}};
    for (const auto& [name, open] : libraries) {
        lua_pushcfunction(lua, open);
        lua_pushstring(lua, name);
        lua_call(lua, 1, 0);
    }
    for (const char* name : dropped_globals) {
        lua_pushnil(lua);
        lua_setglobal(lua, name);
    }
    lua_getglobal(lua, LUA_MATHLIBNAME);
    for (const char* name : {"random", "randomseed"}) {
        lua_pushnil(lua);
        lua_setfield(lua, -2, name);
    }
    lua_pop(lua, 1);
}

std::optional<std::string> ScriptHost::compile(const std::string& digest, std::string_view text) {
    if (is_compiled(digest)) return std::nullopt;
    auto* const lua = lua_.get();
    if (luaL_loadbuffer(lua, text.data(), text.size(), "@user_script") != 0) {
        std::string error = "ERR Error compiling script (new function): ";
        error += lua_tostring(lua, -1);
        lua_pop(lua, 1);
        return error;
    }
    compiled_[digest] = luaL_ref(lua, LUA_REGISTRYINDEX);
    return std::nullopt;
}

void ScriptHost::set_table(const char* name, std::span<const std::string_view> items) {
    auto* const lua = lua_.get();
    lua_pushstring(lua, name);
    lua_createtable(lua, static_cast<int>(items.size()), 0);
    int place = 0;
    for (const auto item : items) {
        lua_pushlstring(lua, item.data(), item.size());
        lua_rawseti(lua, -2, ++place);
    }
    lua_rawset(lua, LUA_GLOBALSINDEX);
}

void ScriptHost::run(const std::string& digest, std::span<const std::string_view> keys,
                     std::span<const std::string_view> argv, ScriptCommands& commands,
                     ReplyWriter& reply) {
    auto* const lua = lua_.get();
    set_table("KEYS", keys);
    set_table("ARGV", argv);
    commands_ = &commands;
    failure_ = nullptr;
    lua_pushcfunction(lua, &ScriptHost::describe_error);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, compiled_.at(digest));
    const bool has_failed = lua_pcall(lua, 0, 1, -2) != 0;
    commands_ = nullptr;
    if (failure_) {
        lua_settop(lua, 0);
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
    has_failed ? give_error(digest, reply) : give_lua_value(lua, reply);
    lua_settop(lua, 0);
}

void ScriptHost::give_error(const std::string& digest, ReplyWriter& reply) {
    auto* const lua = lua_.get();
    auto text = field_of(lua, "err");
    const auto source = field_of(lua, "source");
    const auto line = field_of(lua, "line");
    if (!source.empty() && !line.empty())
        text += " script: " + digest + ", on " + source + ":" + line + ".";
    reply.error(text);
}

/// Where an error came from: Redis' handler looks past one function written in C.
int ScriptHost::describe_error(lua_State* lua) {
    lua_Debug place{};
    bool is_known = lua_getstack(lua, 1, &place) != 0;
    if (is_known) {
        lua_getinfo(lua, "nSl", &place);
        if (std::string_view{place.what} == "C") {
            is_known = lua_getstack(lua, 2, &place) != 0;
            if (is_known) lua_getinfo(lua, "nSl", &place);
        }
    }
    if (!lua_istable(lua, 1)) {
        const char* const text = lua_tostring(lua, 1);
        push_error_table(lua, (std::string{"ERR "} + (text == nullptr ? "" : text)).c_str());
        lua_replace(lua, 1);
    }
    if (is_known) {
        lua_pushstring(lua, place.source);
        lua_setfield(lua, 1, "source");
        lua_pushnumber(lua, place.currentline);
        lua_setfield(lua, 1, "line");
    }
    lua_settop(lua, 1);
    return 1;
}

int ScriptHost::redis_call(lua_State* lua) {
    lua_pushlightuserdata(lua, &host_key);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    auto* const host = static_cast<ScriptHost*>(lua_touserdata(lua, -1));
    lua_pop(lua, 1);
    return host->call_redis(true);
}

int ScriptHost::redis_pcall(lua_State* lua) {
    lua_pushlightuserdata(lua, &host_key);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    auto* const host = static_cast<ScriptHost*>(lua_touserdata(lua, -1));
    lua_pop(lua, 1);
    return host->call_redis(false);
}

/// Into `args_`. Numbers become text that loses nothing, which Lua's own would.
bool ScriptHost::read_arguments() {
    auto* const lua = lua_.get();
    const int count = lua_gettop(lua);
    args_.clear();
    for (int i = 1; i <= count; ++i) {
        if (lua_type(lua, i) == LUA_TNUMBER) {
            char text[64];
            const auto size = std::snprintf(text, sizeof text, "%.17g", lua_tonumber(lua, i));
            lua_pushlstring(lua, text, static_cast<std::size_t>(size));
            lua_replace(lua, i);
        }
        if (lua_type(lua, i) != LUA_TSTRING) return false;
        std::size_t size = 0;
        const char* const text = lua_tolstring(lua, i, &size);
        args_.emplace_back(text, size);
    }
    return true;
}

int ScriptHost::call_redis(bool raises) {
    auto* const lua = lua_.get();
    bool is_error = true;
    if (lua_gettop(lua) == 0) {
        push_error_table(lua,
                         "ERR Please specify at least one argument for this redis.call() call");
    } else if (!read_arguments()) {
        push_error_table(lua, "ERR Lua redis lib command arguments must be strings or integers");
    } else {
        LuaReply reply{lua};
        try {
            commands_->call(args_, reply);
            is_error = reply.is_error();
        } catch (...) {
            failure_ = std::current_exception();
            push_error_table(lua, "ERR the simulation has failed");
        }
    }
    if (is_error && raises) return lua_error(lua);
    return 1;
}

}  // namespace simulation
