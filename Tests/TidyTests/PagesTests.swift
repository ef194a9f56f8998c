import Foundation
import Testing

/// The pages against the code: their sizes, and whether what they name is there.
@Suite struct PagesTests {
    struct Page {
        /// Below the repository's root.
        var path: String
        var text: String
        /// The folder of its room, if it is a room's page.
        var room: String?
    }

    /// Bytes that a page may have.
    static let tourLimit = 20 * 1024
    static let roomLimit = 6 * 1024

    static func pages() throws -> [Page] {
        let manager = FileManager.default
        var paths = ["ARCHITECTURE.md", "README.md"]
        for folder in ["docs", "decisions"] {
            let names = try manager.contentsOfDirectory(atPath: TidyTests.root.appending(path: folder).path)
            paths += names.filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
        }
        let rooms = try manager.contentsOfDirectory(atPath: TidyTests.root.appending(path: "Sources").path)
        paths += rooms.map { "Sources/\($0)/README.md" }.filter {
            manager.fileExists(atPath: TidyTests.root.appending(path: $0).path)
        }
        return try paths.sorted().map { path in
            Page(
                path: path, text: try String(contentsOf: TidyTests.root.appending(path: path), encoding: .utf8),
                room: path.hasPrefix("Sources/") ? String(path.dropLast("/README.md".count)) : nil)
        }
    }

    @Test func pagesAreShort() throws {
        for page in try Self.pages() {
            let limit = page.path == "ARCHITECTURE.md" ? Self.tourLimit : page.room == nil ? nil : Self.roomLimit
            if let limit { #expect(page.text.utf8.count <= limit, "\(page.path) has \(page.text.utf8.count) bytes") }
        }
    }

    @Test func everyPathAndTypeThatAPageNamesIsThere() throws {
        let words = try Self.wordsOfTheCode()
        for page in try Self.pages() {
            for name in Self.quoted(page.text) {
                if name.wholeMatch(of: /[A-Za-z0-9_.+-]+(\/[A-Za-z0-9_.+-]+)*\/?/) != nil, Self.isPath(name) {
                    #expect(Self.exists(name, page), "\(page.path) names \(name), which is not there")
                } else if let type = name.wholeMatch(of: /([A-Z][A-Za-z0-9]+)((\.[A-Za-z]+)*)(\(.*\))?/) {
                    let isKnown = words.contains(String(type.1)) || Self.fileNames.contains("\(type.1).swift")
                    #expect(isKnown, "\(page.path) names \(name), which no code has")
                }
            }
        }
    }

    /// What stands between back-ticks, without blocks of code.
    static func quoted(_ text: String) -> [String] {
        let prose = text.split(separator: "```", omittingEmptySubsequences: false).enumerated()
            .compactMap { $0.offset.isMultiple(of: 2) ? $0.element : nil }.joined()
        return prose.matches(of: /`([^`\n]+)`/).map { String($0.1) }
    }

    /// A path has a folder and ends like a file or with a slash; what begins with a slash is a URL's or the machine's.
    static func isPath(_ name: String) -> Bool {
        if name.hasPrefix("/") || name.contains("NNNN") { return false }
        return name.hasSuffix("/") || name.contains(/\.(swift|md|yaml|sql|proto)$/) || name.hasPrefix("Sources/")
            || name.hasPrefix("Tests/")
    }

    static func exists(_ name: String, _ page: Page) -> Bool {
        let places = ["", "Sources/", "Tests/"] + (page.room.map { ["\($0)/", "\($0)/Kinds/"] } ?? [])
        if places.contains(where: {
            FileManager.default.fileExists(atPath: TidyTests.root.appending(path: $0 + name).path)
        }) {
            return true
        }
        // A file's name alone is enough where there is one of that name.
        return !name.contains("/") && Self.fileNames.contains(name)
    }

    static let fileNames: Set<String> = {
        var names: Set<String> = []
        for folder in ["Sources", "Tests", "migrations", "docker", "samples"] {
            let files = FileManager.default.enumerator(atPath: TidyTests.root.appending(path: folder).path)
            for case let path as String in files ?? .init() {
                names.insert(String(path.split(separator: "/").last ?? ""))
            }
        }
        return names
    }()

    static func wordsOfTheCode() throws -> Set<String> {
        var words: Set<String> = []
        for folder in ["Sources", "Tests"] {
            let url = TidyTests.root.appending(path: folder)
            let names = try #require(FileManager.default.enumerator(atPath: url.path))
            for case let name as String in names where name.hasSuffix(".swift") {
                let text = try String(contentsOf: url.appending(path: name), encoding: .utf8)
                for word in text.utf8.split(whereSeparator: { !Self.isWordByte($0) }) {
                    if let first = word.first, first >= 65, first <= 90 { words.insert(String(Substring(word))) }
                }
            }
        }
        return words
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || byte == 95
    }
}
