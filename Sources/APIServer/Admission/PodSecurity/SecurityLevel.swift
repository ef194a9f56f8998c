import APIMachinery
import KubeAPI

/// How strict pods are looked at (the Pod Security Standards).
enum SecurityLevel: String, Comparable, Sendable, CaseIterable {
    case privileged, baseline, restricted

    static func < (one: SecurityLevel, other: SecurityLevel) -> Bool {
        (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
    }
}

/// A level as a version of Kubernetes has it: `baseline:latest`, `restricted:v1.24`.
struct VersionedLevel: Hashable, Sendable, CustomStringConvertible {
    var level = SecurityLevel.privileged
    /// Of v1; nil for the latest.
    var minor: Int?
    var description: String { "\(level.rawValue):\(minor.map { "v1.\($0)" } ?? "latest")" }
}

/// What a namespace's labels ask for: refuse, note in the audit trail, warn.
struct SecurityPolicy: Equatable, Sendable {
    private static let prefix = "pod-security.kubernetes.io/"
    var enforce = VersionedLevel()
    var audit = VersionedLevel()
    var warn = VersionedLevel()
    var isPrivileged: Bool {
        [enforce, audit, warn].allSatisfy { $0.level == .privileged }
    }
    /// What is wrong with the labels. Then what is enforced is the strictest, and nothing else is told.
    private(set) var errors: [FieldError] = []

    /// By a namespace's labels; what they do not say is privileged, and the latest version.
    init(_ labels: JSON?) {
        guard let labels, labels.members.contains(where: { $0.name.hasPrefix(Self.prefix) }) else { return }
        let isEnforced: Bool
        (enforce, isEnforced) = read("enforce", labels, fallback: .restricted)
        (audit, _) = read("audit", labels, fallback: .privileged)
        (warn, _) = read("warn", labels, fallback: .privileged)
        // Who enforces warns as well.
        if labels["\(Self.prefix)warn"] == nil, isEnforced, enforce.level > warn.level {
            warn.level = enforce.level
            if labels["\(Self.prefix)warn-version"] == nil { warn.minor = enforce.minor }
        }
    }

    /// What the labels of a mode say, and whether they say a level that there is.
    private mutating func read(
        _ mode: String, _ labels: JSON, fallback: SecurityLevel
    ) -> (VersionedLevel, isRead: Bool) {
        var result = VersionedLevel()
        var isRead = false
        if let text = labels["\(Self.prefix)\(mode)"]?.string {
            let level = SecurityLevel(rawValue: text)
            result.level = level ?? fallback
            isRead = level != nil
            if !isRead { refuse(mode, text, "must be one of privileged, baseline, restricted") }
        }
        if let text = labels["\(Self.prefix)\(mode)-version"]?.string, text != "latest" {
            let digits = text.dropFirst(3)
            let isPlain = digits == "0" || !digits.hasPrefix("0") && digits.allSatisfy { ("0"..."9").contains($0) }
            if text.hasPrefix("v1."), isPlain, let minor = Int(digits) {
                result.minor = minor
            } else {
                refuse("\(mode)-version", text, "must be \"latest\" or \"v1.x\"")
            }
        }
        return (result, isRead)
    }

    private mutating func refuse(_ label: String, _ text: String, _ why: String) {
        errors.append(
            FieldError(
                .invalid, "metadata.labels[\(Self.prefix)\(label)]", "Invalid value: \(JSON(text).text): \(why)"))
    }
}
