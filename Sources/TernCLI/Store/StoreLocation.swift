// Owns where the store is. It must not open or create anything.

/// Where the store is.
enum StoreLocation: Equatable {
    /// Nowhere: nothing is kept.
    case memory
    /// In this folder, which need not be there yet.
    case folder(String)

    /// What the option says, else `TERN_STORE`, else `tern` in the folder for data of the XDG base directories.
    init(
        _ option: String?, environment: (String) -> String? = Environment.value
    ) throws(CommandFailure) {
        if let named = option ?? environment("TERN_STORE") {
            guard !named.isEmpty else { throw CommandFailure(.usage, "--store takes a folder, or memory:") }
            self = named == "memory:" ? .memory : .folder(named)
        } else if let data = environment("XDG_DATA_HOME"), data.hasPrefix("/") {
            // the specification has relative paths ignored
            self = .folder(StoreLocation.join(data, "tern"))
        } else if let home = environment("HOME"), home.hasPrefix("/") {
            self = .folder(StoreLocation.join(home, ".local/share/tern"))
        } else {
            throw CommandFailure(
                .usage, "there is no home folder to keep a store in", hint: "name a folder: --store DIR or TERN_STORE")
        }
    }

    private static func join(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }
}
