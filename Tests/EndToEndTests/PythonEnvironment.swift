import Foundation
import TestKit
import Testing

/// A Python of the tests' own with the `kubernetes` client and pytest, made once under `.build`.
enum PythonEnvironment {
    /// The path of its interpreter.
    static func interpreter() throws -> String {
        let folder = ClusterProcess.root.appending(path: ".build/python").path
        if !FileManager.default.fileExists(atPath: "\(folder)/bin/done-2") {
            #expect(try Program.run("python3", ["-m", "venv", folder]).exitCode == 0)
            let installed = try Program.run(
                "\(folder)/bin/pip", ["install", "-q", "kubernetes", "pytest"], timeoutSeconds: 300)
            try #require(installed.exitCode == 0, "\(installed.errors)")
            _ = FileManager.default.createFile(atPath: "\(folder)/bin/done-2", contents: nil)
        }
        return "\(folder)/bin/python"
    }
}
