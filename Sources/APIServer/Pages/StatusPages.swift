import APIMachinery
import Basics
import HTTPMessages

/// `/statusz` (KEP-4827) and `/flagz` (KEP-4828): how the server does and with which flags it was started. Text for people, unless
/// a structured form is asked for by `as`, `g` and `v` in the Accept header.
struct StatusPage: Sendable {
    /// As in `config.k8s.io/v1beta1, Kind=Statusz`.
    let kind: String
    /// The lines of the text, without the heading; the words before and after a mark between them.
    let lines: [(name: String, value: String)]
    /// What the structured form has beside kind and metadata.
    let fields: JSON
    /// What stands between a name and its value. Kubernetes takes another each time, so that nobody reads it by machine.
    let mark: String

    static let component = "apiserver"
    static let marks = [":", ": ", "=", " "]
    private static let group = "config.k8s.io"
    private static let notice =
        "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for "
        + "debugging purposes only."

    var name: String { kind.lowercased() }

    /// Throws 406 for what there is no form of.
    func answer(_ accept: String?) throws -> Answer {
        switch try form(accept) {
        case .text: return Health.text(200, text)
        case .structured(let encoding, let version):
            var object: JSON = [
                "kind": JSON(kind), "apiVersion": JSON("\(Self.group)/\(version)"),
                "metadata": ["name": JSON(Self.component)],
            ]
            for field in fields.members { object[field.name] = field.value }
            let parameters = ";g=\(Self.group);v=\(version);as=\(kind)"
            var headers = [(name: "content-type", value: encoding.mediaType + parameters)]
            if version == "v1alpha1" {
                let sentence = "This version of the \(name) endpoint is deprecated. Please use a newer version."
                headers.append((name: "warning", value: "299 - \"\(sentence)\""))
            }
            let bytes = encoding == .yaml ? Array(YAML.text(object).utf8) : object.bytes
            return Answer(status: 200, headers: headers, body: .bytes(bytes))
        }
    }

    private var text: String {
        let heading = "\n\(Self.component) \(name)\n\(Self.notice)\n"
        return heading + lines.map { "\($0.name)\($0.name.isEmpty ? "" : mark)\($0.value)\n" }.joined()
    }

    private enum Form { case text, structured(AnswerForm.Encoding, version: String) }

    /// The first range by weight that there is a form for (RFC 9110 section 12.5.1).
    private func form(_ accept: String?) throws -> Form {
        guard let accept, !accept.allSatisfy(\.isWhitespace) else { return .text }
        let ranges = accept.split(separator: ",").map(Self.range)
            .enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }.map(\.element)
        for range in ranges where range.weight > 0 {
            if let form = form(range) { return form }
        }
        throw StatusError(
            code: 406, reason: .notAcceptable,
            message: "only the following media types are accepted: application/json, application/yaml, text/plain")
    }

    private struct Range {
        var type: String
        var parameters: [String: String]
        var weight: Double
    }

    private static func range(_ text: Substring) -> Range {
        func trimmed(_ text: Substring) -> String {
            String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        let parts = text.split(separator: ";").map(trimmed)
        var range = Range(type: parts.first?.lowercased() ?? "", parameters: [:], weight: 1)
        for part in parts.dropFirst() {
            let sides = part.split(separator: "=", maxSplits: 1)
            if sides.count == 2 { range.parameters[trimmed(sides[0])] = trimmed(sides[1]) }
        }
        if let weight = range.parameters["q"] { range.weight = Double(weight) ?? 0 }
        return range
    }

    private func form(_ range: Range) -> Form? {
        guard let asked = range.parameters["as"] else {
            return ["text/plain", "text/*", "*/*"].contains(range.type) ? .text : nil
        }
        let version = range.parameters["v"] ?? ""
        guard asked == kind, range.parameters["g"] == Self.group, ["v1alpha1", "v1beta1"].contains(version) else {
            return nil
        }
        switch range.type {
        case "application/json", "application/*", "*/*": return .structured(.json, version: version)
        case "application/yaml": return .structured(.yaml, version: version)
        default: return nil
        }
    }
}

extension StatusPage {
    /// How long the server has been running, which version it is, and which pages it has for whoever looks for a fault.
    static func status(
        began: Instant, now: Instant, _ version: VersionInfo, paths: [String], mark: String
    ) -> StatusPage {
        let seconds = max(0, now.secondsSince1970 - began.secondsSince1970)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let uptime = "\(seconds / 3600) hr \(two(seconds / 60 % 60)) min \(two(seconds % 60)) sec"
        let binary = String(version.gitVersion.drop { $0 == "v" })
        let emulated = "\(version.major).\(version.minor)"
        return StatusPage(
            kind: "Statusz",
            lines: [
                ("", ""), ("Started", began.unixDate), ("Up", uptime), ("Go version", ""), ("Binary version", binary),
                ("Emulation version", emulated), ("Paths", paths.joined(separator: " ")),
            ],
            fields: [
                "startTime": JSON(began.rfc3339), "uptimeSeconds": JSON(Int(seconds)), "goVersion": "",
                "binaryVersion": JSON(binary), "emulationVersion": JSON(emulated), "paths": JSON(paths),
            ], mark: mark)
    }

    static func flags(_ flags: [String: String], mark: String) -> StatusPage {
        let sorted = flags.sorted { $0.key < $1.key }
        return StatusPage(
            kind: "Flagz", lines: sorted.map { ($0.key, $0.value) },
            fields: ["flags": JSON(members: sorted.map { (name: $0.key, value: JSON($0.value)) })], mark: mark)
    }
}

extension Instant {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// As `date` writes it: `Sun Nov 29 16:22:33 UTC 2026`.
    var unixDate: String {
        let text = Array(rfc3339)
        let day = secondsSince1970 >= 0 ? secondsSince1970 / 86400 : (secondsSince1970 - 86399) / 86400
        let month = Int(String(text[5..<7])) ?? 1
        let dayOfMonth = Int(String(text[8..<10])) ?? 1
        let weekday = Self.weekdays[Int(((day % 7) + 7) % 7)]
        return "\(weekday) \(Self.months[(month - 1) % 12]) \(dayOfMonth < 10 ? " " : "")\(dayOfMonth) "
            + "\(String(text[11..<19])) UTC \(String(text[..<4]))"
    }
}
