import APIMachinery

/// The roles that every cluster has, as Kubernetes' clusters have them. A line is `role NAME [label=…] [gathers=…]` with
/// its rules below it (`GROUPS RESOURCES VERBS [only=NAMES]`, or `paths PATHS VERBS`), or `bind NAME SUBJECTS` for the role of
/// that name: groups, `user=NAME`, `account=NAME` of kube-system, or - for nobody.
/// A role with a label is part of the one that gathers it.
enum StandardRoles {
    private static let text = """
        role cluster-admin
          * * *
          paths * *
        role admin gathers=aggregate-to-admin
        role edit label=aggregate-to-admin gathers=aggregate-to-edit
        role view label=aggregate-to-edit gathers=aggregate-to-view
        role system:aggregate-to-admin label=aggregate-to-admin
          authorization.k8s.io localsubjectaccessreviews create
          rbac.authorization.k8s.io rolebindings,roles $all
        role system:aggregate-to-edit label=aggregate-to-edit
          core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy $read
          core serviceaccounts impersonate
          core pods,pods/attach,pods/exec,pods/portforward,pods/proxy $change
          core pods/eviction create
          core configmaps,persistentvolumeclaims,replicationcontrollers $change
          core replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy $change
          core serviceaccounts/token create
          core,events.k8s.io events $change
          apps daemonsets,deployments,deployments/rollback,deployments/scale,replicasets $change
          apps replicasets/scale,statefulsets,statefulsets/scale $change
          autoscaling horizontalpodautoscalers $change
          batch cronjobs,jobs $change
          extensions daemonsets,deployments,deployments/rollback,deployments/scale,ingresses $change
          extensions networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale $change
          policy poddisruptionbudgets $change
          networking.k8s.io ingresses,networkpolicies $change
          coordination.k8s.io leases $all
          resource.k8s.io resourceclaims,resourceclaimtemplates $change
        role system:aggregate-to-view label=aggregate-to-view
          core configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods $read
          core replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services $read
          core services/status $read
          core bindings,limitranges,namespaces/status,pods/log,pods/status $read
          core replicationcontrollers/status,resourcequotas,resourcequotas/status $read
          core namespaces $read
          core,events.k8s.io events $read
          discovery.k8s.io endpointslices $read
          apps controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale $read
          apps deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets $read
          apps statefulsets/scale,statefulsets/status $read
          autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status $read
          batch cronjobs,cronjobs/status,jobs,jobs/status $read
          extensions daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status $read
          extensions ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale $read
          extensions replicasets/status,replicationcontrollers/scale $read
          policy poddisruptionbudgets,poddisruptionbudgets/status $read
          networking.k8s.io ingresses,ingresses/status,networkpolicies $read
          resource.k8s.io resourceclaims,resourceclaims/status,resourceclaimtemplates $read
        role system:aggregated-metrics-reader label=aggregate-to-view
          metrics.k8s.io nodes,pods $read
        role system:auth-delegator
          authentication.k8s.io tokenreviews create
          authorization.k8s.io subjectaccessreviews create
        role system:aggregate-vpa-to-edit label=aggregate-to-edit
          autoscaling.k8s.io verticalpodautoscalers $change
        role system:aggregate-vpa-to-view label=aggregate-to-view
          autoscaling.k8s.io verticalpodautoscalercheckpoints,verticalpodautoscalers,verticalpodautoscalers/status $read
        role system:basic-user
          authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews create
          authentication.k8s.io selfsubjectreviews create
        role system:discovery
          paths /api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version get
          paths /version/ get
        role system:monitoring
          paths /flagz,/healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/* get
          paths /statusz get
          core nodes/metrics get
        role system:public-info-viewer
          paths /healthz,/livez,/readyz,/version,/version/ get
        role system:service-account-issuer-discovery
          paths /.well-known/openid-configuration,/.well-known/openid-configuration/ get
          paths /openid/v1/jwks,/openid/v1/jwks/ get
        bind cluster-admin system:masters
        bind system:basic-user system:authenticated
        bind system:discovery system:authenticated
        bind system:monitoring system:monitoring
        bind system:public-info-viewer system:authenticated,system:unauthenticated
        bind system:service-account-issuer-discovery system:serviceaccounts
        """

