import APIMachinery
import Basics

/// Which resources are sealed in the store, and how: Kubernetes' `EncryptionConfiguration` (apiserver.config.k8s.io/v1).
/// The first provider, and its first key, seals what is written; all of them are tried for what is read.
public struct EncryptionConfiguration: Sendable {
    /// The providers of some resources, in their order, a key each.
    struct Rule: Sendable {
        /// `secrets`, `deployments.apps`, `*.` (all of the core group), `*.apps`, `*.*`.
        var resources: [String]
        var seals: [Seal]
    }
    private let rules: [Rule]

    /// Reads the file's document; throws with the place of what is wrong.
    public init(_ document: JSON) throws(ConfigurationError) {
        guard document["apiVersion"]?.string == "apiserver.config.k8s.io/v1",
            document["kind"]?.string == "EncryptionConfiguration"
        else {
            throw ConfigurationError("it is no EncryptionConfiguration of apiserver.config.k8s.io/v1")
        }
        let entries = document["resources"]?.elements ?? []
        guard !entries.isEmpty else { throw ConfigurationError("resources: Required value") }
        var rules: [Rule] = []
        for (index, entry) in entries.enumerated() {
            rules.append(try Self.rule(entry, "resources[\(index)]"))
        }
        self.rules = rules
    }

    /// Why a configuration cannot be used.
    public struct ConfigurationError: Error, CustomStringConvertible {
        public let description: String
        init(_ description: String) { self.description = description }
    }

    private static func rule(_ entry: JSON, _ place: String) throws(ConfigurationError) -> Rule {
        let resources = (entry["resources"]?.elements ?? []).compactMap(\.string)
        guard !resources.isEmpty else { throw ConfigurationError("\(place).resources: Required value") }
        let providers = entry["providers"]?.elements ?? []
        guard !providers.isEmpty else { throw ConfigurationError("\(place).providers: Required value") }
        var seals: [Seal] = []
        for (index, provider) in providers.enumerated() {
            let place = "\(place).providers[\(index)]"
            guard provider.members.count == 1, let member = provider.members.first,
                let name = Seal.Provider(rawValue: member.name)
            else {
                let known = Seal.Provider.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError("\(place): must have exactly one of \(known)")
            }
            if name == .identity {
                seals.append(.none)
            } else {
                seals += try keys(member.value, name, "\(place).\(name)")
            }
        }
        return Rule(resources: resources, seals: seals)
    }

    private static func keys(
        _ value: JSON, _ provider: Seal.Provider, _ place: String
    ) throws(ConfigurationError) -> [Seal] {
        let keys = value["keys"]?.elements ?? []
        guard !keys.isEmpty else { throw ConfigurationError("\(place).keys: Required value") }
        var seals: [Seal] = []
        for (index, key) in keys.enumerated() {
            let place = "\(place).keys[\(index)]"
            let name = key["name"]?.string ?? ""
            guard !name.isEmpty else { throw ConfigurationError("\(place).name: Required value") }
            guard !name.contains(":") else {
                throw ConfigurationError("\(place).name: Invalid value: \"\(name)\": must not contain ':'")
            }
            guard !seals.contains(where: { $0.keyName == name }) else {
                throw ConfigurationError("\(place).name: Duplicate value: \"\(name)\"")
            }
            guard let secret = key["secret"]?.string.flatMap({ Base64.decode($0) }) else {
                throw ConfigurationError("\(place).secret: must be base64 encoded")
            }
            let lengths = Seal.keyLengths(provider)
            guard lengths.contains(secret.count) else {
                let wanted = lengths.map(String.init).joined(separator: " ")
                throw ConfigurationError(
                    "\(place).secret: secret is not of the expected length, got \(secret.count), expected one of [\(wanted)]"
                )
            }
            seals.append(Seal(provider, keyName: name, key: secret))
        }
        return seals
    }

    /// The seals of a resource, the writing one first; empty when it is kept as it is.
    func seals(for resource: GroupResource) -> [Seal] {
        let names = [resource.description, "*.\(resource.group)", "*.*"]
        return rules.first { rule in rule.resources.contains(where: names.contains) }?.seals ?? []
    }
}
