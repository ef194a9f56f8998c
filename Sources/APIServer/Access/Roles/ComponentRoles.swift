import APIMachinery
import KubeAPI

extension StandardRoles {
    /// The roles of the parts that a cluster of several programs has, for who brings one of them.
    static let componentText = """
        role system:certificates.k8s.io:certificatesigningrequests:nodeclient
          certificates.k8s.io certificatesigningrequests/nodeclient create
        role system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
          certificates.k8s.io certificatesigningrequests/selfnodeclient create
        role system:certificates.k8s.io:kube-apiserver-client-approver
          certificates.k8s.io signers approve only=kubernetes.io/kube-apiserver-client
        role system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
          certificates.k8s.io signers approve only=kubernetes.io/kube-apiserver-client-kubelet
        role system:certificates.k8s.io:kubelet-serving-approver
          certificates.k8s.io signers approve only=kubernetes.io/kubelet-serving
        role system:certificates.k8s.io:legacy-unknown-approver
          certificates.k8s.io signers approve only=kubernetes.io/legacy-unknown
        role system:heapster
          core events,namespaces,nodes,pods $read
          extensions deployments $read
        role system:kube-aggregator
          core endpoints,services $read
        role system:kube-controller-manager
          core,events.k8s.io events create,patch,update
          coordination.k8s.io leases create
          coordination.k8s.io leases get,update only=kube-controller-manager
          core secrets,serviceaccounts,serviceaccounts/token create
          core secrets delete
          core configmaps,namespaces,secrets,serviceaccounts get
          core secrets,serviceaccounts update
          authentication.k8s.io tokenreviews create
          authorization.k8s.io subjectaccessreviews create
          * * list,watch
        role system:kube-dns
          core endpoints,services list,watch
        role system:kube-scheduler
          core,events.k8s.io events create,patch,update
          coordination.k8s.io leases create
          coordination.k8s.io leases get,list,update,watch only=kube-scheduler
          coordination.k8s.io leasecandidates $all
          core nodes,replicationcontrollers,services,persistentvolumeclaims,persistentvolumes $read
          core namespaces $read
          core pods delete,get,list,watch
          core bindings,pods/binding create
          core pods/status patch,update
          apps,extensions replicasets $read
          apps statefulsets $read
          policy poddisruptionbudgets $read
          authentication.k8s.io tokenreviews create
          authorization.k8s.io subjectaccessreviews create
          storage.k8s.io csinodes,volumeattachments,csidrivers,csistoragecapacities $read
          resource.k8s.io deviceclasses,resourceslices $read
          resource.k8s.io resourceclaims,resourceclaims/status get,list,patch,update,watch
          core pods/finalizers update
          resource.k8s.io resourceclaims create,delete
          resource.k8s.io resourceclaims/binding patch,update
        role system:kubelet-api-admin
          core nodes $read
          core nodes proxy
          core nodes/log,nodes/metrics,nodes/proxy,nodes/stats,nodes/configz,nodes/healthz,nodes/pods *
        role system:node
          authentication.k8s.io tokenreviews create
          authorization.k8s.io localsubjectaccessreviews,subjectaccessreviews create
          core services,pods,configmaps,secrets $read
          core nodes create,get,list,watch
          core nodes/status,nodes,pods/status patch,update
          core,events.k8s.io events create,patch,update
          core pods create,delete
          core pods/eviction,serviceaccounts/token create
          core persistentvolumeclaims,persistentvolumes,endpoints,serviceaccounts get
          certificates.k8s.io certificatesigningrequests create,get,list,watch
          coordination.k8s.io leases create,delete,get,patch,update
          storage.k8s.io volumeattachments get
          core persistentvolumeclaims/status get,patch,update
          storage.k8s.io csidrivers $read
          storage.k8s.io csinodes create,delete,get,patch,update
          node.k8s.io runtimeclasses $read
          resource.k8s.io resourceclaims get
          resource.k8s.io resourceslices deletecollection
        role system:node-bootstrapper
          certificates.k8s.io certificatesigningrequests create,get,list,watch
        role system:node-problem-detector
          core nodes get
          core nodes/status patch
          core,events.k8s.io events create,patch,update
        role system:node-proxier
          core endpoints,services list,watch
          core nodes $read
          core,events.k8s.io events create,patch,update
          networking.k8s.io servicecidrs list,watch
          discovery.k8s.io endpointslices list,watch
        role system:openshift:public-info-viewer
          paths /.well-known,/.well-known/* get
        role system:persistent-volume-provisioner
          core persistentvolumes create,delete,get,list,watch
          core persistentvolumeclaims get,list,update,watch
          storage.k8s.io storageclasses $read
          core events watch
          core,events.k8s.io events create,patch,update
        role system:volume-scheduler
          core persistentvolumes,persistentvolumeclaims get,list,patch,update,watch
          storage.k8s.io storageclasses $read
        bind system:kube-controller-manager user=system:kube-controller-manager
        bind system:kube-dns account=kube-dns
        bind system:kube-scheduler user=system:kube-scheduler
        bind system:node -
        bind system:node-proxier user=system:kube-proxy
        bind system:openshift:public-info-viewer system:authenticated,system:unauthenticated
        bind system:volume-scheduler user=system:kube-scheduler
        """

    /// The roles of the loops that Kubernetes runs as service accounts of kube-system, made of what they declare, and their
    /// bindings.
    static func objects(of loops: [LoopIdentity]) -> (roles: [JSON], bindings: [JSON]) {
        let accounts = Dictionary(grouping: loops) { ServiceAccountIdentity.parts(ofUserName: $0.userName)?.name ?? "" }
        var roles: [JSON] = []
        var bindings: [JSON] = []
        for (account, loops) in accounts.sorted(by: { $0.key < $1.key }) where !account.isEmpty {
            let name = "system:controller:\(account)"
            var role = role(name, [])
            let rules = loops.reduce(PermissionSet()) { $0.union($1.permissions) }.rules.map {
                RoleRule(verbs: $0.verbs, groups: $0.groups, resources: $0.resources, names: $0.names)
            }
            role["rules"] = JSON(rules.map(\.json))
            roles.append(role)
            bindings.append(binding(name, ["account=\(account)"]))
        }
        return (roles, bindings)
    }
}
