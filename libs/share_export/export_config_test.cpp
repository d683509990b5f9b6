#include "share_export/export_config.h"

#include <gmock/gmock.h>

namespace share_export {
namespace {

std::optional<FileExportConfig> read(std::string_view text) {
    auto reader = service::ConfigReader::from_text(text, "admin.toml", "/etc/adit");
    auto config = read_file_export(reader.root().table("export"));
    reader.finish();
    return config;
}

TEST(FileExportConfig, IsOffWhereThereIsNoTable) {
    EXPECT_FALSE(read("").has_value());
    EXPECT_FALSE(read("[export]").has_value());
}

TEST(FileExportConfig, NeedsAFolderAlone) {
    const auto config = read("[export.files]\nfolder = \"shares\"");
    ASSERT_TRUE(config.has_value());
    EXPECT_EQ(config->archive.folder, "/etc/adit/shares");
    EXPECT_EQ(config->archive.format, TextFormat::jsonl);
    EXPECT_EQ(config->archive.file_size_max, 256U << 20);
    EXPECT_EQ(config->how.reader, "export-files");
}

TEST(FileExportConfig, NamesTheKeyThatIsWrong) {
    const struct {
        const char* text;
        const char* key;
    } cases[] = {
        {"[export.files]", "export.files.folder"},
        {"[export.files]\nfolder = \"a\"\nformat = \"xml\"", "export.files.format"},
        {"[export.files]\nfolder = \"a\"\nreader = \"a b\"", "export.files.reader"},
        {"[export.files]\nfolder = \"a\"\nfile_size_mib = 0", "export.files.file_size_mib"},
        {"[export.files]\nfolder = \"a\"\ndeliver_every = \"1h\"", "export.files.deliver_every"},
    };
    for (const auto& [text, key] : cases) {
        SCOPED_TRACE(text);
        try {
            read(text);
            FAIL() << "accepted";
        } catch (const service::ConfigError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr(key));
        }
    }
}

std::optional<PostgresExportConfig> read_postgres(std::string_view text) {
    auto reader = service::ConfigReader::from_text(text, "admin.toml", "/etc/adit");
    auto config = read_postgres_export(reader.root().table("export"));
    reader.finish();
    return config;
}

TEST(PostgresExportConfig, NeedsADatabaseAndAUser) {
    EXPECT_FALSE(read_postgres("").has_value());
    const auto config = read_postgres("[export.postgresql]\ndatabase = \"adit\"\nuser = \"me\"");
    ASSERT_TRUE(config.has_value());
    EXPECT_EQ(config->address.host, "127.0.0.1");
    EXPECT_EQ(config->address.port, 5432);
    EXPECT_EQ(config->schema, "adit");
    EXPECT_EQ(config->how.reader, "export-postgresql");
}

TEST(PostgresExportConfig, NamesTheKeyThatIsWrong) {
    const struct {
        const char* more;
        const char* key;
    } cases[] = {
        {"schema = \"a-b\"", "export.postgresql.schema"},
        {"schema = \"1a\"", "export.postgresql.schema"},
        {"tls = \"verified\"", "export.postgresql.ca_file"},
        {"tls = \"prefer\"", "export.postgresql.tls"},
        {"address = \"nowhere\"", "export.postgresql.address"},
        {"socket_folder = \"/run/postgresql\"\naddress = \"db:5432\"", "export.postgresql.address"},
        {"password = \"secret\"", "export.postgresql.password"},
    };
    for (const auto& [more, key] : cases) {
        SCOPED_TRACE(more);
        try {
            read_postgres(std::string{"[export.postgresql]\ndatabase = \"adit\"\nuser = \"me\"\n"} +
                          more);
            FAIL() << "accepted";
        } catch (const service::ConfigError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr(key));
        }
    }
}

}  // namespace
}  // namespace share_export
