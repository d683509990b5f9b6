#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gateway {

/// Who is looked at when: each once in so many turns, and in every turn about as many. It stays so
/// whoever comes and goes, because each keeps its turn, and who comes gets the turn that has
/// fewest: none ever has more than its part of all that were there at once.
class Rota {
  public:
    enum class Found { there, gone };
    /// Of one call of look(). To look at one that is gone costs more: it may go by the look.
    struct AtOnce {
        std::size_t looked_at{};
        std::size_t gone{};
    };

    explicit Rota(std::size_t turns) : turns_(turns) {}

    void add(std::uint64_t id) {
        std::ranges::min_element(turns_, {}, &std::vector<std::uint64_t>::size)->push_back(id);
    }

    /// Goes on with the present turn: calls `look(id)` for each of it that says whether the id is
    /// still there, and may add others. True at the end of the turn; the next call begins the next.
    template <class Look>
    bool look(const AtOnce& at_once, Look look) {
        auto& turn = turns_[turn_];
        for (AtOnce done; at_ < turn.size(); ++done.looked_at) {
            if (done.looked_at == at_once.looked_at || done.gone == at_once.gone) return false;
            if (look(turn[at_]) == Found::there) {
                ++at_;
            } else {
                turn[at_] = turn.back();
                turn.pop_back();
                ++done.gone;
            }
        }
        at_ = 0;
        turn_ = (turn_ + 1) % turns_.size();
        return true;
    }

  private:
    std::vector<std::vector<std::uint64_t>> turns_;
    std::size_t turn_{};
    std::size_t at_{};  // of the present turn: the next to be looked at
};

}  // namespace gateway
