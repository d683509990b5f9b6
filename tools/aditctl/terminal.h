#pragma once

#include <termios.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace aditctl {

struct ScreenSize {
    std::size_t rows = 24;
    std::size_t columns = 80;
};

enum class Key {
    quit,
    next_sort,
    reverse,
    up,
    down,
    page_up,
    page_down,
    first,
    help,
    other,
};

/// The keys in what a terminal has sent at once; what is no key of ours is Key::other.
std::vector<Key> keys_in(const std::string& bytes);

/// The whole screen of a terminal and its keyboard, which get back what they were when this is
/// destroyed, and while the process is stopped (Ctrl-Z). Blocks the signals that it waits for, so
/// make it before any thread.
class Terminal {
  public:
    Terminal();
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    ScreenSize size() const;
    void draw(const std::vector<std::string>& lines) const;

    /// Waits for a key, a signal, wake() or the time. Ctrl-C and the end of the session are
    /// Key::quit; a new size is none.
    std::vector<Key> wait(std::chrono::milliseconds at_most);
    /// From any thread.
    void wake() const;
    /// What the destructor does to the terminal.
    void restore() const;

  private:
    void enter();
    /// Whether it asks to end.
    bool take_signal();

    termios before_{};
    bool has_keyboard_ = false;
    int signals_ = -1;
    int wakes_ = -1;
};

}  // namespace aditctl
