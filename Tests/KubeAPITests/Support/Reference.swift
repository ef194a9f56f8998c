import APIMachinery
import Foundation

/// The recorded facts of a real API server, which are kept beside the repository and are not part of it.
enum Reference {
    /// The package's root.
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// One of the files, or nil, said on standard error, when it is not here.
    static func read(_ name: String) -> JSON? {
        let file = folder.appendingPathComponent("../shared/reference/\(name)").standardizedFileURL
        if let data = try? Data(contentsOf: file) { return try? JSON(parsing: Array(data)) }
        FileHandle.standardError.write(Data("not checked: there is no ../shared/reference/\(name)\n".utf8))
        return nil
    }
}
