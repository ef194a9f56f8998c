import APIMachinery
import Basics
import KubeAPI

/// What a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1) says: the profiles by their scheduler names, and how
/// long pods wait between tries.
public struct SchedulerConfiguration: Sendable {
    /// What is wrong with a configuration: `profiles[0].schedulerName: Required value`.
    public struct Fault: Error, Equatable, CustomStringConvertible {
        public var path: String
        public var reason: String
        public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
    }

    var profiles: [Profile] = [Profile()]
    var extenders: [Extender] = []
    var firstBackoff = SchedulingQueue.firstBackoff
    var longestBackoff = SchedulingQueue.longestBackoff

    /// What holds where nothing is said: one profile for `default-scheduler`.
    public init() {}

    init(_ profile: Profile) { profiles = [profile] }

    private static let group = "kubescheduler.config.k8s.io/v1"
    /// Fields that are known, and mean nothing in one process.
    private static let ignored: Set<String> = [
        "apiVersion", "kind", "leaderElection", "clientConnection", "enableProfiling", "enableContentionProfiling",
        "delayCacheUntilActive", "parallelism",
    ]

    public init(_ json: JSON) throws(Fault) {
        guard json["apiVersion"]?.string == Self.group, json["kind"]?.string == "KubeSchedulerConfiguration" else {
            throw Fault(path: "", reason: "a KubeSchedulerConfiguration of \(Self.group) is wanted")
        }
        var percentage: Int?
        var ignored: Set<String> = []
        for member in json.members where !Self.ignored.contains(member.name) {
            switch member.name {
            case "percentageOfNodesToScore": percentage = try Self.percentage(member.value, member.name)
            case "podInitialBackoffSeconds":
                firstBackoff = .seconds(try Self.whole(member.value, member.name, least: 1))
            case "podMaxBackoffSeconds":
                longestBackoff = .seconds(try Self.whole(member.value, member.name, least: 1))
            case "profiles": profiles = try Self.profiles(member.value)
            case "extenders": (extenders, ignored) = try ExtenderReader.extenders(member.value)
            default: throw Fault(path: member.name, reason: "unknown field")
            }
        }
        if longestBackoff < firstBackoff {
            throw Fault(
                path: "podMaxBackoffSeconds",
                reason: "Invalid value: \(longestBackoff.components.seconds): must be greater than or equal to "
                    + "PodInitialBackoffSeconds")
        }
        if !ignored.isEmpty {
            for index in profiles.indices { profiles[index].ignore(ignored) }
        }
        if let percentage {
            for index in profiles.indices where profiles[index].percentageOfNodesToScore == nil {
                profiles[index].percentageOfNodesToScore = percentage
            }
        }
    }

    private static func profiles(_ json: JSON) throws(Fault) -> [Profile] {
        var profiles: [Profile] = []
        for (index, element) in json.elements.enumerated() {
            let path = "profiles[\(index)]"
            let profile = try ProfileReader(path).profile(element)
            if profiles.contains(where: { $0.schedulerName == profile.schedulerName }) {
                throw Fault(path: "\(path).schedulerName", reason: "Duplicate value: \"\(profile.schedulerName)\"")
            }
            profiles.append(profile)
        }
        return profiles.isEmpty ? [Profile()] : profiles
    }

    static func whole(
        _ json: JSON?, _ path: String, least: Int = 0, most: Int = Int(Int32.max)
    ) throws(Fault) -> Int {
        guard let number = json?.int else { throw Fault(path: path, reason: "a whole number is wanted") }
        if number < least {
            throw Fault(path: path, reason: "Invalid value: \(number): must be greater than \(least - 1)")
        }
        if number > most { throw Fault(path: path, reason: "Invalid value: \(number): must be at most \(most)") }
        return number
    }
    static func percentage(_ json: JSON?, _ path: String) throws(Fault) -> Int {
        guard let number = json?.int else { throw Fault(path: path, reason: "a whole number is wanted") }
        if !(0...100).contains(number) {
            throw Fault(path: path, reason: "Invalid value: \(number): not in valid range [0-100]")
        }
        return number
    }
}
