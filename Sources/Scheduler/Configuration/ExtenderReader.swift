import APIMachinery
import Basics
import Foundation
import KubeAPI
import OutboundHTTP

/// Reads the extenders of a configuration.
enum ExtenderReader {
    typealias Fault = SchedulerConfiguration.Fault

    /// With the resources that the filters leave to them.
    static func extenders(_ json: JSON) throws(Fault) -> (extenders: [Extender], ignored: Set<String>) {
        var extenders: [Extender] = []
        var ignored: Set<String> = []
        for (index, element) in json.elements.enumerated() {
            extenders.append(try extender(element, "extenders[\(index)]"))
            for resource in element["managedResources"]?.elements ?? []
            where resource["ignoredByScheduler"]?.bool == true { ignored.insert(resource["name"]?.string ?? "") }
        }
        let binders = extenders.count { $0.bindVerb != nil }
        if binders > 1 {
            throw Fault(
                path: "extenders",
                reason: "Invalid value: \"found \(binders) extenders implementing bind\": only one extender can "
                    + "implement bind")
        }
        return (extenders, ignored)
    }

    private static func extender(_ json: JSON, _ path: String) throws(Fault) -> Extender {
        var url = json["urlPrefix"]?.string ?? ""
        while url.hasSuffix("/") { url.removeLast() }
        var extender = Extender(url: url)
        for member in json.members {
            let value = member.value
            switch member.name {
            case "urlPrefix": continue
            case "filterVerb": extender.filterVerb = verb(value)
            case "prioritizeVerb": extender.prioritizeVerb = verb(value)
            case "bindVerb": extender.bindVerb = verb(value)
            case "preemptVerb" where verb(value) == nil: continue
            case "preemptVerb":
                throw Fault(path: "\(path).preemptVerb", reason: "extenders are not asked about preemption")
            case "weight": extender.weight = value.int ?? 0
            case "enableHTTPS": continue
            case "tlsConfig": extender.tls = try tls(value, "\(path).tlsConfig")
            case "httpTimeout": extender.timeout = try duration(value, "\(path).httpTimeout")
            case "nodeCacheCapable": extender.knowsNodes = value.bool ?? false
            case "ignorable": extender.isIgnorable = value.bool ?? false
            case "managedResources":
                extender.managedResources = Set(value.elements.compactMap { $0["name"]?.string })
            default: throw Fault(path: "\(path).\(member.name)", reason: "unknown field")
            }
        }
        if !url.hasPrefix("http://"), !url.hasPrefix("https://") {
            throw Fault(path: "\(path).urlPrefix", reason: "Invalid value: \"\(url)\": a URL is wanted")
        }
        if extender.prioritizeVerb != nil, extender.weight <= 0 {
            throw Fault(
                path: "\(path).weight",
                reason: "Invalid value: \(extender.weight): must have a positive weight applied to it")
        }
        return extender
    }

    private static func verb(_ json: JSON) -> String? {
        json.string.flatMap { $0.isEmpty ? nil : $0.trimmingCharacters(in: CharacterSet(charactersIn: "/")) }
    }

    private static func duration(_ json: JSON, _ path: String) throws(Fault) -> Duration {
        let text = json.string ?? ""
        if let duration = Duration(goText: text), duration > .zero { return duration }
        throw Fault(path: path, reason: "Invalid value: \"\(text)\": a duration such as \"5s\" is wanted")
    }

    private static func tls(_ json: JSON, _ path: String) throws(Fault) -> OutboundRequest.TLS {
        var tls = OutboundRequest.TLS()
        tls.isInsecure = json["insecure"]?.bool ?? false
        tls.authorities = try bytes("ca", of: json, path)
        tls.certificate = try bytes("cert", of: json, path)
        tls.key = try bytes("key", of: json, path)
        return tls
    }
    private static func bytes(_ name: String, of json: JSON, _ path: String) throws(Fault) -> [UInt8]? {
        if let text = json["\(name)Data"]?.string {
            guard let bytes = Base64.decode(text) else {
                throw Fault(path: "\(path).\(name)Data", reason: "Invalid value: base64 is wanted")
            }
            return bytes
        }
        guard let file = json["\(name)File"]?.string, !file.isEmpty else { return nil }
        do {
            return Array(try Data(contentsOf: URL(filePath: file)))
        } catch {
            throw Fault(path: "\(path).\(name)File", reason: "\(file) cannot be read")
        }
    }
}
