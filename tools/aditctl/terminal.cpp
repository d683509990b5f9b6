#include "aditctl/terminal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <iterator>
#include <map>
#include <string_view>

namespace aditctl {
namespace {

// The other screen, without a cursor and without the wrapping of long lines; and back.
constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view leave_screen = "\x1b[?7h\x1b[?25h\x1b[?1049l";

void write_all(std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // the terminal is gone; the next wait ends us
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

sigset_t awaited_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP})
        sigaddset(&signals, signal);
    return signals;
}

}  // namespace

std::vector<Key> keys_in(const std::string& bytes) {
    static const std::map<std::string_view, Key> sequences{
        {"\x1b[A", Key::up},    {"\x1b[B", Key::down},     {"\x1bOA", Key::up},
        {"\x1bOB", Key::down},  {"\x1b[5~", Key::page_up}, {"\x1b[6~", Key::page_down},
        {"\x1b[H", Key::first}, {"\x1b[1~", Key::first},   {"q", Key::quit},
        {"\x03", Key::quit},    {"s", Key::next_sort},     {"r", Key::reverse},
        {"k", Key::up},         {"j", Key::down},          {" ", Key::page_down},
        {"b", Key::page_up},    {"g", Key::first},         {"h", Key::help},
        {"?", Key::help}};
    std::vector<Key> keys;
    std::string_view rest{bytes};
    while (!rest.empty()) {
        const std::pair<const std::string_view, Key>* found = nullptr;
        for (const auto& each : sequences)
            if (rest.starts_with(each.first)) found = &each;
        keys.push_back(found == nullptr ? Key::other : found->second);
        if (found != nullptr)
            rest.remove_prefix(found->first.size());
        else if (rest.front() == '\x1b')
            rest = {};  // a sequence that we do not know; its end could look like keys
        else
            rest.remove_prefix(1);
    }
    return keys;
}

Terminal::Terminal() {
    const auto signals = awaited_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signals_ = signalfd(-1, &signals, SFD_CLOEXEC);
    wakes_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    has_keyboard_ = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before_) == 0;
    enter();
}

Terminal::~Terminal() {
    restore();
    close(signals_);
    close(wakes_);
}

void Terminal::enter() {
    if (has_keyboard_) {
        auto raw = before_;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    }
    write_all(enter_screen);
}

void Terminal::restore() const {
    write_all(leave_screen);
    if (has_keyboard_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

ScreenSize Terminal::size() const {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return {};
    return {.rows = size.ws_row, .columns = size.ws_col};
}

void Terminal::draw(const std::vector<std::string>& lines) const {
    std::string text = "\x1b[H";
    for (std::size_t i = 0; i < lines.size(); ++i)
        text += lines[i] + "\x1b[K" + (i + 1 < lines.size() ? "\r\n" : "");
    write_all(text + "\x1b[J");
}

bool Terminal::take_signal() {
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) < 0) return true;
    if (info.ssi_signo == SIGWINCH) return false;
    if (info.ssi_signo != SIGTSTP) return true;
    restore();
    raise(SIGSTOP);
    enter();
    return false;
}

std::vector<Key> Terminal::wait(std::chrono::milliseconds at_most) {
    pollfd waits[] = {
        {signals_, POLLIN, 0}, {wakes_, POLLIN, 0}, {has_keyboard_ ? STDIN_FILENO : -1, POLLIN, 0}};
    if (poll(waits, std::size(waits), static_cast<int>(at_most.count())) <= 0) return {};
    if (waits[0].revents != 0 && take_signal()) return {Key::quit};
    if (waits[1].revents != 0) {
        std::uint64_t count = 0;
        if (::read(wakes_, &count, sizeof count) < 0) return {};
    }
    if (waits[2].revents == 0) return {};
    std::string bytes(256, '\0');
    const auto size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (size <= 0) return {Key::quit};
    bytes.resize(static_cast<std::size_t>(size));
    return keys_in(bytes);
}

void Terminal::wake() const {
    const std::uint64_t one = 1;
    if (::write(wakes_, &one, sizeof one) < 0) return;  // it is full: somebody wakes already
}

}  // namespace aditctl
