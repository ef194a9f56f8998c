import APIMachinery
import Basics
import CEL

/// A format of strings that is checked (`format` in a schema); others are let be, as Kubernetes does.
enum ValueFormat: String {
    case byte, date, duration, email, hostname, ipv4, ipv6, cidr, mac, uri, password
    case dateTime = "datetime"
    case uuid, uuid3, uuid4, uuid5
    case shortName = "k8sshortname", longName = "k8slongname"
    case hexColor = "hexcolor", rgbColor = "rgbcolor", ssn, bsonObjectID = "bsonobjectid"

    /// Hyphens in its name mean nothing.
    init?(_ name: String) { self.init(rawValue: name.filter { $0 != "-" }) }

    func accepts(_ text: String) -> Bool {
        switch self {
        case .password: true
        case .byte: Base64.firstIllegalByte(in: text) == nil
        case .date: text.utf8.count == 10 && Instant(rfc3339: text + "T00:00:00Z") != nil
        case .dateTime: Instant(rfc3339: text) != nil
        case .duration: GoDuration.nanoseconds(text) != nil
        case .email: Self.matches(text, "^[^\\s@<>]+@[^\\s@<>]+$")
        case .hostname:
            text.utf8.count <= 255 && Self.matches(text, "^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?)+$")
        case .ipv4: !text.contains(":") && Validation.isIP(text).isEmpty
        case .ipv6: text.contains(":") && Validation.isIP(text).isEmpty
        case .cidr: Self.isBlock(text)
        case .mac: Self.matches(text, "^([0-9A-Fa-f]{2}[:-]){5}([0-9A-Fa-f]{2}[:-]){0,14}[0-9A-Fa-f]{2}$")
        case .uri: Self.isURI(text)
        case .uuid: Self.isUUID(text, "[0-9a-f]{4}", "[0-9a-f]{4}")
        case .uuid3: Self.isUUID(text, "3[0-9a-f]{3}", "[0-9a-f]{4}")
        case .uuid4: Self.isUUID(text, "4[0-9a-f]{3}", "[89ab][0-9a-f]{3}")
        case .uuid5: Self.isUUID(text, "5[0-9a-f]{3}", "[89ab][0-9a-f]{3}")
        case .shortName: Validation.isDNS1123Label(text).isEmpty
        case .longName: Validation.isDNS1123Subdomain(text).isEmpty
        case .hexColor: Self.matches(text, "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")
        case .rgbColor: Self.matches(text, "^rgb\\([0-9]{1,3},[0-9]{1,3},[0-9]{1,3}\\)$")
        case .ssn: Self.matches(text, "^[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}$")
        case .bsonObjectID: Self.matches(text, "^[0-9a-fA-F]{24}$")
        }
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        (try? Pattern(pattern))?.matches(text) ?? false
    }
    private static func isUUID(_ text: String, _ third: String, _ fourth: String) -> Bool {
        matches(text.lowercased(), "^[0-9a-f]{8}-?[0-9a-f]{4}-?\(third)-?\(fourth)-?[0-9a-f]{12}$")
    }
    private static func isBlock(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, Validation.isIP(parts[0]).isEmpty, let bits = UInt8(parts[1]) else { return false }
        return bits <= (parts[0].contains(":") ? 128 : 32)
    }
    /// As Go's `ParseRequestURI`: a scheme, or a path from the root.
    private static func isURI(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
        return text.hasPrefix("/") || matches(text, "^[A-Za-z][A-Za-z0-9+.-]*:.")
    }
}
