import APIMachinery
import Basics
import ContainerRuntime
import KubeAPI

/// A container's variables, command and arguments from its spec and what it refers to; pure.
struct ContainerEnvironment {
    var variables: [ContainerConfiguration.Variable] = []
    var command: [String] = []
    var arguments: [String] = []

    /// CreateContainerConfigError with Kubernetes' sentence.
    struct Failure: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    struct Sources {
        var configMap: (String) -> ConfigMap?
        var secret: (String) -> Secret?
        /// The pod's namespace's Services, and default/kubernetes.
        var services: [Service]
        var masterServices: [Service]
    }

    init(_ container: Container, _ fields: DownwardFields, _ sources: Sources) throws {
        var values: [String: String] = [:]
        var order: [String] = []
        func put(_ name: String, _ value: String) {
            if values.updateValue(value, forKey: name) == nil { order.append(name) }
        }
        let links =
            fields.pod.spec.enableServiceLinks == false
            ? sources.masterServices : sources.services + sources.masterServices
        let serviceVariables = ServiceLinks.variables(links)
        let known = Dictionary(serviceVariables.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })

        for source in container.envFrom {
            let prefix = source.prefix ?? ""
            for (name, value) in try Self.all(source, sources) where Self.isName(prefix + name) {
                put(prefix + name, value)
            }
        }
        for variable in container.env {
            let name = variable.name ?? ""
            if let reference = variable.valueFrom {
                if let value = try Self.value(reference, container, fields, sources) { put(name, value) }
            } else {
                let expansion = VariableExpansion(variables: known.merging(values) { _, own in own })
                put(name, expansion.expand(variable.value ?? ""))
            }
        }
        for (name, value) in serviceVariables where values[name] == nil { put(name, value) }

        variables = order.map { ContainerConfiguration.Variable($0, values[$0] ?? "") }
        let expansion = VariableExpansion(variables: values)
        command = container.command.map(expansion.expand)
        arguments = container.args.map(expansion.expand)
    }

    private static func isName(_ name: String) -> Bool { !name.isEmpty && !name.contains("=") && !name.contains("\0") }

    private static func all(_ source: EnvFromSource, _ sources: Sources) throws -> [(String, String)] {
        if let reference = source.configMapRef {
            let name = reference.name ?? ""
            guard let map = sources.configMap(name) else {
                if reference.optional == true { return [] }
                throw Failure(description: "configmap \"\(name)\" not found")
            }
            return map.data.sorted { $0.key < $1.key }
        }
        if let reference = source.secretRef {
            let name = reference.name ?? ""
            guard let secret = sources.secret(name) else {
                if reference.optional == true { return [] }
                throw Failure(description: "secret \"\(name)\" not found")
            }
            return secret.data.sorted { $0.key < $1.key }.map { ($0.key, Secret.text($0.value)) }
        }
        return []
    }

    /// nil for an optional value that is not there.
    private static func value(
        _ source: EnvVarSource, _ container: Container, _ fields: DownwardFields, _ sources: Sources
    ) throws -> String? {
        if let reference = source.fieldRef { return try fields.field(reference.fieldPath ?? "") }
        if let reference = source.resourceFieldRef {
            let name = reference.containerName ?? container.name
            let target = (fields.pod.spec.containers + fields.pod.spec.initContainers).first { $0.name == name }
            return try fields.resource(reference, in: target ?? container)
        }
        if let reference = source.configMapKeyRef {
            let (name, key) = (reference.name ?? "", reference.key ?? "")
            guard let map = sources.configMap(name) else {
                if reference.optional == true { return nil }
                throw Failure(description: "configmap \"\(name)\" not found")
            }
            if let value = map.data[key] { return value }
            if reference.optional == true { return nil }
            throw Failure(description: "couldn't find key \(key) in ConfigMap \(fields.pod.namespace)/\(name)")
        }
        if let reference = source.secretKeyRef {
            let (name, key) = (reference.name ?? "", reference.key ?? "")
            guard let secret = sources.secret(name) else {
                if reference.optional == true { return nil }
                throw Failure(description: "secret \"\(name)\" not found")
            }
            if let value = secret.data[key] { return Secret.text(value) }
            if reference.optional == true { return nil }
            throw Failure(description: "couldn't find key \(key) in Secret \(fields.pod.namespace)/\(name)")
        }
        return ""
    }
}

extension Secret {
    /// The bytes of a value, which the API server has found to be base64.
    static func bytes(_ value: String) -> [UInt8] { Base64.decode(value) ?? [] }
    static func text(_ value: String) -> String { String(decoding: bytes(value), as: UTF8.self) }
}
