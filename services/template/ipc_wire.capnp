@0xd2ca7fe9a2713d59;
# Bitcoin Core's Mining interface as it travels, from version 30 on: the layout of every call's
# parameters and results that the template service uses. A call's parameters are a struct whose
# fields stand in the order of the method's; so the structs here serve all methods with such
# parameters. Which interface and method a call names, and which of the layouts it has in which
# version, is in ipc_dialect.h.
#
# Interfaces that pass here are plain capabilities: version 31 gave other numbers and layouts to the
# methods of the interfaces of version 30, under the same ids, which typed interfaces cannot say.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("templates::wire");

struct Context {
    # On which of its threads the node carries out a call.
    thread @0 :Capability;
    callbackThread @1 :Capability;
    # For what the node asks of us in turn: nothing, in this interface.
}

# Parameters

struct NameParams { name @0 :Text; }
struct ThreadMapParams { threadMap @0 :Capability; }
struct ContextParams { context @0 :Context; }

struct WaitTipParams30 {
    context @0 :Context;
    currentTip @1 :Data;
    timeout @2 :Float64;
}
struct WaitTipParams {
    # A default is part of the layout: fields travel as their difference from it.
    context @0 :Context;
    currentTip @1 :Data;
    timeout @2 :Float64 = 1.7976931348623157e308;  # milliseconds
}

struct CreateOptions30 {
    useMempool @0 :Bool;
    blockReservedWeight @1 :UInt64;
    coinbaseOutputMaxAdditionalSigops @2 :UInt64;
}
struct CreateOptions {
    useMempool @0 :Bool = true;
    blockReservedWeight @1 :UInt64 = 8000;
    coinbaseOutputMaxAdditionalSigops @2 :UInt64 = 400;
}
struct CreateBlockParams30 { options @0 :CreateOptions30; }
struct CreateBlockParams {
    context @0 :Context;
    options @1 :CreateOptions;
    cooldown @2 :Bool = true;
}

struct WaitOptions30 {
    timeout @0 :Float64;
    feeThreshold @1 :Int64;
}
struct WaitOptions {
    timeout @0 :Float64 = 1.7976931348623157e308;  # milliseconds
    feeThreshold @1 :Int64 = 2100000000000000;     # satoshi
}
struct WaitNextParams30 {
    context @0 :Context;
    options @1 :WaitOptions30;
}
struct WaitNextParams {
    context @0 :Context;
    options @1 :WaitOptions;
}

struct SolutionParams {
    context @0 :Context;
    version @1 :UInt32;
    timestamp @2 :UInt32;
    nonce @3 :UInt32;
    coinbase @4 :Data;
}
struct BlockParams {
    context @0 :Context;
    block @1 :Data;
}
struct HashesParams {
    context @0 :Context;
    hashes @1 :List(Data);
}
struct RpcParams {
    context @0 :Context;
    request @1 :Text;
    uri @2 :Text;
    user @3 :Text;
}

# Results

struct ThreadMapResults { threadMap @0 :Capability; }
struct CapabilityResults { result @0 :Capability; }
struct BoolResults { result @0 :Bool; }
struct DataResults { result @0 :Data; }
struct DataListResults { result @0 :List(Data); }
struct TextResults { result @0 :Text; }

struct BlockRef {
    hash @0 :Data;
    height @1 :Int32;
}
struct TipResults { result @0 :BlockRef; }

struct CoinbaseTx {
    version @0 :UInt32;
    sequence @1 :UInt32;
    scriptSigPrefix @2 :Data;
    witness @3 :Data;
    blockRewardRemaining @4 :Int64;
    requiredOutputs @5 :List(Data);
    lockTime @6 :UInt32;
}
struct CoinbaseTxResults { result @0 :CoinbaseTx; }

struct VerdictResults {
    reason @0 :Text;  # BIP 22
    debug @1 :Text;
    result @2 :Bool;
}
