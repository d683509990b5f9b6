#include "admin/redis_info.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

TEST(RedisInfo, ReadsAPrimary) {
    const auto info = read_redis_info(
        "# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\nuptime_in_seconds:77\r\n"
        "# Memory\r\nused_memory:1000\r\nmaxmemory:4000\r\nmaxmemory_policy:noeviction\r\n"
        "# Persistence\r\nloading:0\r\naof_enabled:1\r\naof_last_write_status:ok\r\n"
        "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
        "slave0:ip=10.0.0.2,port=6379,state=online,offset=1,lag=0\r\n"
        "slave1:ip=10.0.0.3,port=6380,state=wait_bgsave,offset=0,lag=7\r\nslave_read_only:1\r\n");
    EXPECT_EQ(info.version, "7.0.15");
    EXPECT_EQ(info.uptime_seconds, 77U);
    EXPECT_TRUE(info.is_primary);
    EXPECT_TRUE(info.has_append_only_file);
    EXPECT_TRUE(info.is_last_write_good);
    EXPECT_EQ(info.memory_max, 4000U);
    ASSERT_EQ(info.replicas.size(), 2U);
    EXPECT_EQ(info.replicas[1].address, "10.0.0.3:6380");
    EXPECT_EQ(info.replicas[1].lag_seconds, 7U);
    EXPECT_EQ(info.replicas_online(), 1U);
}

TEST(RedisInfo, ReadsAReplicaThatLoads) {
    const auto info = read_redis_info(
        "loading:1\naof_enabled:0\naof_last_write_status:err\nrole:slave\nmaster_host:10.0.0.1\n"
        "master_port:6379\nmaster_link_status:down\n");
    EXPECT_FALSE(info.is_primary);
    EXPECT_EQ(info.primary_address, "10.0.0.1:6379");
    EXPECT_FALSE(info.is_link_up);
    EXPECT_TRUE(info.is_loading);
    EXPECT_FALSE(info.is_last_write_good);
}

TEST(ClusterInfo, CountsTheSlotsThatNobodyServes) {
    const auto whole = read_cluster_info(
        "cluster_enabled:1\r\ncluster_state:ok\r\ncluster_slots_assigned:16384\r\n"
        "cluster_slots_ok:16384\r\n");
    EXPECT_TRUE(whole.is_ok);
    EXPECT_EQ(whole.slots_missing, 0U);
    const auto torn = read_cluster_info(
        "cluster_state:fail\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:10923\r\n"
        "cluster_slots_fail:5461\r\n");
    EXPECT_FALSE(torn.is_ok);
    EXPECT_EQ(torn.slots_missing, 5461U);
}

}  // namespace
}  // namespace admin
