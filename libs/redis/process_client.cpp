#include "redis/process_client.h"

#include "redis/cluster_client.h"
#include "redis/hiredis_client.h"

namespace redis {

std::unique_ptr<ProcessClient> make_client(boost::asio::io_context& io, ClientConfig config,
                                           const base::Clock& clock, base::Random& random) {
    if (!config.cluster.empty())
        return std::make_unique<ClusterClient>(io, std::move(config), clock, random);
    return std::make_unique<HiredisClient>(io, std::move(config), clock, random);
}

}  // namespace redis
