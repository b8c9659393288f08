#include "api/place.h"

#include "fs/folder.h"

namespace holt::api {

Result<Place> place_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const bool here = slash == std::string::npos;
    Place place;
    place.folder_shown = here ? "." : slash == 0 ? "/" : path.substr(0, slash);
    place.name = here ? path : path.substr(slash + 1);
    HOLT_TRY(fs::check_component(place.name, path));
    HOLT_TRY_LET(folder, fs::open_folder(place.folder_shown));
    place.folder = std::move(folder);
    return place;
}

}  // namespace holt::api
