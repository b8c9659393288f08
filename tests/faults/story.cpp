// Random stories against the model, made shorter when they fail.
#include "faults/campaign.h"
#include "faults/world.h"

namespace holt::test {
namespace {

constexpr std::size_t kLength = 40, kMostAttempts = 300;

// Compares after each operation that could have gone wrong in silence.
Finding play_and_compare(const StoryWorld& world, const std::vector<Op>& story) {
    if (Finding made = world.make(); !made.empty()) return made;
    StoreModel model;
    for (std::size_t i = 0; i < story.size(); ++i) {
        if (Finding found = world.run(story[i], model); !found.empty()) return found;
        const StoreModel now = after(model, story[i]);
        const bool last = i + 1 == story.size();
        if (last || now.visible != model.visible || i % 8 == 0)
            if (const auto seen = world.compare(now, now); !seen.finding.empty())
                return "after " + text_of(story[i]) + ": " + seen.finding;
        model = now;
    }
    return {};
}

Finding play_in_child(const StoryWorld& world, const std::vector<Op>& story) {
    return run_child([&](std::uint64_t&) { return play_and_compare(world, story); }).finding;
}

// Leaves out whatever can be left out: halves first, then single operations.
std::vector<Op> shrink(const StoryWorld& world, std::vector<Op> story) {
    std::size_t attempts = 0;
    for (std::size_t size = story.size() / 2; size >= 1; size /= 2) {
        for (std::size_t at = 0; at + size <= story.size() && attempts < kMostAttempts;) {
            std::vector<Op> shorter = story;
            const auto begin = shorter.begin() + static_cast<std::ptrdiff_t>(at);
            shorter.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
            ++attempts;
            if (!shorter.empty() && !play_in_child(world, shorter).empty())
                story = std::move(shorter);
            else
                at += size;
        }
    }
    return story;
}

}  // namespace

UnitResult story_unit(std::uint64_t number, const CampaignPlace& place) {
    UnitResult result;
    const StoryWorld world(place.scratch / "world");
    const std::vector<Op> story = make_story(number, kLength);
    result.tried = story.size();
    const Finding found = play_in_child(world, story);
    if (!found.empty()) {
        const std::vector<Op> shortest = shrink(world, story);
        std::string text = play_in_child(world, shortest) + "; by:";
        for (const Op& op : shortest) text += " " + text_of(op);
        result.findings.push_back(std::move(text));
    }
    std::filesystem::remove_all(world.folder());
    return result;
}

}  // namespace holt::test
