#include "faults/model.h"

#include <array>
#include <random>

namespace holt::test {
namespace {

using Kind = Op::Kind;

constexpr std::array<const char*, static_cast<std::size_t>(Kind::count_)> kNames = {
    "edit",
    "snapshot",
    "restore new",
    "restore in place",
    "restore linked",
    "replace",
    "forget",
    "undelete",
    "tag",
    "hold",
    "gc",
    "recompress",
    "repair",
    "lose catalog",
    "export file",
    "import file",
    "export tar",
    "verify"};

std::string content_of(std::uint32_t a, std::uint32_t b) {
    std::mt19937 random(a * 7919u + b);
    // Empty, short, compressible, incompressible, and in several chunks now and then.
    const unsigned kind = b % 16;
    if (kind == 0) return {};
    if (kind == 1) return "-> f" + std::to_string(a % 5);
    std::string text;
    const std::size_t size = kind == 2 ? 700'000 : 1 + random() % 6000;
    text.reserve(size);
    while (text.size() < size) {
        if (kind < 8)
            text += static_cast<char>(random());
        else
            text += "line " + std::to_string(random() % 50) + "\n";
    }
    text.resize(size);
    if (text.starts_with("-> ")) text[0] = '+';
    return text;
}

std::string path_of(std::uint32_t a) {
    const std::string file = "f" + std::to_string(a % 5);
    const unsigned where = (a / 5) % 3;
    return where == 0 ? file : where == 1 ? "d/" + file : "d/e/" + file;
}

void edit(StoreModel& model, const Op& op) {
    if (op.b % 11 == 0)
        model.source.erase(path_of(op.a));
    else
        model.source[path_of(op.a)] = content_of(op.a, op.b);
}

void import_file(StoreModel& model) {
    if (!model.archive) return;
    const auto& [name, snapshot] = *model.archive;
    if (model.visible.contains(name)) return;
    // One that was forgotten and not collected keeps what it was labelled with.
    const auto forgotten = model.forgotten.find(name);
    if (forgotten == model.forgotten.end()) {
        model.visible.emplace(name, snapshot);
        return;
    }
    if (forgotten->second.serial != snapshot.serial) return;
    model.visible.insert(model.forgotten.extract(forgotten));
}

}  // namespace

std::string text_of(const Op& op) {
    return std::string(kNames[static_cast<std::size_t>(op.kind)]) + "(" + std::to_string(op.a) +
           "," + std::to_string(op.b) + ")";
}

std::vector<Op> make_story(std::uint64_t seed, std::size_t length) {
    std::mt19937_64 random(seed * 0x9E3779B97F4A7C15ull + 1);
    std::vector<Op> story;
    const auto number = [&] { return static_cast<std::uint32_t>(random() % 10'000); };
    for (int i = 0; i < 3; ++i) story.push_back({Kind::edit, number(), number() | 1});
    story.push_back({Kind::snapshot, number(), 0});
    // What changes little comes often.
    constexpr std::array kKinds = {
        Kind::edit,           Kind::edit,       Kind::edit,         Kind::snapshot,
        Kind::snapshot,       Kind::snapshot,   Kind::restore_new,  Kind::restore_in_place,
        Kind::restore_linked, Kind::replace,    Kind::forget,       Kind::forget,
        Kind::undelete,       Kind::tag,        Kind::hold,         Kind::gc,
        Kind::recompress,     Kind::repair,     Kind::lose_catalog, Kind::export_file,
        Kind::import_file,    Kind::export_tar, Kind::verify};
    while (story.size() < length)
        story.push_back({kKinds[random() % kKinds.size()], number(), number()});
    return story;
}

Op make_command(std::uint64_t seed) {
    std::mt19937_64 random(seed ^ 0xD1B54A32D192ED03ull);
    constexpr std::array kKinds = {
        Kind::snapshot,     Kind::restore_new, Kind::restore_in_place, Kind::restore_linked,
        Kind::replace,      Kind::forget,      Kind::undelete,         Kind::tag,
        Kind::hold,         Kind::gc,          Kind::recompress,       Kind::repair,
        Kind::lose_catalog, Kind::export_file, Kind::import_file,      Kind::export_tar};
    return {kKinds[seed % kKinds.size()], static_cast<std::uint32_t>(random() % 10'000),
            static_cast<std::uint32_t>(random() % 10'000)};
}

std::optional<std::string> meant(const StoreModel& model, const Op& op) {
    if (model.visible.empty()) return std::nullopt;
    auto it = model.visible.begin();
    std::advance(it, op.a % model.visible.size());
    return it->first;
}

StoreModel after(const StoreModel& before, const Op& op) {
    StoreModel model = before;
    const auto name = meant(before, op);
    SnapshotModel* const snapshot = name ? &model.visible.at(*name) : nullptr;
    switch (op.kind) {
        case Kind::edit:
            edit(model, op);
            break;
        case Kind::snapshot:
            if (const std::string made = "s" + std::to_string(op.a);
                !model.visible.contains(made) && !model.forgotten.contains(made))
                model.visible.emplace(
                    made, SnapshotModel{.tree = model.source, .serial = ++model.serials});
            break;
        case Kind::restore_new:
            break;
        case Kind::restore_in_place:
        case Kind::restore_linked:
        case Kind::replace:
            if (snapshot != nullptr) model.out = snapshot->tree;
            break;
        case Kind::forget:
            if (snapshot != nullptr && !snapshot->hold) {
                model.forgotten.insert_or_assign(*name, *snapshot);
                model.visible.erase(*name);
            }
            break;
        case Kind::undelete:
            model.visible.merge(model.forgotten);
            break;
        case Kind::tag:
            if (snapshot != nullptr)
                snapshot->tags["k" + std::to_string(op.b % 3)] = std::to_string(op.b);
            break;
        case Kind::hold:
            if (snapshot != nullptr) snapshot->hold = op.b % 2 == 0;
            break;
        case Kind::gc:
        case Kind::recompress:
            model.forgotten.clear();
            break;
        case Kind::export_file:
            if (snapshot != nullptr)
                model.archive = {*name,
                                 SnapshotModel{.tree = snapshot->tree, .serial = snapshot->serial}};
            break;
        case Kind::import_file:
            import_file(model);
            break;
        case Kind::repair:
        case Kind::lose_catalog:
        case Kind::export_tar:
        case Kind::verify:
        case Kind::count_:
            break;
    }
    return model;
}

bool means_something(const StoreModel& before, const Op& op) {
    switch (op.kind) {
        case Kind::edit:
        case Kind::gc:
        case Kind::recompress:
        case Kind::repair:
        case Kind::lose_catalog:
        case Kind::verify:
            return true;
        case Kind::undelete:
            return !before.forgotten.empty();
        case Kind::snapshot:
        case Kind::import_file:
            return after(before, op).visible != before.visible;
        default:
            return meant(before, op).has_value();
    }
}

StoreModel after_all(const std::vector<Op>& story) {
    StoreModel model;
    for (const Op& op : story) model = after(model, op);
    return model;
}

}  // namespace holt::test
