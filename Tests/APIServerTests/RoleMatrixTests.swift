import APIMachinery
import Basics
import KubeAPI
import Testing

@testable import APIServer

/// The index of roles against an evaluator that is slow and plain: it reads every binding and every rule, as they are
/// written.
@Suite struct RoleMatrixTests {
    private struct World {
        /// By resource and key.
        var objects: [GroupResource: [String: JSON]] = [:]
        var index = RoleIndex()

        mutating func set(_ resource: GroupResource, _ key: String, _ object: JSON?) {
            objects[resource, default: [:]][key] = object
            index.set(resource, key, object)
        }

        func isAllowed(_ user: UserInfo, _ call: RequestAttributes) -> Bool {
            var bindings = Array((objects[.clusterRoleBindings] ?? [:]).values)
            if call.isResourceRequest, !call.namespace.isEmpty {
                bindings += (objects[.roleBindings] ?? [:]).filter { $0.key.hasPrefix("\(call.namespace)/") }.values
            }
            return bindings.contains { binding in
                binding["subjects"]?.elements.contains { Self.isMeant(user, $0) } == true
                    && rules(of: binding).contains { Self.covers($0, call) }
            }
        }

        private func rules(of binding: JSON) -> [JSON] {
            let name = binding["roleRef", "name"]?.string ?? ""
            let role =
                binding["roleRef", "kind"]?.string == "ClusterRole"
                ? objects[.clusterRoles]?[name] : objects[.roles]?["\(binding.key.namespace)/\(name)"]
            return role?["rules"]?.elements ?? []
        }

        private static func isMeant(_ user: UserInfo, _ subject: JSON) -> Bool {
            let name = subject["name"]?.string ?? ""
            switch subject["kind"]?.string ?? "" {
            case "User": return user.name == name
            case "Group": return user.groups.contains(name)
            default: return user.name == "system:serviceaccount:\(subject["namespace"]?.string ?? ""):\(name)"
            }
        }

        private static func covers(_ rule: JSON, _ call: RequestAttributes) -> Bool {
            func has(_ field: String, _ wanted: String) -> Bool {
                (rule[field]?.strings ?? []).contains { $0 == "*" || $0 == wanted }
            }
            guard has("verbs", call.verb.rawValue) else { return false }
            if !call.isResourceRequest {
                return (rule["nonResourceURLs"]?.strings ?? []).contains { path in
                    path == call.path || path.hasSuffix("*") && call.path.hasPrefix(path.dropLast())
                }
            }
            let below = call.subresource.map { "/\($0)" } ?? ""
            let names = rule["resourceNames"]?.strings ?? []
            return has("apiGroups", call.group) && (names.isEmpty || names.contains(call.name))
                && (rule["resources"]?.strings ?? []).contains { resource in
                    resource == "*" || resource == "\(call.resource)\(below)"
                        || !below.isEmpty && resource == "*\(below)"
                }
        }
    }

    private struct Chance {
        var random: SplitMix64
        mutating func one<Value>(of values: [Value]) -> Value { values[Int(random.next() % UInt64(values.count))] }
        mutating func some<Value>(of values: [Value]) -> [Value] { values.filter { _ in random.next() % 3 == 0 } }
        mutating func isSo(one oneIn: UInt64) -> Bool { random.next() % oneIn == 0 }

        static let users = (0..<6).map { "u\($0)" } + ["system:serviceaccount:n0:a", "system:serviceaccount:n1:a"]
        static let groups = ["g0", "g1", "g2"]
        static let namespaces = ["n0", "n1", "n2"]
        static let resources = ["pods", "pods/log", "secrets", "deployments", "deployments/scale"]
        static let paths = ["/healthz", "/api/v1", "/api", "/metrics"]

        mutating func rule(withPaths: Bool) -> JSON {
            var rule: JSON = ["verbs": JSON(isSo(one: 8) ? ["*"] : some(of: ["get", "list", "create", "delete"]))]
            if withPaths, isSo(one: 4) {
                rule["nonResourceURLs"] = JSON(some(of: Self.paths + ["/api/*", "/api*", "*"]))
                return rule
            }
            rule["apiGroups"] = JSON(isSo(one: 8) ? ["*"] : some(of: ["", "apps"]))
            rule["resources"] = JSON(isSo(one: 8) ? ["*"] : some(of: Self.resources + ["*/scale", "*/log"]))
            if isSo(one: 4) { rule["resourceNames"] = JSON(some(of: ["x", "y"])) }
            return rule
        }

        mutating func subject() -> JSON {
            switch random.next() % 3 {
            case 0: return ["kind": "User", "name": JSON(one(of: Self.users))]
            case 1: return ["kind": "Group", "name": JSON(one(of: Self.groups))]
            default: return ["kind": "ServiceAccount", "name": "a", "namespace": JSON(one(of: Self.namespaces))]
            }
        }

        /// Adds, replaces or removes a role or a binding.
        mutating func change(_ world: inout World) {
            let name = "r\(random.next() % 6)"
            let namespace = one(of: Self.namespaces)
            let isOfCluster = isSo(one: 2)
            let isRole = isSo(one: 2)
            let resource: GroupResource =
                isRole
                ? (isOfCluster ? .clusterRoles : .roles) : (isOfCluster ? .clusterRoleBindings : .roleBindings)
            let key = isOfCluster ? name : "\(namespace)/\(name)"
            if isSo(one: 4) { return world.set(resource, key, nil) }
            var object: JSON = ["metadata": ["name": JSON(name)]]
            if !isOfCluster { object["metadata", "namespace"] = JSON(namespace) }
            if isRole {
                object["rules"] = JSON((0..<3).map { _ in rule(withPaths: isOfCluster) })
            } else {
                object["roleRef"] = [
                    "kind": isOfCluster || isSo(one: 2) ? "ClusterRole" : "Role", "name": JSON("r\(random.next() % 6)"),
                ]
                object["subjects"] = JSON((0..<2).map { _ in subject() })
            }
            world.set(resource, key, object)
        }

        mutating func question() -> (UserInfo, RequestAttributes) {
            let user = UserInfo(name: one(of: Self.users), groups: some(of: Self.groups))
            let verb = Verb(rawValue: one(of: ["get", "list", "create", "delete"]))
            if isSo(one: 6) {
                return (user, RequestAttributes(verb: verb, path: one(of: Self.paths), isResourceRequest: false))
            }
            let parts = one(of: Self.resources).split(separator: "/").map(String.init)
            return (
                user,
                RequestAttributes(
                    verb: verb, group: one(of: ["", "apps", "other"]), version: "v1", resource: parts[0],
                    subresource: parts.count > 1 ? SubresourceName(rawValue: parts[1]) : nil,
                    namespace: one(of: Self.namespaces + [""]), name: one(of: ["", "x", "y", "z"]), path: "",
                    isResourceRequest: true)
            )
        }
    }

    @Test func tenThousandQuestionsAreAnsweredAlike() {
        var chance = Chance(random: SplitMix64(seed: 36))
        var world = World()
        var allowed = 0
        for number in 0..<10_000 {
            if number % 10 == 0 { for _ in 0..<4 { chance.change(&world) } }
            let (user, call) = chance.question()
            let expected = world.isAllowed(user, call)
            if expected { allowed += 1 }
            #expect(world.index.authorize(user, call).isAllowed == expected, "\(number): \(user) \(call)")
        }
        // Neither answer is rare.
        #expect((1_000...9_000).contains(allowed), "\(allowed)")
    }
}
