import Foundation
import KubeAPI
import Testing

@testable import generate_views

@Suite struct ViewsTests {
    /// After a change of the notation run `swift run generate-views`.
    @Test func areWhatTheGeneratorWrites() throws {
        let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/KubeAPI/Views")
        let files = ViewWriter(.kubernetes, .builtIn).files()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
        #expect(Set(names) == Set(files.map(\.name)))
        for file in files {
            let text = try String(contentsOf: folder.appending(path: file.name), encoding: .utf8)
            #expect(text == file.text, "\(file.name)")
        }
    }
}
