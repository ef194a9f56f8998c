import APIMachinery
import HTTPMessages
import KubeAPI
import Synchronization

/// The groups whose answers are made when asked for. Who makes them is built after the server, and says so.
public final class ProvidedGroups: Sendable {
    private let state = Mutex<[any ProvidedGroup]>([])
    init() {}

    public func serve(_ groups: [any ProvidedGroup]) { state.withLock { $0 += groups } }

    private var groups: [any ProvidedGroup] { state.withLock { $0 } }

    func group(_ name: String, version: String) -> (any ProvidedGroup)? {
        groups.first { $0.name == name && $0.version == version }
    }
    /// For discovery.
    var discovered: [GroupDiscovery] {
        groups.map { group in
            GroupDiscovery(
                group.name, versions: [VersionDiscovery(group: group.name, name: group.version, group.resources())])
        }
    }
}

extension ClusterServer {
    /// What a provided group says; reads alone are answered.
    func answerProvided(_ group: any ProvidedGroup, _ request: Request, _ target: Target) async throws -> Answer {
        let attributes = target.attributes
        guard [.get, .list].contains(attributes.verb) else { throw Self.methodNotAllowed }
        let known = group.resources()
        let resource = known.first { $0.plural == attributes.resource }
        let form = try AnswerForm(accept: request.header("accept")) { form in
            switch form.shape {
            case .plain: form.encoding != .protobuf
            case .table: form.encoding != .protobuf && resource?.columns.isEmpty == false
            case .metadata, .discovery: false
            }
        }
        var question = ProvidedQuestion(
            resource: attributes.resource, namespace: attributes.namespace, name: attributes.name,
            path: attributes.subresource?.rawValue ?? "")
        let labels = target.query.text("labelSelector")
        if !labels.isEmpty { question.labels = try LabelSelector(parsing: labels) }
        let fields = target.query.text("fieldSelector")
        if !fields.isEmpty { question.fields = try FieldSelector(parsing: fields) }
        for name in ["metricLabelSelector"] { question.parameters[name] = target.query[name] }
        let answer = try await group.answer(question)
        let apiVersion = JSON("\(group.name)/\(group.version)")
        if case .table(let version) = form.shape, let resource {
            let table = Tables(resource, target.query, version, now: { [surroundings] in surroundings.time })
            switch answer {
            case .object(let object): return Rendering.value(table.table(object), form, status: 200)
            case .list(_, let items):
                return Rendering.value(table.table(items, metadata: .object), form, status: 200)
            }
        }
        switch answer {
        case .object(let object):
            return Rendering.value(object, form, status: 200)
        case .list(let kind, let items):
            return Rendering.value(
                ["kind": JSON(kind), "apiVersion": apiVersion, "metadata": .object, "items": JSON(items)], form,
                status: 200)
        }
    }
}
