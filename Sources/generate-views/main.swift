import Foundation
import KubeAPI

// Writes the typed views into the folder that is named, `Sources/KubeAPI/Views` from the package's root.

let folder = URL(filePath: CommandLine.arguments.dropFirst().first ?? "Sources/KubeAPI/Views")
for file in ViewWriter(.kubernetes, .builtIn).files() {
    try Data(file.text.utf8).write(to: folder.appending(path: file.name))
}
