import Foundation
import Testing

/// The repository checks itself: imports against the floors of ARCHITECTURE.md, front pages, leftovers, file lengths.
@Suite struct TidyTests {
    static let root: URL = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The floor of the programs, which have no front page.
    static let executablesFloor = 6

    /// Source files by room, without what a generator wrote.
    struct SourceFile {
        var room: String
        var path: String
        var lines: [Substring]
        /// Tables and notation are data: long, and read by looking up.
        var isData: Bool { path.contains("/Views/") || path.contains("/Schemas/") || path.contains("Generated") }
    }

    static func sources() throws -> [SourceFile] {
        let folder = root.appending(path: "Sources")
        let names = try #require(FileManager.default.enumerator(atPath: folder.path))
        var files: [SourceFile] = []
        for case let name as String in names where name.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            files.append(
                SourceFile(
                    room: String(name.prefix { $0 != "/" }), path: name,
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false)))
        }
        return files
    }

    /// Room → floor, from the table in ARCHITECTURE.md.
    static func floors() throws -> [String: Int] {
        let text = try String(contentsOf: root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
        var floors: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 3, let floor = Int(cells[0]), cells[1].hasPrefix("`") else { continue }
            floors[cells[1].trimmingCharacters(in: ["`"])] = floor
        }
        return floors
    }

    @Test func everyRoomIsInTheTableAndEveryRowIsARoom() throws {
        let folder = Self.root.appending(path: "Sources")
        let rooms = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)).filter { !$0.hasPrefix(".") }
        #expect(rooms == Set(try Self.floors().keys))
    }

    /// Package.swift lists its targets floor by floor, under a comment for each.
    @Test func thePackageHasTheSameFloors() throws {
        let text = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        var declared: [String: Int] = [:]
        var floor: Int?
        for match in text.matches(
            of: /\/\/ (C|Floor (\d)|What tests share\.)\n|(?:room|[tT]arget|systemLibrary)\(\s*(?:name: )?"([\w-]+)"/)
        {
            if let name = match.3 {
                if let floor { declared[String(name)] = floor }
            } else {
                floor = match.1 == "C" ? 0 : match.2.flatMap { Int($0) }
            }
        }
        // A program that only tests start.
        declared["container-supervisor"] = nil
        let floors = try Self.floors()
        for room in Set(declared.keys).union(floors.keys).sorted() {
            #expect(declared[room] == floors[room], "\(room) in Package.swift and in ARCHITECTURE.md")
        }
    }

    @Test func aRoomImportsOnlyLowerFloors() throws {
        let floors = try Self.floors()
        for file in try Self.sources() {
            let own = try #require(floors[file.room], "\(file.room) has no floor")
            for line in file.lines {
                let words = line.split(separator: " ")
                guard let at = words.firstIndex(of: "import"), at < 2, at + 1 < words.count else { continue }
                guard let floor = floors[String(words[at + 1])] else { continue }
                #expect(floor < own, "\(file.path): \(line)")
            }
        }
    }

    @Test func everyRoomOpensWithAFrontPage() throws {
        for (room, floor) in try Self.floors() where floor < Self.executablesFloor {
            // Those of C are headers.
            if room.first == "C", room.dropFirst().first?.isUppercase == true { continue }
            let page = Self.root.appending(path: "Sources/\(room)/\(room).swift")
            let text = try String(contentsOf: page, encoding: .utf8)
            #expect(text.contains("// # \(room)"), "\(room) has no heading")
            #expect(text.contains("Absent on purpose"), "\(room) does not say what it leaves out")
        }
    }

    @Test func nothingIsLeftForLater() throws {
        let promises = [
            "TO" + "DO", "FIX" + "ME", "X" + "XX:", "fatal" + "Error(", "try" + "! ", "not imple" + "mented",
        ]
        for file in try Self.sources() where !file.isData {
            for (number, line) in file.lines.enumerated() {
                for promise in promises where line.contains(promise) {
                    Issue.record("\(file.path):\(number + 1): \(line)")
                }
            }
        }
    }

    /// A type of that name would hide its module from whoever wants to name something in it in full.
    @Test func noTypeIsNamedAsARoom() throws {
        let rooms = Set(try Self.floors().keys)
        for file in try Self.sources() {
            for line in file.lines where !line.hasPrefix(" ") && !line.hasPrefix("/") {
                let words = line.split { !$0.isLetter && !$0.isNumber }
                guard
                    let at = words.firstIndex(where: {
                        ["struct", "enum", "class", "actor", "protocol", "typealias"].contains($0)
                    }), at + 1 < words.count, words.prefix(at).allSatisfy({ $0 != "extension" && $0 != "let" })
                else { continue }
                #expect(!rooms.contains(String(words[at + 1])), "\(file.path): \(line)")
            }
        }
    }

    @Test func filesAreOneThingEach() throws {
        for file in try Self.sources() where !file.isData {
            #expect(file.lines.count <= 400, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func linesCanBeReadWithoutScrolling() throws {
        for file in try Self.sources() where !file.isData {
            for (number, line) in file.lines.enumerated() where line.count > 160 {
                Issue.record("\(file.path):\(number + 1) has \(line.count) characters")
            }
        }
    }

    /// Words that were ours alone where the field has one: an inbox is no desk, a wake-up no bell.
    @Test func theFieldsWordsAreUsed() throws {
        let houseWords = ["heir", "Letter", "Letters", "bell", "desk", "poke", "farewell", "come"]
        for file in try Self.sources() where !file.isData {
            for (number, line) in file.lines.enumerated() {
                for word in Self.identifierWords(in: line) where houseWords.contains(word) {
                    Issue.record("\(file.path):\(number + 1): \(word)")
                }
            }
        }
    }

    /// The words of a line's identifiers ("WatchBell" is watch and bell), without comments and texts. A type's words begin
    /// large where only a type may not have them: letters of an alphabet are no messages.
    static func identifierWords(in line: Substring) -> [String] {
        let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
            .split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .compactMap { $0.offset.isMultiple(of: 2) ? $0.element : nil }.joined(separator: " ")
        return code.split { !$0.isLetter && !$0.isNumber }.flatMap { name in
            name.split(separator: /(?=[A-Z])/).map { word in
                let isOfAType = name.first?.isUppercase == true
                return isOfAType && word.hasPrefix("Letter") ? String(word) : word.lowercased()
            }
        }
    }
}
