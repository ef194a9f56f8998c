extension Descriptions {
    static let networking = """
        package io.k8s.api.networking.v1
        Ingress: Leads requests from outside to Services, by host and path.
          spec: Which requests go where.
          status: Where requests are taken.
        IngressSpec: Which requests go where.
          ingressClassName: The class, and with it the controller, that serves it; the default class unless said.
          defaultBackend: Where requests go that no rule fits.
          tls: Hosts that are served over TLS, and their certificates.
          rules: Hosts and paths.
        IngressTLS: A certificate for hosts.
          hosts: The hosts.
          secretName: The Secret with tls.crt and tls.key.
        IngressRule: The paths of a host.
          host: The host, such as cafe.example.com or *.example.com; every host unless said.
          http: Its paths.
        HTTPIngressRuleValue: Paths.
          paths: The paths; the longest that fits counts.
        HTTPIngressPath: A path.
          path: How the request's path begins.
          pathType: Exact, Prefix (by segments between slashes) or ImplementationSpecific.
          backend: Where requests go.
        IngressBackend: Where requests go; exactly one.
          service: A port of a Service.
          resource: Another object of the namespace, which the controller knows.
        IngressServiceBackend: A port of a Service.
          name: The Service, in the Ingress' namespace.
          port: Its port.
        ServiceBackendPort: A port, by name or number.
          name: Its name.
          number: Its number.
        IngressStatus: Where requests are taken.
          loadBalancer: The controller's addresses.
        IngressClass: A controller for Ingresses.
          spec: Which one.
        IngressClassSpec: A controller and its settings.
          controller: The controller's name, such as example.com/ingress. Cannot be changed.
          parameters: An object with settings for it.
        NetworkPolicy: Says who may talk to pods, and whom they may talk to; pods that no policy selects are open.
          spec: Which pods, and with whom.
        NetworkPolicySpec: Which pods, and with whom.
          podSelector: The pods that it is about; an empty one means all of the namespace.
          policyTypes: Ingress, Egress or both: which ways are closed but for the rules.
          ingress: Who may talk to the pods.
          egress: Whom the pods may talk to.
        NetworkPolicyIngressRule: Who may talk to which ports.
          ports: The ports; all unless said.
          from: Who; everybody unless said.
        NetworkPolicyEgressRule: Which ports of whom may be talked to.
          ports: The ports; all unless said.
          to: Whom; everybody unless said.
        NetworkPolicyPeer: Pods, or addresses.
          podSelector: Pods by labels; of the policy's namespace, or of those that namespaceSelector selects.
          namespaceSelector: Namespaces by labels.
          ipBlock: A range of addresses; with neither selector.
        NetworkPolicyPort: A port.
          protocol: TCP (the default), UDP or SCTP.
          port: Its number or name; all unless said.
          endPort: The last number of a range that port begins.
        IPBlock: A range of addresses.
          cidr: The range, such as 192.168.1.0/24.
          except: Ranges within it that do not count.
        ServiceCIDR: A range from which Services get their addresses.
          spec: The range.
          status: Whether it is used.
        ServiceCIDRSpec: A range of addresses.
          cidrs: The range, one of each family. Cannot be changed.
        IPAddress: An address that is taken.
          spec: By whom.
        IPAddressSpec: Who has an address.
          parentRef: The object, usually a Service.
        """
    static let policies = """
        package io.k8s.api.policy.v1
        PodDisruptionBudget: Says how many pods may be missing when somebody takes them away on purpose.
          spec: How many of which.
          status: How many may be taken now.
        PodDisruptionBudgetSpec: How many pods have to stay.
          selector: The pods; an empty one means all of the namespace.
          minAvailable: How many, or how many per cent, have to stay.
          maxUnavailable: How many, or how many per cent, may be missing; one of the two is given.
          unhealthyPodEvictionPolicy: Whether pods that are not ready may always be taken: IfHealthyBudget (the default) or AlwaysAllow.
        PodDisruptionBudgetStatus: How many pods may be taken now.
          disruptionsAllowed: How many.
          currentHealthy: How many are ready.
          desiredHealthy: How many have to be.
          expectedPods: How many there should be.
          disruptedPods: Pods that are about to go.
          conditions: Aspects of its state.
        Eviction: Asks that a pod be taken away, if its budgets allow it.
          deleteOptions: How it is deleted.
        """
    static let access = """
        package io.k8s.api.rbac.v1
        Role: Rights in one namespace.
          rules: The rights.
        ClusterRole: Rights in the whole cluster, or for bindings in any namespace.
          rules: The rights.
          aggregationRule: ClusterRoles whose rules are gathered here.
        PolicyRule: What may be done with what.
          verbs: get, list, watch, create, update, patch, delete, deletecollection and others; * for all.
          apiGroups: The groups; "" is the core group, * all.
          resources: The resources, such as pods or pods/log; * for all.
          resourceNames: Only objects of these names.
          nonResourceURLs: Paths that are no resources, such as /healthz; for ClusterRoles.
        RoleBinding: Gives somebody a role's rights in one namespace.
          subjects: Who.
          roleRef: The role; cannot be changed.
        ClusterRoleBinding: Gives somebody a ClusterRole's rights everywhere.
          subjects: Who.
          roleRef: The role; cannot be changed.
        Subject: Somebody.
          kind: User, Group or ServiceAccount.
          apiGroup: rbac.authorization.k8s.io for User and Group.
          name: The name.
          namespace: A ServiceAccount's namespace.
        RoleRef: A role.
          apiGroup: rbac.authorization.k8s.io.
          kind: Role or ClusterRole.
          name: Its name.
        AggregationRule: ClusterRoles to be gathered.
          clusterRoleSelectors: By their labels; one has to fit.
        """
}
