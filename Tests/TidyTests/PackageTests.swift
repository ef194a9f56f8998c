import Foundation
import Testing

/// What Package.swift declares against what the files import.
@Suite struct PackageTests {
    /// A target as Package.swift has it: where it lies, and the modules that it may import.
    struct Target {
        var name: String
        var folder: String
        var modules: Set<String>
    }

    /// Modules of a product that has other names than the product's own.
    static let modulesOfProducts: [String: [String]] = [
        "Collections": ["Collections", "HeapModule", "OrderedCollections", "DequeModule", "BitCollections"],
        "Yams": ["Yams", "CYaml"],
    ]

    @Test func whatIsDeclaredIsImported() throws {
        for target in try Self.targets() {
            let imported = try Self.imports(in: target.folder)
            // What has a hyphen is a program that the target starts.
            for module in target.modules.sorted()
            where !module.contains("-") && Self.modules(of: module).isDisjoint(with: imported) {
                Issue.record("\(target.name) declares \(module), which none of its files imports")
            }
        }
    }

    @Test func whatIsImportedIsDeclared() throws {
        let targets = try Self.targets()
        let known = targets.reduce(into: Set(targets.map(\.name))) { $0.formUnion($1.modules) }
        for target in targets {
            let declared = target.modules.reduce(into: Set<String>()) { $0.formUnion(Self.modules(of: $1)) }
            for module in try Self.imports(in: target.folder).sorted()
            where known.contains(module) && module != target.name {
                #expect(declared.contains(module), "\(target.name) imports \(module) and does not declare it")
            }
        }
    }

    static func modules(of dependency: String) -> Set<String> {
        Set(modulesOfProducts[dependency] ?? [dependency])
    }

    static func imports(in folder: String) throws -> Set<String> {
        let url = TidyTests.root.appending(path: folder)
        let names = try #require(FileManager.default.enumerator(atPath: url.path), "no folder \(folder)")
        var modules: Set<String> = []
        for case let name as String in names where name.hasSuffix(".swift") {
            let text = try String(contentsOf: url.appending(path: name), encoding: .utf8)
            for line in text.split(separator: "\n") {
                // "import A", "@testable import A", "import struct A.B"
                let words = line.split(separator: " ")
                guard let at = words.firstIndex(of: "import"), at < 2, at + 1 < words.count else { continue }
                let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "typealias", "let", "var"]
                let place = kinds.contains(words[at + 1]) ? at + 2 : at + 1
                guard place < words.count else { continue }
                modules.insert(String(words[place].prefix { $0 != "." }))
            }
        }
        return modules
    }

    /// The targets, read from the manifest's text: it is a list of calls whose dependencies are names, texts and products.
    static func targets() throws -> [Target] {
        let text = try String(contentsOf: TidyTests.root.appending(path: "Package.swift"), encoding: .utf8)
        var products: [String: String] = [:]
        for match in text.matches(of: /let (\w+): Target\.Dependency = \.product\(name: "(\w+)"/) {
            products[String(match.1)] = String(match.2)
        }
        let list = text[try #require(text.range(of: "targets: [")).upperBound...]
        var targets: [Target] = []
        for match in list.matches(of: /(room|tests|\.target|\.executableTarget|\.testTarget)\(/) {
            let call = Self.balanced(list[match.range.upperBound...])
            guard let name = call.firstMatch(of: /"([\w-]+)"/)?.1 else { continue }
            let isTests = match.1 == "tests"
            let path = call.firstMatch(of: /path: "([^"]+)"/).map { String($0.1) }
            let folder =
                path ?? (isTests || match.1 == ".testTarget" ? "Tests/" : "Sources/") + name + (isTests ? "Tests" : "")
            var modules: Set<String> = isTests ? [String(name)] : []
            // The dependencies are the first list of the call; what follows them has a label.
            if let open = call.firstIndex(of: "[") {
                let label = call[..<open].suffix(16)
                if !label.contains("exclude:"), !label.contains("Settings:"), !label.contains("providers:") {
                    let inside = Self.balanced(call[call.index(after: open)...])
                    for word in inside.split(whereSeparator: { ",\n ".contains($0) }) {
                        let quoted = word.trimmingCharacters(in: ["\""])
                        modules.insert(word.hasPrefix("\"") ? quoted : products[quoted] ?? quoted)
                    }
                }
            }
            let isTestTarget = isTests || match.1 == ".testTarget"
            let files = TidyTests.root.appending(path: folder)
            // Targets of C have no Swift files to hold against.
            guard isTestTarget || (try? Self.imports(in: folder).isEmpty) == false else { continue }
            guard FileManager.default.fileExists(atPath: files.path) else { continue }
            targets.append(
                Target(name: isTests ? name + "Tests" : String(name), folder: folder, modules: modules))
        }
        return targets
    }

    /// The text up to the bracket that closes what is open at its beginning.
    static func balanced(_ text: Substring) -> Substring {
        var depth = 1
        for index in text.indices {
            if "([".contains(text[index]) { depth += 1 }
            if ")]".contains(text[index]) { depth -= 1 }
            if depth == 0 { return text[..<index] }
        }
        return text
    }
}
