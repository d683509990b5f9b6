#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace test_support {

/// A child process whose output goes to a file. Killed, and its file removed, at the end of its
/// scope; it dies with us, too. Throws std::runtime_error when it cannot be started.
class Child {
  public:
    explicit Child(std::vector<std::string> command);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void signal(int number) const;
    /// The exit status, 128 + n for a death by signal n; nothing if it still runs after `limit`.
    std::optional<int> wait(std::chrono::seconds limit = std::chrono::seconds{20});
    /// What it wrote so far, to both streams.
    std::string output() const;

  private:
    std::string file_{};
    pid_t pid_ = -1;
    std::optional<int> status_{};
};

}  // namespace test_support
