import APIMachinery
import Testing

@testable import KubeAPI

/// What suites of kinds' rules share.
protocol KindRules {}

extension KindRules {
    func resource(_ apiVersion: String, _ kind: String) throws -> Resource {
        try #require(ResourceRegistry.builtIn.resource(GroupVersionKind(apiVersion: apiVersion, kind: kind)))
    }

    /// An object as it is when it has been created.
    func made(_ apiVersion: String, _ kind: String, _ rest: JSON, name: String = "x") throws -> JSON {
        var object: JSON = ["apiVersion": JSON(apiVersion), "kind": JSON(kind), "metadata": ["name": JSON(name)]]
        for member in rest.members { object[member.name] = member.value }
        if try resource(apiVersion, kind).isNamespaced { object.set(["metadata", "namespace"], to: "default") }
        var result = try created(object)
        result.set(["metadata", "resourceVersion"], to: "1")
        return result
    }
    func said(_ object: JSON) throws -> [String] {
        let resource = try resource(object["apiVersion"]?.string ?? "", object["kind"]?.string ?? "")
        return resource.validate(object).map { "\($0.field): \($0.message)" }
    }
    func saidOfUpdate(_ old: JSON, _ change: (inout JSON) -> Void) throws -> [String] {
        var new = old
        change(&new)
        let resource = try resource(old["apiVersion"]?.string ?? "", old["kind"]?.string ?? "")
        resource.prepareForUpdate(&new, old)
        return resource.errors(updating: new, from: old).map { "\($0.field): \($0.message)" }
    }
}
