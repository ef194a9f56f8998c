import APIMachinery
import KubeAPI
import Testing

@Suite struct PermissionTests {
    @Test func wordsOfTheWireHaveOneFormEach() {
        for word in ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "*", ""]
        {
            #expect(Verb(rawValue: word).rawValue == word)
        }
        #expect(Verb(rawValue: "deletecollection") == .deleteCollection)
        for resource in ResourceRegistry.builtIn.resources {
            for subresource in resource.subresources {
                if case .other = subresource.name { Issue.record("\(subresource.name) is not told apart") }
                #expect(SubresourceName(rawValue: subresource.name.rawValue) == subresource.name)
            }
        }
        #expect(SubresourceName(rawValue: "log/extra") == .other("log/extra"))
    }

    @Test func whatIsPermittedIsNoMoreThanItSays() {
        let set = PermissionSet([
            .create(Pod.self), .status(Pod.self), Permission(.update, ConfigMap.resource, name: "mine"),
        ])
        #expect(set.allows(Permission(.create, Pod.resource)))
        #expect(set.allows(Permission(.update, Pod.resource, subresource: .status, name: "a")))
        #expect(set.allows(Permission(.update, ConfigMap.resource, name: "mine")))
        for refused in [
            Permission(.update, Pod.resource), .patchStatus(Pod.self),
            Permission(.create, Pod.resource, subresource: .exec),
            Permission(.update, ConfigMap.resource, name: "yours"), Permission(.update, ConfigMap.resource),
            Permission(.create, GroupResource(group: "metrics.k8s.io", resource: "pods")),
        ] { #expect(!set.allows(refused), "\(refused)") }
        let all = PermissionSet([Permission(.delete, Permission.everything)])
        #expect(all.allows(Permission(.delete, Deployment.resource, name: "x")))
        #expect(all.allows(Permission(.delete, Pod.resource, subresource: .proxy)))
        #expect(!all.allows(Permission(.deleteCollection, Pod.resource)))
    }

    @Test func aRoleIsMadeOfWhatIsDeclared() {
        let rules = PermissionSet(
            Permission.following(Pod.resource) + Permission.following(Node.resource)
                + [.status(Pod.self), .create(Deployment.self), Permission(.update, ConfigMap.resource, name: "mine")]
        ).rules
        #expect(
            rules == [
                AccessRule(verbs: ["get", "list", "watch"], groups: [""], resources: ["nodes", "pods"]),
                AccessRule(verbs: ["update"], groups: [""], resources: ["pods/status"]),
                AccessRule(verbs: ["update"], groups: [""], resources: ["configmaps"], names: ["mine"]),
                AccessRule(verbs: ["create"], groups: ["apps"], resources: ["deployments"]),
            ])
    }

    @Test func refusalsAreKubernetesSentences() {
        let refusal = StatusError.forbidden(
            "jane", to: Permission(.update, Deployment.resource, subresource: .scale, name: "web"),
            namespace: "default",
            reason: "so it is")
        #expect(
            refusal.message
                == "deployments/scale.apps \"web\" is forbidden: User \"jane\" cannot update resource \"deployments/scale\" "
                + "in API group \"apps\" in the namespace \"default\": so it is")
        #expect(refusal.code == 403)
        #expect(
            StatusError.forbidden("jane", to: Permission(.list, Node.resource), namespace: "").message
                == "nodes is forbidden: User \"jane\" cannot list resource \"nodes\" in API group \"\" at the cluster scope"
        )
    }
}
