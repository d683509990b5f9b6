#include "noise/curve_context.h"

#include <memory>

#include "base/ensure.h"

namespace noise {

const secp256k1_context* curve_context() {
    struct Destroy {
        void operator()(secp256k1_context* context) const { secp256k1_context_destroy(context); }
    };
    static const std::unique_ptr<secp256k1_context, Destroy> context{
        secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY)};
    base::ensure(context != nullptr, "libsecp256k1 makes a context");
    return context.get();
}

}  // namespace noise
