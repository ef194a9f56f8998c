import APIMachinery
import Basics
import KubeAPI

/// What a definition's status says of its names and of whether it is served (apiextensions' naming, establishing and
/// structural-schema controllers, in one).
public enum DefinitionStatus {
    /// The definition with the status that it should have beside all the others; nil if it has it.
    public static func updated(_ definition: JSON, among others: [JSON], now: Instant) -> JSON? {
        let spec = definition["spec", "names"] ?? .object
        let before = definition["status", "acceptedNames"] ?? .object
        let taken = claims(
            others, group: definition["spec", "group"]?.string ?? "", but: definition["metadata", "name"])
        var accepted = before
        var conflict: (reason: String, message: String)?

        func claim(_ field: String, _ names: Set<String>, _ reason: String) {
            let wanted = spec[field]?.string ?? ""
            if wanted != before[field]?.string ?? "", names.contains(wanted) {
                conflict = (reason, "\(JSON(wanted).text) is already in use")
            } else {
                accepted[field] = JSON(wanted)
            }
        }
        claim("plural", taken.resources, "PluralConflict")
        claim("singular", taken.resources, "SingularConflict")
        let ours = Set(before["shortNames"]?.strings ?? [])
        let inUse = (spec["shortNames"]?.strings ?? []).filter { !ours.contains($0) && taken.resources.contains($0) }
        if inUse.isEmpty {
            accepted["shortNames"] = spec["shortNames"]
        } else {
            let sentences = inUse.map { "\(JSON($0).text) is already in use" }
            conflict = (
                "ShortNamesConflict",
                sentences.count == 1 ? sentences[0] : "[\(sentences.joined(separator: ", "))]"
            )
        }
        claim("kind", taken.kinds, "KindConflict")
        claim("listKind", taken.kinds, "ListKindConflict")
        accepted["categories"] = spec["categories"]

        var result = definition
        result["status", "acceptedNames"] = accepted
        if let conflict {
            set(&result, "NamesAccepted", "False", conflict.reason, conflict.message, now)
        } else {
            set(&result, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now)
        }
        if !isTrue(result, "Established") {
            if conflict == nil {
                set(&result, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", now)
            } else {
                set(&result, "Established", "False", "NotAccepted", "not all names are accepted", now)
            }
        }
        return result == definition ? nil : result
    }

    /// The definition as one that is going away; nil if it says so already.
    public static func terminating(_ definition: JSON, _ reason: String, _ message: String, now: Instant) -> JSON? {
        var result = definition
        set(&result, "Terminating", "True", reason, message, now)
        return result == definition ? nil : result
    }

    static func isTrue(_ definition: JSON, _ type: String) -> Bool {
        (definition["status", "conditions"]?.elements ?? []).contains {
            $0["type"]?.string == type && $0["status"]?.string == "True"
        }
    }

    /// The names that others of the group have been given.
    private static func claims(_ definitions: [JSON], group: String, but name: JSON?) -> (
        resources: Set<String>, kinds: Set<String>
    ) {
        var resources: Set<String> = []
        var kinds: Set<String> = []
        for other in definitions where other["spec", "group"]?.string == group && other["metadata", "name"] != name {
            let names = other["status", "acceptedNames"] ?? .object
            for field in ["plural", "singular"] { resources.insert(names[field]?.string ?? "") }
            resources.formUnion(names["shortNames"]?.strings ?? [])
            for field in ["kind", "listKind"] { kinds.insert(names[field]?.string ?? "") }
        }
        resources.remove("")
        kinds.remove("")
        return (resources, kinds)
    }

    private static func set(
        _ definition: inout JSON, _ type: String, _ status: String, _ reason: String, _ message: String, _ now: Instant
    ) {
        var conditions: [JSON] = definition["status", "conditions"]?.elements ?? []
        let index = conditions.firstIndex { $0["type"]?.string == type }
        let before = index.map { conditions[$0] }
        if before?["status"]?.string == status, before?["reason"]?.string == reason,
            before?["message"]?.string == message
        {
            return
        }
        let since: JSON = before?["status"]?.string == status ? before?["lastTransitionTime"] ?? now.json : now.json
        let condition: JSON = [
            "type": JSON(type), "status": JSON(status), "lastTransitionTime": since, "reason": JSON(reason),
            "message": JSON(message),
        ]
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        definition["status", "conditions"] = JSON(conditions)
    }
}
