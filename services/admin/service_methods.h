#pragma once

namespace admin {

/// A gRPC service made of its methods, each by gRPC's callback interface: as messages
/// (`WithCallbackMethod_X`), or as bytes (`WithRawCallbackMethod_X`), where many callers get the
/// same ones.
template <class Service, template <class> class... Methods>
struct ServiceMethods {
    using type = Service;
};
template <class Service, template <class> class First, template <class> class... Others>
struct ServiceMethods<Service, First, Others...> {
    using type = First<typename ServiceMethods<Service, Others...>::type>;
};

}  // namespace admin