    private static let verbs: [String: [String]] = [
        "$read": ["get", "list", "watch"],
        "$change": ["create", "delete", "deletecollection", "patch", "update"],
        "$all": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    ]
    /// An annotation of roles and bindings: whether a start of the server adds what they lack.
    static let autoupdate = "rbac.authorization.kubernetes.io/autoupdate"
    private static let aggregation = "rbac.authorization.k8s.io/"

    /// The ClusterRoles and ClusterRoleBindings.
    static let objects: (roles: [JSON], bindings: [JSON]) = {
        let (own, components) = (read(text), read(componentText))
        return (own.roles + components.roles, own.bindings + components.bindings)
    }()

    private static func read(_ text: String) -> (roles: [JSON], bindings: [JSON]) {
        var roles: [JSON] = []
        var bindings: [JSON] = []
        var rules: [RoleRule] = []
        func endRole() {
            guard let last = roles.indices.last else { return }
            roles[last]["rules"] = JSON(rules.map(\.json))
            rules = []
        }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map { String($0) }
            switch words.first {
            case "role":
                endRole()
                roles.append(role(words[1], words.dropFirst(2)))
            case "bind": bindings.append(binding(words[1], list(words[2])))
            default: rules.append(rule(words))
            }
        }
        endRole()
        return (roles, bindings)
    }

    private static func list(_ word: String) -> [String] { word.split(separator: ",").map { String($0) } }

    private static func rule(_ words: [String]) -> RoleRule {
        let verbs = Self.verbs[words[2]] ?? list(words[2])
        if words[0] == "paths" { return RoleRule(verbs: verbs, paths: list(words[1])) }
        return RoleRule(
            verbs: verbs, groups: list(words[0]).map { $0 == "core" ? "" : $0 }, resources: list(words[1]),
            names: words.count > 3 ? list(String(words[3].dropFirst("only=".count))) : [])
    }

    private static func object(_ kind: String, _ name: String) -> JSON {
        [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": JSON(kind),
            "metadata": [
                "name": JSON(name), "annotations": [autoupdate: "true"],
                "labels": ["kubernetes.io/bootstrapping": "rbac-defaults"],
            ],
        ]
    }

    static func role(_ name: String, _ attributes: ArraySlice<String>) -> JSON {
        var role = object("ClusterRole", name)
        for attribute in attributes {
            let parts = attribute.split(separator: "=").map { String($0) }
            let label = aggregation + parts[1]
            if parts[0] == "label" {
                role["metadata", "labels", label] = "true"
            } else {
                let selector: JSON = ["matchLabels": JSON([label: "true"])]
                role["aggregationRule"] = ["clusterRoleSelectors": [selector]]
            }
        }
        return role
    }

    static func binding(_ name: String, _ subjects: [String]) -> JSON {
        var binding = object("ClusterRoleBinding", name)
        let group: JSON = "rbac.authorization.k8s.io"
        binding["roleRef"] = ["apiGroup": group, "kind": "ClusterRole", "name": JSON(name)]
        let listed: [JSON] = subjects.filter { $0 != "-" }.map { subject in
            let parts = subject.split(separator: "=").map(String.init)
            switch parts.count > 1 ? parts[0] : "" {
            case "user": return ["apiGroup": group, "kind": "User", "name": JSON(parts[1])]
            case "account": return ["kind": "ServiceAccount", "name": JSON(parts[1]), "namespace": "kube-system"]
            default: return ["apiGroup": group, "kind": "Group", "name": JSON(subject)]
            }
        }
        if !listed.isEmpty { binding["subjects"] = JSON(listed) }
        return binding
    }
}
